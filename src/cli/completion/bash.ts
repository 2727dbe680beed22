import { type Place, valueRules } from "./places.ts";
import type { Value } from "./values.ts";

/** Completion for bash 3.2 and later. What git says is never expanded by the shell: names of tags may hold commands. */
export function bashCompletion(places: readonly Place[]): string {
  const ways = places.flatMap(({ path, below }) => grouped(below.map((one) => [`${path}:${one.name}`, one.path] as const)));
  return `# Completion of waybill in bash, made by \`waybill completion bash\`.

# _waybill_below PLACE WORD: sets \`at\` to the place that a command leads to.
_waybill_below() {
  case "$1:$2" in
${ways.map(([words, path]) => `  ${patterns(words)}) at=${quoted(path)} ;;`).join("\n")}
  *) return 1 ;;
  esac
}

# _waybill_words PLACE: sets \`commands\` and \`options\`.
_waybill_words() {
  case "$1" in
${places.map(wordsOf).join("\n")}
  esac
}

# _waybill_value PLACE OPTION: sets \`kind\` where the option takes a value.
_waybill_value() {
  case "$1:$2" in
${valueRules(places)
  .map(({ patterns: words, value }) => `  ${patterns(words)}) kind=${kindOf(value)} ;;`)
  .join("\n")}
  esac
}

# _waybill_argument PLACE POSITION: sets \`kind\`.
_waybill_argument() {
  case "$1:$2" in
${places.flatMap(argumentsOf).join("\n")}
  esac
}

${walk}
complete -F _waybill waybill
`;
}

const walk = `# _waybill_candidates: one a line, of the kind that is wanted.
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
`;

function wordsOf({ path, below, options }: Place): string {
  const names = options.flatMap((one) => one.names.filter((name) => name.startsWith("--")));
  return `  ${quoted(path)}) commands=${quoted(below.map(({ name }) => name).join(" "))} options=${quoted(names.join(" "))} ;;`;
}

function argumentsOf({ path, args }: Place): readonly string[] {
  return args.flatMap(({ value, variadic }, at) => {
    const pattern = variadic ? `${quoted(`${path}:`)}*` : quoted(`${path}:${at}`);
    return value.kind === "any" ? [] : [`  ${pattern}) kind=${kindOf(value)} ;;`];
  });
}

/** Pairs with the same second part, together. */
function grouped(pairs: readonly (readonly [string, string])[]): readonly (readonly [readonly string[], string])[] {
  const groups = Map.groupBy(pairs, ([, to]) => to);
  return [...groups].map(([to, of]) => [of.map(([from]) => from), to] as const);
}

function kindOf(value: Value): string {
  return quoted(value.kind === "choices" ? `=${value.choices.join(" ")}` : value.kind);
}

function patterns(words: readonly string[]): string {
  return words.map((word) => (word.startsWith("*") ? `*${quoted(word.slice(1))}` : quoted(word))).join(" | ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
