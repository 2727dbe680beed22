import{h as g}from"./shared-commander-index.js";import{b as y}from"./shared-cli-edge.js";import"./shared-builtins-all.js";import"./shared-runtime.js";function h(e){let n=`${e.name()}${e.variadic?"...":""}`;return{word:e.required?`<${n}>`:`[${n}]`,description:e.description,choices:e.argChoices??[],variadic:e.variadic}}function _(e){return e.options.filter(({hidden:n})=>!n).map(R)}function R({flags:e,short:n,long:t,description:r,argChoices:o=[],defaultValue:i,negate:a,parseArg:c}){let d=a||i===void 0?void 0:String(i);return{flags:e,names:[n,t].filter(m=>m!==void 0),value:/<([^>]+)>/.exec(e)?.[1],description:r,choices:o,usual:d,repeated:c===g}}var S=new Map(Object.entries({path:{kind:"files"},file:{kind:"files"},dir:{kind:"folders"},sha:{kind:"commits"},before:{kind:"commits"},after:{kind:"commits"},version:{kind:"versions"},tags:{kind:"versions"},branch:{kind:"branches"},platform:{kind:"choices",choices:["linux/amd64","linux/arm64","linux/arm/v7","linux/386","linux/ppc64le","linux/riscv64","linux/s390x"]}}));function f(e,n){return n.length>0?{kind:"choices",choices:n}:S.get(e)??{kind:"any"}}var w={names:["-h","--help"],description:"show help",value:void 0,repeated:!1};function b(e){let n=O(e,""),t=n.below.map(({name:i})=>i),r={name:"help",path:"help",description:"show a command's help"},o={word:"command",value:{kind:"choices",choices:t},variadic:!1};return[{...n,below:[...n.below,r]},{path:"help",below:[],options:[w],args:[o]},...e.commands.flatMap(i=>C(i,i.name()))]}function C(e,n){return[O(e,n),...e.commands.flatMap(t=>C(t,`${n} ${t.name()}`))]}function O(e,n){return{path:n,below:e.commands.flatMap(t=>[t.name(),...t.aliases()].map(r=>({name:r,path:`${n} ${t.name()}`.trim(),description:k(t.description())}))),options:[..._(e).map(V),w],args:e.registeredArguments.map(W)}}function V({names:e,value:n,choices:t,repeated:r,description:o}){return{names:e,repeated:r,description:k(o),value:n===void 0?void 0:f(n,t)}}function W(e){let{choices:n,variadic:t}=h(e);return{word:e.name(),value:f(e.name(),n),variadic:t}}function k(e){return e.split("; ",1)[0]??e}function p(e){let n=e.flatMap(({path:r,options:o})=>o.flatMap(({names:i,value:a})=>i.map(c=>({path:r,name:c,value:a})))),t=new Map;for(let{path:r,name:o,value:i}of n){if(i===void 0)continue;let a=n.every(m=>m.name!==o||JSON.stringify(m.value)===JSON.stringify(i)),c=JSON.stringify(i),d=t.get(c)??{patterns:new Set,value:i};t.set(c,d),d.patterns.add(`${a?"*":r}:${o}`)}return[...t.values()].map(({patterns:r,value:o})=>({patterns:[...r],value:o}))}function x(e){return`# Completion of waybill in bash, made by \`waybill completion bash\`.

# _waybill_below PLACE WORD: sets \`at\` to the place that a command leads to.
_waybill_below() {
  case "$1:$2" in
${e.flatMap(({path:t,below:r})=>D(r.map(o=>[`${t}:${o.name}`,o.path]))).map(([t,r])=>`  ${v(t)}) at=${s(r)} ;;`).join(`
`)}
  *) return 1 ;;
  esac
}

# _waybill_words PLACE: sets \`commands\` and \`options\`.
_waybill_words() {
  case "$1" in
${e.map(B).join(`
`)}
  esac
}

# _waybill_value PLACE OPTION: sets \`kind\` where the option takes a value.
_waybill_value() {
  case "$1:$2" in
${p(e).map(({patterns:t,value:r})=>`  ${v(t)}) kind=${P(r)} ;;`).join(`
`)}
  esac
}

# _waybill_argument PLACE POSITION: sets \`kind\`.
_waybill_argument() {
  case "$1:$2" in
${e.flatMap(z).join(`
`)}
  esac
}

${L}
complete -F _waybill waybill
`}var L=`# _waybill_candidates: one a line, of the kind that is wanted.
_waybill_candidates() {
  case "$kind" in
  =*) printf '%s\\n' \${kind#=} ;;
  files) compgen -f -- "$cur" ;;
  folders) compgen -d -- "$cur" ;;
  branches) git -C "\${repo:-.}" for-each-ref --count=100 --format='%(refname:short)' refs/heads 2>/dev/null ;;
  commits) git -C "\${repo:-.}" log -30 --format=%H 2>/dev/null ;;
  versions)
    git -C "\${repo:-.}" for-each-ref --count=50 --sort=-creatordate --format='%(refname:short)' refs/tags 2>/dev/null
    git -C "\${repo:-.}" log -30 --format=%H 2>/dev/null
    ;;
  esac
}

_waybill() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" at='' count=0 i=1 kind='' word repo='' before='' commands='' options='' line IFS=$' \\t\\n'
  COMPREPLY=()
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word=\${COMP_WORDS[i]}
    case "$word" in
    --*=*) ;;
    -*)
      _waybill_value "$at" "$word"
      if [ -n "$kind" ]; then
        # Bash takes --option=value for three words.
        [ "\${COMP_WORDS[i + 1]}" != = ] || i=$((i + 1))
        i=$((i + 1))
        [ "$i" -lt "$COMP_CWORD" ] || break
        [ "$word" != --repo ] || repo=\${COMP_WORDS[i]}
        kind=''
      fi
      ;;
    # And HOST:PORT too.
    :*) i=$((i + 1)) ;;
    *) _waybill_below "$at" "$word" || count=$((count + 1)) ;;
    esac
    i=$((i + 1))
  done
  _waybill_words "$at"
  case "$cur" in
  =) [ -z "$kind" ] || cur='' ;;
  --*=*)
    before=\${cur%%=*}
    _waybill_value "$at" "$before"
    cur=\${cur#*=} before="$before="
    ;;
  -*) [ -n "$kind" ] || kind="=$options" ;;
  esac
  if [ -z "$kind" ] && [ -n "$commands" ]; then kind="=$commands"; fi
  [ -n "$kind" ] || _waybill_argument "$at" "$count"
  case "$kind" in
  files | folders) compopt -o filenames 2>/dev/null ;;
  commits | versions) compopt -o nosort 2>/dev/null ;;
  esac
  while IFS= read -r line; do
    case "$line" in
    '') ;;
    "$cur"*)
      case "$kind" in
      branches | versions) printf -v line %q "$line" ;;
      esac
      COMPREPLY+=("$before$line")
      ;;
    esac
  done < <(_waybill_candidates)
}
`;function B({path:e,below:n,options:t}){let r=t.flatMap(o=>o.names.filter(i=>i.startsWith("--")));return`  ${s(e)}) commands=${s(n.map(({name:o})=>o).join(" "))} options=${s(r.join(" "))} ;;`}function z({path:e,args:n}){return n.flatMap(({value:t,variadic:r},o)=>{let i=r?`${s(`${e}:`)}*`:s(`${e}:${o}`);return t.kind==="any"?[]:[`  ${i}) kind=${P(t)} ;;`]})}function D(e){return[...Map.groupBy(e,([,t])=>t)].map(([t,r])=>[r.map(([o])=>o),t])}function P(e){return s(e.kind==="choices"?`=${e.choices.join(" ")}`:e.kind)}function v(e){return e.map(n=>n.startsWith("*")?`*${s(n.slice(1))}`:s(n)).join(" | ")}function s(e){return`'${e.replaceAll("'","'\\''")}'`}function A(e){return`# Completion of waybill in fish, made by \`waybill completion fish\`.

# __waybill_at PLACE [FIRST LAST]: whether the cursor is there, behind so many arguments.
function __waybill_at
    set -l at ''
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at:$word"
            case '*:--*=*'
                continue
            case ${H(p(e).flatMap(({patterns:n})=>n))}
                set skip 1
            case '*:-*'
                continue
${e.flatMap(({path:n,below:t})=>t.map(r=>q(n,r))).join(`
`)}
            case '*'
                set count (math $count + 1)
        end
    end
    test "$at" = "$argv[1]"; or return 1
    test (count $argv) = 1; or test $count -ge $argv[2] -a $count -le $argv[3]
end

function __waybill_git
    set -l line (commandline -opc)
    set -l repo .
    for i in (seq (count $line))
        test "$line[$i]" = --repo; and set repo $line[(math $i + 1)]
    end
    git -C "$repo" $argv 2>/dev/null
end

function __waybill_commits
    __waybill_git log -30 --format='%H%x09%s'
end

function __waybill_versions
    __waybill_git for-each-ref --count=50 --sort=-creatordate --format='%(refname:short)%09tag' refs/tags
    __waybill_commits
end

function __waybill_branches
    __waybill_git for-each-ref --count=100 --format='%(refname:short)' refs/heads
end

complete -c waybill -e
complete -c waybill -f
${e.flatMap(F).join(`
`)}
`}function q(e,n){return`            case ${l(`${e}:${n.name}`)}
                set at ${l(n.path)}`}function F({path:e,below:n,options:t,args:r}){let o=`__waybill_at '${e}'`;return[...n.map(({name:i,description:a})=>`complete -c waybill -n ${l(o)} -a ${i} -d ${l(a)}`),...t.map(i=>I(o,i)),...r.flatMap((i,a)=>T(o,i,a))]}function I(e,{names:n,value:t,description:r}){let o=n.map(i=>i.startsWith("--")?`-l ${i.slice(2)}`:`-s ${i.slice(1)}`).join(" ");return`complete -c waybill -n ${l(e)} ${o}${t===void 0?"":` ${M(t)}`} -d ${l(r)}`}function T(e,{value:n,variadic:t},r){return n.kind==="any"?[]:[`complete -c waybill -n ${l(`${e} ${r} ${t?99:r}`)} ${M(n)}`]}function M(e){switch(e.kind){case"any":return"-x";case"files":return"-r -F";case"folders":return"-x -a '(__fish_complete_directories)'";case"choices":return`-x -a ${l(e.choices.join(" "))}`;case"branches":return`-x -a '(__waybill_${e.kind})'`;case"commits":case"versions":return`-x -k -a '(__waybill_${e.kind})'`}}function H(e){return e.map(l).join(" ")}function l(e){return`'${e.replaceAll("\\","\\\\").replaceAll("'","\\'")}'`}function j(e){return`#compdef waybill
# Completion of waybill in zsh, made by \`waybill completion zsh\`.

_waybill_commits() {
  local -a commits
  commits=(\${(f)"$(git -C "\${(Q)opt_args[--repo]:-.}" log -30 --format='%H:%s' 2>/dev/null)"})
  _describe -V -t commits commit commits
}

_waybill_versions() {
  local -a tags
  tags=(\${(f)"$(git -C "\${(Q)opt_args[--repo]:-.}" for-each-ref --count=50 --sort=-creatordate --format='%(refname:short)' refs/tags 2>/dev/null)"})
  _describe -V -t tags tag tags
  _waybill_commits
}

_waybill_branches() {
  local -a branches
  branches=(\${(f)"$(git -C "\${(Q)opt_args[--repo]:-.}" for-each-ref --count=100 --format='%(refname:short)' refs/heads 2>/dev/null)"})
  _describe -t branches branch branches
}

${e.map(N).join(`
`)}
if [[ \${funcstack[1]} == _waybill ]]; then
  _waybill "$@"
else
  compdef _waybill waybill
fi
`}function N(e){let n=e.options.map(t=>`    ${Y(t)} \\`);return e.below.length===0?J(e,n):Q(e,n)}function J({path:e,args:n},t){return`${$(e)}() {
  _arguments -S \\
${[...t,...n.map(r=>`    ${u(G(r))} \\`)].join(`
`).replace(/ \\$/,"")}
}
`}function Q({path:e,below:n},t){return`${$(e)}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  # What follows a command is that command's.
  _arguments -C -S -A '-*' \\
${t.join(`
`)}
    '1: :->command' \\
    '*:: :->rest' && return
  case $state in
  command)
    local -a commands
    commands=(
${n.map(({name:r,description:o})=>`      ${u(`${r}:${o}`)}`).join(`
`)}
    )
    _describe -V -t commands command commands
    ;;
  rest)
    case \${line[1]} in
${n.map(r=>`    ${r.name}) ${$(r.path)} ;;`).join(`
`)}
    esac
    ;;
  esac
}
`}function Y({names:e,description:n,value:t,repeated:r}){let o=e.length>1?`'(${e.join(" ")})'{${e.join(",")}}`:"",i=`[${n.replaceAll(/[[\]\\]/g,a=>`\\${a}`)}]`;return t===void 0?`${o}${u(`${o?"":e[0]}${i}`)}`:u(`${r?"*":""}${e[0]}=${i}:value:${E(t)}`)}function G({word:e,value:n,variadic:t}){return`${t?"*":""}:${e}:${E(n)}`}function E(e){switch(e.kind){case"any":return" ";case"files":return"_files";case"folders":return"_path_files -/";case"choices":return`(${e.choices.join(" ")})`;default:return`_waybill_${e.kind}`}}function $(e){return e===""?"_waybill":`_waybill__${e.replaceAll(/\W/g,"_")}`}function u(e){return`'${e.replaceAll("'","'\\''")}'`}var K={bash:x,zsh:j,fish:A},fe=async({shell:e,waybill:n},t)=>(await y(t,K[e](b(n))),0);export{fe as completion};
