import{a as Je}from"./chunk-ZQAXNYR4.js";import{a as y}from"./chunk-25VBAAZR.js";import{a as ue,m as fe}from"./chunk-6SC2CTDV.js";import{B as ce,s as de,z as N}from"./chunk-N7L6BUAS.js";import{$ as f}from"./chunk-VXIPYCES.js";import{a as G}from"./chunk-DCLF6FDK.js";import"./chunk-Z2VHNPGV.js";import{D as te,F as A,G as re,H as ie,I as P,M as oe,O as ae,Q as w,R as se,S as le,U as v,c as Z,t as Q,v as ee,w as ne}from"./chunk-DMMBXVJ5.js";import{a as Ke}from"./chunk-UBGS5IXF.js";import"./chunk-4465YHZC.js";import{e as $,f as u}from"./chunk-S7BR7BDL.js";import{d as V,e as K,f as J}from"./chunk-LDXI2OCE.js";function k(e,n){let[t]=n.dockerfiles;return{image:e.image??Qe(e.file??[],n),registry:e.registry,role:e.role,file:e.file??(t===void 0?void 0:[t]),context:e.context,platform:e.platform??"linux/amd64",branch:e.branch??[n.branch],make:e.make??(n.ownTargets?"own":E(n)?"none":"write"),packageManager:e.packageManager??n.packageManager??"none"}}function E({makefile:e,ownTargets:n}){return!n&&Ze.some(t=>e.own.has(t))}var Ze=["push-ci","docker-validate"];function S({image:e,registry:n,role:t,file:r}){return[...r===void 0?["--file"]:[],...e===void 0?["--image"]:[],...n===void 0?["--registry"]:[],...t===void 0&&n?.some(i=>y(i)!==void 0)?["--role"]:[]]}function Qe(e,{remote:n,root:t}){let i=(n===void 0?[t.split(/[\\/]/).at(-1)??""]:[n.owner,n.name]).map(me);if(i.includes(""))return;let o=i.join("/");return e.length<2?[o]:e.map(a=>`${o}-${_(a)}`)}function _(e){let n=e.split("/"),[t="",r]=[n.at(-1),n.at(-2)],i=t.replace(/^(?:Dockerfile|Containerfile)\.?/i,"").replace(/\.(?:dockerfile|containerfile)$/i,"");return me(i||(r??""))||"app"}function me(e){return e.toLowerCase().replace(/[^a-z0-9]+/g,"-").replace(/^-+|-+$/g,"")}function W(e,n){let[t,r]=[pe(e),pe(n)],i=t.length>3e3||r.length>3e3?[...t.map(a=>`-${a}`),...r.map(a=>`+${a}`)]:en(t,r),o=a=>i.slice(Math.max(0,a-3),a+3+1).some(s=>!s.startsWith(" "));return i.flatMap((a,s)=>o(s)?[a]:o(s-1)&&s>0?["\u2026"]:s===0?["\u2026"]:[])}function pe(e){return e===""?[]:e.replace(/\r?\n$/,"").split(/\r?\n/)}function en(e,n){let t=n.length+1,r=new Uint32Array((e.length+1)*t);for(let s=e.length-1;s>=0;s--)for(let l=n.length-1;l>=0;l--){let d=r[(s+1)*t+l]??0,c=r[s*t+l+1]??0;r[s*t+l]=e[s]===n[l]?(r[(s+1)*t+l+1]??0)+1:Math.max(d,c)}let i=[],[o,a]=[0,0];for(;o<e.length||a<n.length;)o<e.length&&a<n.length&&e[o]===n[a]?(i.push(` ${e[o++]}`),a++):a>=n.length||o<e.length&&(r[(o+1)*t+a]??0)>=(r[o*t+a+1]??0)?i.push(`-${e[o++]}`):i.push(`+${n[a++]}`);return i}async function D(e,n){return await Promise.all(e.map(async t=>{let r=await n(t.path);if(r===void 0)return{...t,kind:"new",diff:W("",t.text)};let i=W(r,t.text);return i.every(o=>!/^[-+]/.test(o))?{...t,kind:"same",diff:[]}:{...t,kind:t.ours&&r.includes(t.mark??"")?"renewed":"overwritten",diff:i}}))}var ge=["GNUmakefile","makefile","Makefile"],nn="# >>> waybill: written by `waybill init`, which renews what stands between these two lines",tn="# <<< waybill",j=/^# >>> waybill\b[^\n]*\n[\s\S]*?^# <<< waybill[^\n]*(?:\n|$)/m;function C(e){let{path:n,text:t}=e??{path:"Makefile",text:""},r=new Set;for(let[,i=""]of t.replaceAll(`\r
`,`
`).replace(j,"").matchAll(/^([^\s#:=][^#:=\n]*?)\s*::?(?![:=])/gm))for(let o of i.split(/\s+/))r.add(o);return{path:n,text:t,own:r}}function he({text:e},n){let t=[nn,...n,tn].join(`
`);if(e==="")return`${rn}
${t}
`;let r=e.replaceAll(`\r
`,`
`),i=j.test(r)?r.replace(j,()=>`${t}
`):`${r}${r.endsWith(`
`)?"":`
`}
${t}
`;return e.includes(`\r
`)?i.replaceAll(`
`,`\r
`):i}var rn=[".PHONY: help","help: ## list the targets",`	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\\n", $$1, $$2 }' $(MAKEFILE_LIST)`,""].join(`
`);var on=/(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.(?:dockerfile|containerfile)$/i,an=/\.(?:dockerignore|md|txt|j2|tmpl|tpl|template|erb)$|(?:^|\/)(?:node_modules|vendor|testdata|fixtures?|tests?|examples?|\.devcontainer)\//i;async function U(e,n){let{root:t,branch:r,source:i,tracked:o,untracked:a}=e,s=we(o),l=C(await dn(ge,n));return{root:t,remote:sn(i),branch:r,dockerfiles:s.length>0?s:we(a),uncommitted:s.length===0,makefile:l,ownTargets:await ln(l,o,n),packageManager:o.includes("package-lock.json")?"npm":o.includes("yarn.lock")?"yarn":void 0,tracked:o}}function we(e){let n=t=>t==="Dockerfile"?0:t==="docker/Dockerfile"?1:t.split("/").length+(/(?:file|File)$/.test(t)?1:1.5);return e.filter(t=>on.test(t)&&!an.test(t)).toSorted((t,r)=>n(t)-n(r)||(t<r?-1:t>r?1:0))}function sn(e){let[,n,t,r]=/^https:\/\/([^/]+)\/([\w.-]+)\/([\w.-]+)$/.exec(e??"")??[];return n===void 0||t===void 0||r===void 0?void 0:{host:n,owner:t,name:r}}async function ln(e,n,t){if(!e.own.has("push-ci")||!e.own.has("docker-validate"))return!1;let r=n.filter(i=>/(?:^|\/)(?:(?:GNU)?[Mm]akefile|make\.[\w-]+)$|\.mk$/.test(i)).slice(0,200);for(let i of r){let{text:o,own:a}=C({path:i,text:await t(i)??""});if(a.has("push-ci")&&/waybill/.test(o))return!0}return!1}async function dn(e,n){for(let t of e){let r=await n(t);if(r!==void 0)return{path:t,text:r}}}function H(e,n,t){let r=e.flatMap(({destinations:a})=>a),i=r.filter(({host:a})=>y(a)!==void 0),o=[...new Set(r.map(({host:a})=>a))].filter(a=>a!=="ghcr.io"&&y(a)===void 0);return[...i.length===0?[]:cn(e,i,n),...o.map((a,s)=>`At GitHub, Settings > Secrets and variables > Actions: REGISTRY${s===0?"":`_${s+1}`}_USERNAME and REGISTRY${s===0?"":`_${s+1}`}_PASSWORD,
to sign in at ${a}.`),...o.length>0?[]:["At GitHub there is nothing to set: the workflow takes no secret."],...n.remote===void 0?["Give the repository a remote at GitHub: git remote add origin git@github.com:OWNER/NAME.git"]:[],...n.uncommitted?[`Commit ${e.map(({build:a})=>a.file).join(" and ")}: what is published is what the commit holds.`]:[],...t.length===0?[]:[`git add ${t.map(un).join(" ")} && git commit -m "Publish each commit's image" && git push`]]}function cn(e,n,{remote:t}){let r=[...new Set(n.flatMap(({role:s})=>s===void 0?[]:[s]))],i=t===void 0?"OWNER/NAME":`${t.owner}/${t.name}`,o=[...new Set(e.flatMap(s=>s.branches))],a=[...new Set(n.map(({host:s,repository:l})=>`${s}/${l}`))];return[[`At AWS, the trust policy of ${r.join(", ")||"the role"} lets in these branches, and no other:`,...o.map(s=>`  token.actions.githubusercontent.com:sub ${s.includes("*")?"StringLike  ":"StringEquals"} repo:${i}:ref:refs/heads/${s}`),"and token.actions.githubusercontent.com:aud is sts.amazonaws.com. The whole policy: https://github.com/quiltdata/waybill/blob/main/docs/ecr.md"].join(`
`),["At AWS, these repositories exist, their tags immutable but for latest (IMMUTABLE_WITH_EXCLUSION), and the role may push and pull there:",...a.map(s=>`  ${s}`)].join(`
`)]}function un(e){return/^[\w./-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}var fn=12e4,mn=200;async function L(e,{root:n,version:t,signal:r}){if(!/^(?:waybill@[\w.+-]+|https:\/\/[\w.:/@+~%-]+|(?:\.\/)?[\w.+-][\w./+ -]*\.tgz)$/.test(e)||e.length>mn)throw new u("USAGE","--package takes waybill@VERSION, the path of a .tgz in the repository, or its https:// address",{hint:"Leave it out to pin the version that runs now."});let i=/^(?:waybill@|https:|\.\/)/.test(e)?e:`./${e}`,o=await re(w(oe(),"waybill-pin-"));try{let a=["pack","--loglevel=error","--ignore-scripts","--pack-destination",o,i],{exitCode:s,stderr:l}=await de("npm",a,{cwd:n,timeoutMs:fn,signal:r}),[d]=(await ne(o)).filter(T=>T.endsWith(".tgz"));if(s!==0||d===void 0)throw pn(i,l);let c=Z("sha512").update(await P(w(o,d))).digest("base64"),g=/^waybill-(.+)\.tgz$/.exec(d)?.[1];if(g===void 0)throw new u("USAGE",`${i} is a package of another name: ${$(d,100)}`);return{version:i.startsWith("waybill@")?t:g,package:i,integrity:`sha512-${c}`}}finally{await Q(o,{recursive:!0,force:!0})}}function pn(e,n){let t=$(n);return new u("NOT_FOUND",`npm cannot get ${e}, so it cannot be pinned${t===""?"":`: ${t}`}`,{hint:`Look what \`npm pack ${e}\` says. A package that is in no registry can be committed, and named with --package PATH.`})}var ye=V(Je(),1);var gn=/^(?:~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_.:a-fox+-]*|[-+]?\.(?:inf|nan))$/i;function m(e){return/^[A-Za-z0-9_./][A-Za-z0-9_./@:+=*-]*$/.test(e)&&!e.endsWith(":")&&!gn.test(e)?e:JSON.stringify(e)}function I(e){return`[${e.map(m).join(", ")}]`}function p(e){return`\${{ ${e} }}`}var O="waybill.yaml",hn="https://raw.githubusercontent.com/quiltdata/waybill/main/schema/waybill.schema.json";function $e({images:e,registries:n,role:t,platform:r,branches:i}){let[o,...a]=e,s=i.find(d=>!d.includes("*")),l=(d,c)=>[`${c}build:`,...d.context==="."?[]:[`${c}  context: ${m(d.context)}`],`${c}  file: ${m(d.file)}`];return`${[`# yaml-language-server: $schema=${hn}`,"# What waybill publishes, once per commit. https://github.com/quiltdata/waybill#configuration explains every key.",...o===void 0||a.length>0?["build:",`  platform: ${m(r)}`]:[`image: ${m(o.image)}`,...l(o,""),`  platform: ${m(r)}`],"destinations:",...n.flatMap(d=>[`  - registry: ${m(d)}`,...t===void 0||!be(d)?[]:[`    role: ${m(t)}`]]),`branches: ${I(i)}`,"tags:",'  release: "{sha}"',`  latest: ${s===void 0?"false":`{ branch: ${m(s)} }`}`,...a.length===0?[]:["images:",...e.flatMap(d=>[`  - name: ${m(d.name)}`,`    image: ${m(d.image)}`,...l(d,"    ")])]].join(`
`)}
`}function be(e){return/\.dkr[.-]ecr/.test(e)}function ke(e,{image:n,registry:t,role:r,file:i,context:o,platform:a,branch:s}){let l=(0,ye.parseDocument)(e),d=(c,g)=>{g!==void 0&&l.setIn(c,g)};return d(["image"],n?.[0]),d(["build","file"],i?.[0]),d(["build","context"],o),d(["build","platform"],a),d(["destinations"],t&&l.createNode(t.map(c=>({registry:c,...be(c)&&r?{role:r}:{}})))),t===void 0&&d(["destinations",0,"role"],r),d(["branches"],s&&l.createNode([...s],{flow:!0})),[n,t,r,i,o,a,s].every(c=>c===void 0)?e:l.toString({lineWidth:0})}var h=".github/waybill.sh",R="# Written by `waybill init`; a newer waybill's `init` renews it.";function xe({version:e,package:n,integrity:t}){let r=`${e}-${Buffer.from(t.slice(7),"base64").toString("hex").slice(0,16)}`;return`#!/bin/sh
# Runs the waybill that is pinned here, by version and by the bytes of its package: sh ${h} COMMAND \u2026
${R}
set -eu
package='${n}'
integrity='${t}'
root=$(cd "$(dirname "$0")/.." && pwd)
kept="$(cd "$root" && cd "$(git rev-parse --git-common-dir)" && pwd)/waybill"
home="$kept/${r}"

if [ ! -f "$home/bin/waybill.js" ]; then
  mkdir -p "$kept"
  new=$(mktemp -d "$kept/new.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  (cd "$root" && npm pack --silent --ignore-scripts --pack-destination "$new" "$package" >/dev/null) || {
    echo "waybill.sh: npm cannot get $package" >&2
    exit 6
  }
  found=$(node -p '"sha512-" + crypto.createHash("sha512").update(fs.readFileSync(process.argv[1])).digest("base64")' "$new"/waybill-*.tgz)
  if [ "$found" != "$integrity" ]; then
    echo "waybill.sh: $package is not what is pinned: expected $integrity, found $found" >&2
    exit 6
  fi
  tar -xzf "$new"/waybill-*.tgz -C "$new"
  # Whoever was faster has put the same there.
  mv "$new/package" "$home" 2>/dev/null || [ -f "$home/bin/waybill.js" ]
  rm -rf "$new"
  trap - EXIT
fi

exec node "$home/bin/waybill.js" "$@"
`}async function z(e){let n=await e(h)??"";if(!n.includes(R))return;let[,t]=/^package='(.+)'\r?$/m.exec(n)??[],[,r]=/^integrity='(sha512-[A-Za-z0-9+/]{86}==)'\r?$/m.exec(n)??[],[,i]=/^home="\$kept\/(.+)-[0-9a-f]{16}"\r?$/m.exec(n)??[];return t===void 0||r===void 0||i===void 0?void 0:{version:i,package:t,integrity:r}}function Se(e){return["#   VERSION=SHA   the commit, by its full name; HEAD unless given","#   DRY_RUN=1     show what would happen, write nothing",".PHONY: push-ci docker-validate","push-ci: ## publish the commit's image",`	@sh ${h} publish $(if $(filter 1,$(DRY_RUN)),--dry-run)`,"docker-validate: ## check the published image where it is",...e.map(n=>`	$(if $(filter 1,$(DRY_RUN)),@echo,@sh ${h}) validate ${n.replace("SHA","$(or $(VERSION),$(shell git rev-parse HEAD))")}`)]}var x={checkout:"actions/checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0",node:"actions/setup-node@48b55a011bda9f5d6aeb4c2d9c7362e8dae4041e # v6.4.0",credentials:"aws-actions/configure-aws-credentials@61815dcd50bd041e203e49132bacad1fd04d2708 # v5.1.1",buildx:"docker/setup-buildx-action@8d2750c68a42422c14e847fe6c8ac0403b4cbd6f # v3.12.0"};var Ae=".github/workflows/prod.yml",Pe=[["image_uri_sha","The image by the commit's full SHA."],["image_uri_latest","The image by latest; empty where latest names another commit."],["image_uri_digest","The image by its digest."],["git_sha","The commit's full SHA."]];function ve(e){let{branches:n,latest:t}=e;return`# Publishes the image of each commit on ${n.join(" and ")}: tagged with the commit's full SHA${t===void 0?"":", and with latest while it is the newest"}.
# By hand it publishes the newest commit of any branch; latest then stays as it is. Other workflows of this repository may
# call it: they get its outputs.
name: prod

on:
  push:
    branches: ${I(n.map(wn))}
  workflow_dispatch:
  workflow_call:
    outputs:
${Pe.map(([i,o])=>`      ${i}:
        description: ${o}
        value: ${p(`jobs.publish.outputs.${i}`)}
`).join("")}
# One group for each commit: a shared one would cancel all but the newest waiting run, and their commits would have no image.
concurrency:
  group: publish-${p("github.sha")}
  cancel-in-progress: false

permissions: {}

jobs:
${yn(e)}
${$n(e)}
${xn}`}function wn(e){return e.replace(/\+/g,"\\+").replace(/^!/,"\\!")}function yn(e){return`  publish:
    name: publish
    runs-on: ${bn(e)}
    timeout-minutes: 10
    permissions:
      contents: read # the checkout, and ${e.latest===void 0?"its history":`${e.latest}'s newest commit when latest is about to move`}
${Ee(e,"write")}    outputs:
${Pe.map(([n])=>`      ${n}: ${p(`steps.publish.outputs.${n}`)}
`).join("")}    steps:
      - uses: ${x.checkout}
        with:
          fetch-depth: 0
          filter: blob:none
          # publish fetches ${e.latest??"the branch"} again before latest moves, which needs them in a private repository.
          persist-credentials: true # zizmor: ignore[artipacked] no artifact is uploaded here

${Ie(e," # npm holds each package against package-lock.json, whoever wrote the cache")}
${Oe(e)}      - uses: ${x.buildx}
        with:
          platforms: ${e.platforms.join(",")}

      - name: Publish the image
        id: publish
        run: ${e.publish}
${Re([...e.platform===void 0?[]:[["DOCKER_DEFAULT_PLATFORM",e.platform]],...e.aws===void 0?[]:[["AWS_REGION",e.aws.region]]])}`}function $n(e){let{validate:n,aws:t}=e,r=n.length===1?` ${n[0]}
`:` |
${n.map(i=>`          ${i}
`).join("")}`;return`  # With nothing of the first job but what it left in the registry.
  validate:
    name: validate
    needs: publish
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read # the checkout
${Ee(e,"read")}    steps:
      - uses: ${x.checkout}
        with:
          persist-credentials: false

${Ie(e,"")}
${Oe(e)}      - name: Check the image in the registry
        run:${r}${Re(t===void 0?[]:[["AWS_REGION",t.region]])}`}function bn({platforms:e}){return e.length>0&&e.every(n=>n.startsWith("linux/arm64"))?"ubuntu-24.04-arm":"ubuntu-latest"}function Ee({aws:e,logins:n},t){return[...e===void 0?[]:[`      id-token: write # the role at AWS, by OIDC
`],...n.some(({own:r})=>r)?[`      packages: ${t} # GHCR
`]:[]].join("")}function Ie({cache:e},n){let t=e===void 0?"package-manager-cache: false":`cache: ${e}${e==="npm"?n:""}`;return`      - uses: ${x.node}
        with:
          node-version: 24
          ${t}
`}function Oe({aws:e,logins:n}){return[(e&&`      - uses: ${x.credentials}
        with:
          role-to-assume: ${m(e.role)}
          aws-region: ${e.region}

`)??"",...n.map(kn)].join("")}function kn({host:e,user:n,password:t,own:r}){return`      - name: Sign in at ${e}
        run: printf '%s' "$PASSWORD" | docker login ${e} --username "${r?"$GITHUB_ACTOR":"$USERNAME"}" --password-stdin
        env:
${r?"":`          USERNAME: ${p(n)}
`}          PASSWORD: ${p(t)}

`}function Re(e){return e.length===0?"":`        env:
${e.map(([n,t])=>`          ${n}: ${m(t)}
`).join("")}`}var xn=`  summary:
    name: summary
    needs: [publish, validate]
    if: always()
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions: {}
    steps:
      - name: Say what was published
        run: |
          {
            echo "### \${GITHUB_SHA}"
            echo "| published | validated | image | by digest | latest |"
            echo "|---|---|---|---|---|"
            echo "| \${PUBLISHED} | \${VALIDATED} | \${IMAGE:-none} | \${DIGEST:-none} | \${LATEST:-not this one} |"
          } >> "$GITHUB_STEP_SUMMARY"
          # GitHub drops an output that holds a secret, without a word to whoever wrote it.
          if [ "$PUBLISHED" = success ] && [ -z "$IMAGE" ]; then
            echo "::warning title=OUTPUT_DROPPED::image_uri_sha is empty though the image was published: it holds a masked value, such as an account's number that is kept as a secret. Keep it as a variable instead."
          fi
        env:
          PUBLISHED: ${p("needs.publish.result")}
          VALIDATED: ${p("needs.validate.result")}
          IMAGE: ${p("needs.publish.outputs.image_uri_sha")}
          DIGEST: ${p("needs.publish.outputs.image_uri_digest")}
          LATEST: ${p("needs.publish.outputs.image_uri_latest")}
`;function B({images:e,make:n,packageManager:t,makefile:r,pin:i}){let o=e.map(({build:l,destinations:[d],release:c})=>({image:`${d?.host}/${d?.repository}:${c.replace("{sha}","SHA")}`,platform:l.platform})),a=[...new Set(e.map(({build:l})=>l.platform))],s=ve({branches:[...new Set(e.flatMap(({branches:l})=>l))].map(Te),latest:e[0]?.moving.find(({tag:l})=>l==="latest")?.branch,platform:a.length===1?a[0]:void 0,platforms:a,aws:Sn(e),logins:An(e),publish:n==="none"?`sh ${h} publish`:"make push-ci VERSION=${{ github.sha }}",validate:n==="none"?o.map(({image:l,platform:d})=>`sh ${h} validate "${l.replace("SHA","$GITHUB_SHA")}" --platform ${d}`):['make docker-validate VERSION="$GITHUB_SHA"'],cache:n==="own"&&t!=="none"?t:void 0});return[{path:Ae,text:s,ours:!1},...i===void 0||n==="own"?[]:[{path:h,text:xe(i),executable:!0,ours:!0,mark:R}],...n==="write"?[{path:r.path,text:he(r,Se(o.map(({image:l,platform:d})=>`${l} --platform ${d}`))),ours:!0}]:[]]}function Te(e){if(!e.includes("${{"))return e;throw new u("CONFIG_INVALID",`"${e}" cannot stand in a workflow`,{hint:"Leave ${{ out of names."})}function Sn(e){let[n]=e.flatMap(({destinations:t})=>t).flatMap(({host:t,role:r})=>{let i=y(t);return i===void 0?[]:[{host:t,role:r,region:i.region}]});if(n!==void 0){if(n.role!==void 0)return{role:Te(n.role),region:n.region};throw new u("CONFIG_MISSING",`the workflow needs a role at AWS to sign in at ${n.host}`,{hint:"Give --role arn:aws:iam::ACCOUNT:role/NAME."})}}function An(e){let t=[...new Set(e.flatMap(({destinations:i})=>i.map(({host:o})=>o)))].filter(i=>y(i)===void 0),r=t.filter(i=>i!=="ghcr.io");return t.map(i=>{if(i==="ghcr.io")return{host:i,user:"",password:"github.token",own:!0};let o=r.indexOf(i),a=o===0?"REGISTRY":`REGISTRY_${o+1}`;return{host:i,user:`secrets.${a}_USERNAME`,password:`secrets.${a}_PASSWORD`,own:!1}})}function Fe(e,n,t){let r=v.dirname(e);if(r===".")return".";let i=Pn(e,n),o=a=>i.filter(s=>{let l=v.join(a,s);return t.some(d=>d===l||d.startsWith(`${l}/`))}).length;return o(r)>o(".")?r:"."}function Pn(e,n){try{let{stages:t}=ue({name:e,text:n});return t.flatMap(({instructions:r})=>r).filter(({keyword:r,flags:i,heredocs:o})=>/^(?:COPY|ADD)$/.test(r)&&o.length===0&&!i.some(({name:a})=>a==="from")).flatMap(({rest:r})=>vn(r).slice(0,-1)).map(r=>v.normalize(r.split(/[*?[$]/,1)[0]??"").replace(/^\/+|\/+$/g,"")).filter(r=>r!==""&&r!=="."&&!r.includes(":"))}catch(t){if(t instanceof u)return[];throw t}}function vn(e){return[...e.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s,[\]]+)/g)].map(([,n,t])=>n??t??"")}async function q(e,n,{tracked:t},r,i){if(r!==void 0){if(/^images:/m.test(r)&&(e.image!==void 0||e.file!==void 0||e.context!==void 0))throw new u("USAGE","waybill.yaml lists several images, and --image, --file and --context mean one",{hint:"Change the list in waybill.yaml."});return ke(r,e)}let o=n.file??[],a=await Promise.all(o.map(async(s,l)=>{let d=n.context??Fe(s,await i(s)??"",t);return{name:_(s),image:n.image?.[l]??"",file:s,context:d}}));return $e({images:En(a),registries:n.registry??[],role:n.role,platform:n.platform??"linux/amd64",branches:n.branch??["main"]})}function En(e){return e.map((n,t)=>{let r=e.slice(0,t).filter(({name:i})=>i===n.name).length;return r===0?n:{...n,name:`${n.name}-${r+1}`}})}async function Ge(e,n,t){let r=e,i=s=>(r={...r,...s},k(r,n)),o=async(s,l,d)=>await t.text(s,l,c=>d.parse(c)===void 0?`expected ${d.expected}`:void 0),a=i({});if(e.file===void 0&&(a=i({file:[await In(n,t,o)]})),e.image===void 0&&(a=i({image:await On(a,o)})),e.registry===void 0&&(a=i({registry:[await o("Registry, like 123456789012.dkr.ecr.us-east-1.amazonaws.com or ghcr.io",void 0,f.host)]})),S(a).includes("--role")&&(a=i({role:await o("Role at AWS that the workflow signs in with, arn:aws:iam::ACCOUNT:role/NAME",void 0,f.role)})),e.branch===void 0){let s=await t.text("Branches to publish, patterns like release/* too",n.branch,l=>Me(l).every(d=>f.branchPattern.parse(d)!==void 0)?void 0:`expected ${f.branchPattern.expected}`);a=i({branch:Me(s)})}if(e.make===void 0&&E(n)){let s=["leave it alone: the workflow runs waybill without make","call it: it is to publish, and to write the outputs, by itself"],l=await t.choice(`${n.makefile.path} has a push-ci or docker-validate of its own.`,s);a=i({make:l===s[0]?"none":"own"})}return a}async function In({dockerfiles:e},n,t){let[r,...i]=e;return r===void 0?await t("Dockerfile, relative to the root; none was found",void 0,f.path):i.length===0?r:await n.choice("Dockerfile to build",e)}async function On({image:e},n){if(e===void 0||e.length===1)return[await n("Image, its name in every registry",e?.[0],f.repository)];let t=[];for(let r of e)t.push(await n("Image, its name in every registry",r,f.repository));return t}function Me(e){return e.split(/[\s,]+/).filter(Boolean)}function Ne(e){return async n=>{try{return await P(w(e,n),"utf8")}catch(t){let{code:r}=t;if(r==="ENOENT"||r==="ENOTDIR")return;throw We("read",n,t)}}}async function _e(e,n,t,r){try{let i=w(e,le(n));await ee(i,{recursive:!0});let o=await A(w(e,n)).catch(async()=>w(await A(i),n.split("/").at(-1)??""));if(se(await A(e),o).startsWith(".."))throw new u("FILE_FAILED",`${n} is a link that leads out of the repository`,{hint:"Remove the link, and try again."});await ie(o,t),r&&await te(o,493)}catch(i){throw i instanceof u?i:We("written",n,i)}}function We(e,n,t){let r=t instanceof Error?$(t.message):"";return new u("FILE_FAILED",`${n} cannot be ${e}: ${r}`,{hint:"Look at the file and at who may write there.",cause:t})}function De({make:e,packageManager:n,...t}){let r={image:t.image?.map(a=>b("--image",a,f.repository)),registry:t.registry?.map(a=>b("--registry",a,f.host)),role:t.role===void 0?void 0:b("--role",t.role,f.role),file:t.file?.map(a=>b("--file",a,f.path)),context:t.context===void 0?void 0:b("--context",t.context,f.path),platform:t.platform===void 0?void 0:b("--platform",t.platform,f.platform),branch:t.branch?.map(a=>b("--branch",a,f.branchPattern)),make:e===!1?"none":e,packageManager:n},[i,o]=[r.image?.length??0,r.file?.length??0];if(i>0&&Math.max(o,1)!==i)throw new u("USAGE",`${i} images and ${o} Dockerfiles were named`,{hint:"Give one --image for each --file, in the same order."});return r}function b(e,n,t){let r=t.parse(n);if(r!==void 0)return r;throw new u("USAGE",`${e} takes ${t.expected}, not "${$(n,100)}"`)}import{createInterface as Rn}from"node:readline/promises";function je({stdin:e,stderr:n,env:t}){return e?.isTTY===!0&&n.isTTY===!0&&!t.CI}function Ce({stdin:e,stderr:n}){if(e===void 0)throw new u("DEFECT","there is no terminal to ask at");let t=Rn({input:e,output:n,terminal:!0}),r=new AbortController;t.on("SIGINT",()=>r.abort(new u("INTERRUPTED","interrupted; nothing was written"))),t.on("close",()=>r.abort(new u("USAGE","the input ended before the last question; nothing was written")));let i=async a=>{try{return(await t.question(a,{signal:r.signal})).trim()}catch(s){throw r.signal.aborted?(n.write(`
`),r.signal.reason):s}},o={async text(a,s,l){for(;;){let d=await i(`${a}${s===void 0?"":` [${s}]`}: `)||s||"",c=d===""?"an answer is needed":l(d);if(c===void 0)return d;n.write(`  ${c}
`)}},async choice(a,s){n.write(`${a}
${s.map((c,g)=>`  ${g+1}  ${c}
`).join("")}`);let l=c=>s[Number(c)-1]===void 0&&!s.includes(c)?`a number from 1 to ${s.length}`:void 0,d=await o.text("Which one","1",l);return s[Number(d)-1]??d},async yes(a,s){let l=c=>/^(?:y|yes|n|no)$/i.test(c)?void 0:"y or n",d=await o.text(a,s?"yes":"no",l);return/^y/i.test(d)},[Symbol.dispose]:()=>t.close()};return o}var Ue=V(Ke(),1);var Tn={new:"new",same:"as it is to be already",renewed:"renewed",overwritten:"to be overwritten"};function He(e,{all:n,color:t}){let{bold:r,red:i,green:o,dim:a}=Ue.default.createColors(t),s=l=>l.startsWith("+")?o(l):l.startsWith("-")?i(l):a(l);return e.flatMap(({path:l,kind:d,diff:c})=>[`${r(l)}: ${Tn[d]}${d==="new"?`, ${c.length} lines`:""}`,...d==="same"||d==="new"&&!n?[]:c.map(s)]).join(`
`)}function Le(e){let n=e.map(({path:t})=>t).join(", ");return new u("USAGE",`${n}: written or changed by somebody else, so nothing was written`,{hint:"The difference is shown above. --force overwrites it; at a terminal, init asks."})}function ze(e,n){let t=e.length===0?"Nothing had to be written.":`Wrote ${e.map(({path:i})=>i).join(", ")}.`,r=n.map((i,o)=>`${o+1}. ${i.replaceAll(`
`,`
   `)}`);return["",t,"","What is left to do:",...r].join(`
`)}var lr=async(e,n)=>{var X=[];try{let t=De(e);let r=await fe(ae(n.cwd,e.repo),{signal:n.signal});if(r.bare)throw new u("NOT_A_REPOSITORY",`${r.root} has no work tree to write to`,{hint:"Run init in a clone of it."});let i=Ne(r.root);let o=await U(r,i);let a=await i(O);let s=K(X,!e.yes&&!e.dryRun&&je(n)?Ce(n):void 0);let l=await Fn(t,o,a!==void 0,s);let{text:d,settings:c}=await Mn(t,l,o,a,i);let g=l.make==="own"?void 0:await Gn(e,o,i,n);let T=B({images:c.images,make:l.make??"write",packageManager:l.packageManager??"none",makefile:o.makefile,pin:g});let Y=await D([{path:O,text:d,ours:a!==void 0},...T],i);await N(n,He(Y,{all:e.dryRun===!0,color:n.stdout.isTTY===!0&&!n.env.NO_COLOR}));if(e.dryRun)return 0;let F=await Nn(Y,e,s);for(let{path:M,text:Xe,executable:Ve}of F)await _e(o.root,M,Xe,Ve===!0);await N(n,ze(F,H(c.images,o,F.map(({path:M})=>M))));return 0}catch(Be){var qe=Be,Ye=!0}finally{J(X,qe,Ye)}};async function Fn(e,n,t,r){if(t)return k(e,n);let i=r===void 0?k(e,n):await Ge(e,n,r),o=S(i);if(o.length===0)return i;throw new u("USAGE",`not said, and not to be found out: ${o.join(", ")}`,{hint:o.includes("--registry")?"For instance: --registry 123456789012.dkr.ecr.us-east-1.amazonaws.com --role arn:aws:iam::123456789012:role/NAME; or --registry ghcr.io.":"Give what is missing, or run init at a terminal, where it asks."})}async function Mn(e,n,t,r,i){let o=await q(e,n,t,r,i),a=await ce({readFile:async()=>Buffer.from(o),root:t.root,env:{},flags:{}});return{text:o,settings:a}}async function Gn(e,{root:n},t,r){let i=e.package??`waybill@${G}`,o=await z(t);return o?.package===i&&i.startsWith("waybill@")&&!e.force?o:await L(i,{root:n,version:G,signal:r.signal})}async function Nn(e,{force:n},t){let r=e.filter(({kind:s})=>s!=="same"),i=r.filter(({kind:s})=>s==="overwritten");if(t===void 0){if(i.length>0&&!n)throw Le(i);return r}let o=new Set;for(let{path:s}of n?[]:i)await t.yes(`Overwrite ${s}`,!1)||o.add(s);let a=r.filter(({path:s})=>!o.has(s));if(a.length===0||await t.yes(`Write ${a.map(({path:s})=>s).join(", ")}`,!0))return a;throw new u("USAGE","nothing was written, as you said")}export{lr as init};
