import{b as m,c as $,g as C}from"./shared-aws-api.js";import{b as te}from"./shared-build-assemble-archive-kind.js";import{r as ee}from"./shared-process-alive.js";import{d as h}from"./shared-config-ci-commit.js";import{a as ne}from"./shared-yaml-dist-compose-compose-collection.js";import{e as W,f as u}from"./shared-failure-codes.js";import{A as Y,K as J,M as K,R as Z,V as N,_,c as R,ha as Q,x as X}from"./shared-builtins-all.js";import{d as q}from"./shared-runtime.js";var Ne=[[/(?:^|[.-])gitlab(?:[.-]|$)/,"GitLab"],[/(?:^|[.-])bitbucket(?:[.-]|$)/,"Bitbucket"],[/^dev\.azure\.com$|\.visualstudio\.com$/,"Azure DevOps"],[/^git-codecommit\./,"CodeCommit"]];function b(e){return e===void 0?void 0:Ne.find(([t])=>t.test(e))?.[1]}function We(e,t){let[n]=t.dockerfiles;return{image:e.image??Le(e.file??[],t),registry:e.registry,role:e.role,file:e.file??(n===void 0?void 0:[n]),context:e.context,platform:e.platform??"linux/amd64",branch:e.branch??[t.branch],ci:e.ci??(b(t.remote?.host)===void 0?"github":"none"),make:e.make??(t.ownTargets?"own":v(t)?"none":"write"),packageManager:e.packageManager??t.packageManager??"none"}}function v({makefile:e,ownTargets:t}){return!t&&Ce.some(n=>e.own.has(n))}var Ce=["push-ci","docker-validate"];function Ge({image:e,registry:t,role:n,file:r,ci:i}){let o=t?.includes("ghcr.io")===!0&&e?.some(a=>!a.includes("/"))===!0;return[...r===void 0?["--file"]:[],...e===void 0||o?["--image"]:[],...t===void 0?["--registry"]:[],...n===void 0&&i==="github"&&t?.some(a=>h(a)!==void 0)?["--role"]:[]]}function Le(e,{remote:t,root:n}){let i=(t===void 0?[n.split(/[\\/]/).at(-1)??""]:[...t.owner.split("/"),t.name]).map(re);if(i.includes(""))return;let o=i.join("/");return e.length<2?[o]:e.map(a=>/^[^/.]+$/.test(a)?o:`${o}-${G(a)}`)}function G(e){let t=e.split("/"),[n="",r]=[t.at(-1),t.at(-2)],i=n.replace(/^(?:Dockerfile|Containerfile)\.?/i,"").replace(/\.(?:dockerfile|containerfile)$/i,"");return re(i||(r??""))||"app"}function re(e){return e.toLowerCase().replace(/[^a-z0-9]+/g,"-").replace(/^-+|-+$/g,"")}function L(e,t){let[n,r]=[ie(e),ie(t)],i=n.length>3e3||r.length>3e3?[...n.map(a=>`-${a}`),...r.map(a=>`+${a}`)]:He(n,r),o=a=>i.slice(Math.max(0,a-3),a+3+1).some(s=>!s.startsWith(" "));return i.flatMap((a,s)=>o(s)?[a]:o(s-1)&&s>0?["\u2026"]:s===0?["\u2026"]:[])}function ie(e){return e===""?[]:e.replace(/\r?\n$/,"").split(/\r?\n/)}function He(e,t){let n=t.length+1,r=new Uint32Array((e.length+1)*n);for(let s=e.length-1;s>=0;s--)for(let c=t.length-1;c>=0;c--){let l=r[(s+1)*n+c]??0,d=r[s*n+c+1]??0;r[s*n+c]=e[s]===t[c]?(r[(s+1)*n+c+1]??0)+1:Math.max(l,d)}let i=[],[o,a]=[0,0];for(;o<e.length||a<t.length;)o<e.length&&a<t.length&&e[o]===t[a]?(i.push(` ${e[o++]}`),a++):a>=t.length||o<e.length&&(r[(o+1)*n+a]??0)>=(r[o*n+a+1]??0)?i.push(`-${e[o++]}`):i.push(`+${t[a++]}`);return i}async function Ue(e,t){return await Promise.all(e.map(async n=>{let r=await t(n.path);if(r===void 0)return{...n,kind:"new",diff:L("",n.text)};let i=L(r,n.text);return i.every(o=>!/^[-+]/.test(o))?{...n,kind:"same",diff:[]}:{...n,kind:n.ours(r)?"renewed":"overwritten",diff:i}}))}var oe=["GNUmakefile","makefile","Makefile"],Be="# >>> waybill: written by `waybill init`, which renews what stands between these two lines",ze="# <<< waybill",H=/^# >>> waybill\b[^\n]*\n[\s\S]*?^# <<< waybill[^\n]*(?:\n|$)/m;function U(e){let{path:t,text:n}=e??{path:"Makefile",text:""},r=n.replaceAll(`\r
`,`
`).replace(H,"").replaceAll(`\\
`," "),i=new Map;for(let[,a="",s,c=""]of r.matchAll(Ve))i.set(a,s==="+"?`${i.get(a)??""} ${c}`:c);let o=new Set;for(let[,a=""]of r.matchAll(/^([^\s#:=][^#:=\n]*?)\s*::?(?![:=])/gm)){let s=a.replace(/\$[({]([\w.-]+)[)}]/g,(c,l)=>i.get(l)??"");for(let c of s.split(/\s+/))c!==""&&o.add(c)}return{path:t,text:n,own:o}}var Ve=/^([\w.-]+)[ \t]*(:{1,3}|\?|\+)?=[ \t]*([^$#\n]*)$/gm;function ae({text:e},t){let n=[Be,...t,ze].join(`
`);if(e==="")return`${qe}
${n}
`;let r=e.replaceAll(`\r
`,`
`),i=H.test(r)?r.replace(H,()=>`${n}
`):`${r}${r.endsWith(`
`)?"":`
`}
${n}
`;return e.includes(`\r
`)?i.replaceAll(`
`,`\r
`):i}var qe=[".PHONY: help","help: ## list the targets",`	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\\n", $$1, $$2 }' $(MAKEFILE_LIST)`,""].join(`
`);var Xe=/(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.(?:dockerfile|containerfile)$/i,Ye=/\.(?:dockerignore|md|txt|j2|tmpl|tpl|template|erb)$|(?:^|\/)(?:node_modules|vendor|testdata|fixtures?|tests?|examples?|\.devcontainer)\//i;async function Je(e,t){let{root:n,branch:r,branchBy:i,remote:o,source:a,tracked:s,untracked:c}=e,l=se(s),d=U(await Qe(oe,t));return{root:n,remote:Ke(a),remoteName:o,branch:r,branchBy:i,dockerfiles:l.length>0?l:se(c),uncommitted:l.length===0,makefile:d,ownTargets:await Ze(d,s,t),packageManager:s.includes("package-lock.json")?"npm":s.includes("yarn.lock")?"yarn":void 0,tracked:s}}function se(e){let t=n=>n==="Dockerfile"?0:n==="docker/Dockerfile"?1:n.split("/").length+(/(?:file|File)$/.test(n)?1:1.5);return e.filter(n=>Xe.test(n)&&!Ye.test(n)).toSorted((n,r)=>t(n)-t(r)||(n<r?-1:n>r?1:0))}function Ke(e){let[,t,n,r]=/^https:\/\/([^/]+)\/([\w.-]+(?:\/[\w.-]+)*)\/([\w.-]+)$/.exec(e??"")??[];return t===void 0||n===void 0||r===void 0?void 0:{host:t,owner:n,name:r}}async function Ze(e,t,n){if(!e.own.has("push-ci")||!e.own.has("docker-validate"))return!1;let r=t.filter(i=>/(?:^|\/)(?:(?:GNU)?[Mm]akefile|make\.[\w-]+)$|\.mk$/.test(i)).slice(0,200);for(let i of r){let{text:o,own:a}=U({path:i,text:await n(i)??""});if(a.has("push-ci")&&/waybill/.test(o))return!0}return!1}async function Qe(e,t){for(let n of e){let r=await t(n);if(r!==void 0)return{path:n,text:r}}}function le(e,t){let n=e.flatMap(i=>et(i,t));if(n.length===0)throw new u("CONFIG_MISSING","no destination is on Amazon ECR, so there is nothing to set up at AWS",{hint:"Give --registry ACCOUNT.dkr.ecr.REGION.amazonaws.com, or leave --infra out."});return[...new Set(n.flatMap(({account:i,role:o})=>[i,O(o)]))].map(i=>({account:i,partition:tt(i,n),repositories:nt(n.filter(o=>o.account===i)),role:rt(i,n.filter(({role:o})=>O(o)===i),t)}))}function et({destinations:e,moving:t,branches:n},r){return e.flatMap(({host:i,repository:o,role:a})=>{let s=h(i);if(s===void 0)return[];let{account:c,partition:l,region:d}=s,x=a??`arn:${l}:iam::${c}:role/github/waybill-${r.replaceAll("/","-")}`.slice(0,90);return[{account:c,partition:l,region:d,name:o,moving:t.map(({tag:A})=>A),branches:n,role:x}]})}function tt(e,t){return t.find(r=>r.account===e)?.partition??t.find(({role:r})=>O(r)===e)?.role.split(":")[1]??"aws"}function O(e){return e.split(":")[4]??""}function nt(e){return[...new Set(e.map(({region:n,name:r})=>`${n} ${r}`))].map(n=>{let r=e.filter(({region:a,name:s})=>`${a} ${s}`===n),[i="",o=""]=n.split(" ");return{region:i,name:o,moving:[...new Set(r.flatMap(({moving:a})=>a))],guests:[...new Set(r.filter(({account:a,role:s})=>O(s)!==a).map(({role:a})=>a))]}})}function rt(e,t,n){let[r,i]=new Set(t.map(({role:s})=>s));if(r===void 0)return;if(i!==void 0)throw new u("CONFIG_INVALID",`account ${e} has two roles that publish, ${r} and ${i}`,{hint:"Take one role for each account: the templates make one."});let o=r.split(":role/")[1]?.split("/")??[];return{name:o.at(-1)??"",path:`/${o.slice(0,-1).map(s=>`${s}/`).join("")}`,targets:[...new Set(t.map(s=>`arn:${s.partition}:ecr:${s.region}:${s.account}:repository/${s.name}`))],subjects:[...new Set(t.flatMap(({branches:s})=>s))].map(s=>`repo:${n}:ref:refs/heads/${s}`)}}var ce=q(ne(),1);var E=["ECR ages an image by its original push, so a tag given later does not make it younger: what must stay is kept by a rule of","higher priority (a lower number), which expires nothing and takes the image away from all later rules. Patterns in one rule","have to match all at once, so there is a rule for each. Untagged images are what a run left that did not end, or what failed","its check. An index keeps the images that it names, and artifacts that refer to an image go with it, not by a rule."];function I(e){return{rules:[...["v*","deployed*",...e.filter(n=>!/^(?:v|deployed)/.test(n))].map((n,r)=>({rulePriority:r+1,description:`keep ${n}`,selection:{tagStatus:"tagged",tagPatternList:[n],countType:"imageCountMoreThan",countNumber:1e5},action:{type:"expire"}})),{rulePriority:1e3,description:"expire untagged images after 14 days",selection:{tagStatus:"untagged",countType:"sinceImagePushed",countUnit:"days",countNumber:14},action:{type:"expire"}}]}}var it=["ecr:DescribeRepositoryCreationTemplates","ecr:GetAccountSetting","ecr:GetAuthorizationToken"];function M({account:e,partition:t},{name:n,path:r,targets:i}){return{Version:"2012-10-17",Statement:[{Sid:"SignIn",Effect:"Allow",Action:it,Resource:"*"},{Sid:"Publish",Effect:"Allow",Action:C,Resource:i},{Sid:"OwnTrust",Effect:"Allow",Action:["iam:GetRole"],Resource:`arn:${t}:iam::${e}:role${r}${n}`}]}}function T({account:e,partition:t},{subjects:n}){let r=n.filter(a=>!/[*?]/.test(a)),i=n.filter(a=>/[*?]/.test(a)),o=(a,s)=>s.length===0?[]:[{Effect:"Allow",Principal:{Federated:`arn:${t}:iam::${e}:oidc-provider/${m}`},Action:"sts:AssumeRoleWithWebIdentity",Condition:ot(a,s)}];return{Version:"2012-10-17",Statement:[...o("StringEquals",r),...o("StringLike",i)]}}function ot(e,t){let n={[`${m}:aud`]:$},r={[`${m}:sub`]:t};return e==="StringEquals"?{StringEquals:{...n,...r}}:{StringEquals:n,[e]:r}}function j(e){return{Version:"2012-10-17",Statement:[{Sid:"Publish",Effect:"Allow",Principal:{AWS:e},Action:C}]}}function de(e){let t=[...new Set(e.repositories.map(({region:s})=>s))],[n]=t,r=t.length>1,i=r&&n!==void 0?{Condition:D(n)}:{},o={AWSTemplateFormatVersion:"2010-09-09",Description:`What waybill publishes with in account ${e.account}`,...e.role===void 0?{}:{Parameters:{OidcProvider:at}},...st(e.role,r?t:[]),Resources:{...Object.fromEntries(e.repositories.map((s,c)=>[`Repository${c===0?"":c+1}`,{...lt(s),...r?{Condition:D(s.region)}:{}}])),...e.role===void 0?{}:ct(e,e.role,i)},...e.role===void 0?{}:{Outputs:{RoleArn:{Value:{"Fn::GetAtt":["Role","Arn"]},...i}}}};return`${[...t.length>1?[`Deploy it in each of ${t.join(", ")}; the role comes with ${n}.`]:[],`aws cloudformation deploy --template-file cloudformation.yaml --stack-name waybill --capabilities CAPABILITY_NAMED_IAM${n===void 0?"":` --region ${n}`}`,...E].map(s=>`# ${s}`).join(`
`)}
${(0,ce.stringify)(o,{lineWidth:0,aliasDuplicateObjects:!1})}`}var at={Type:"String",Default:"create",AllowedValues:["create","exists"],Description:"An account has one OIDC provider for GitHub; say exists where it has it already"};function D(e){return`In${e.replaceAll("-","")}`}function st(e,t){let n=Object.fromEntries(t.map(a=>[D(a),{"Fn::Equals":[{Ref:"AWS::Region"},a]}])),r={"Fn::Equals":[{Ref:"OidcProvider"},"create"]},[i]=t,o={...n,...e===void 0?{}:{CreateProvider:i===void 0?r:{"Fn::And":[r,{Condition:D(i)}]}}};return Object.keys(o).length===0?{}:{Conditions:o}}function lt({name:e,moving:t,guests:n}){return{Type:"AWS::ECR::Repository",DeletionPolicy:"Retain",UpdateReplacePolicy:"Retain",Properties:{RepositoryName:e,...t.length===0?{ImageTagMutability:"IMMUTABLE"}:{ImageTagMutability:"IMMUTABLE_WITH_EXCLUSION",ImageTagMutabilityExclusionFilters:t.map(r=>({ImageTagMutabilityExclusionFilterType:"WILDCARD",ImageTagMutabilityExclusionFilterValue:r}))},ImageScanningConfiguration:{ScanOnPush:!0},LifecyclePolicy:{LifecyclePolicyText:JSON.stringify(I(t),void 0,2)},...n.length===0?{}:{RepositoryPolicyText:j(n)}}}}function ct(e,t,n){return{Provider:{Type:"AWS::IAM::OIDCProvider",Condition:"CreateProvider",DeletionPolicy:"Retain",UpdateReplacePolicy:"Retain",Properties:{Url:`https://${m}`,ClientIdList:[$]}},Role:{Type:"AWS::IAM::Role",...n,Properties:{RoleName:t.name,Path:t.path,AssumeRolePolicyDocument:T(e,t),Policies:[{PolicyName:"publish",PolicyDocument:M(e,t)}]}}}}function ue(e){let t=[...new Set(e.repositories.map(({region:n})=>n))];return`${[`# What waybill publishes with in account ${e.account}.`,...y("terraform",["required_providers {",'  aws = { source = "hashicorp/aws", version = ">= 6.8" }',"}"]),...(t.length===0?[void 0]:t).flatMap((n,r)=>y('provider "aws"',[...n===void 0?[]:[`region              = ${S(n)}`],`allowed_account_ids = [${S(e.account)}]`,...n===void 0||r===0?[]:[`alias               = ${S(fe(n))}`]])),...E.map(n=>`# ${n}`),...e.repositories.flatMap((n,r)=>dt(n,r===0?"repository":`repository_${r+1}`,n.region!==t[0])),...e.role===void 0?[]:ut(e,e.role)].join(`
`)}
`}function fe(e){return e.replaceAll("-","_")}function y(e,t){return[`${e} {`,...t.map(n=>n===""?"":`  ${n}`),"}",""]}function pe(e){return e.replaceAll(/[$%](?=\{)/g,t=>t+t)}function S(e){return pe(JSON.stringify(e))}function F(e,t){let n=pe(JSON.stringify(t,void 0,2)).split(`
`);return[`${e} = jsonencode(${n[0]}`,...n.slice(1,-1),`${n.at(-1)})`]}function dt({name:e,region:t,moving:n,guests:r},i,o){let a=o?[`provider = aws.${fe(t)}`]:[];return[...y(`resource "aws_ecr_repository" "${i}"`,[...a,`name = ${S(e)}`,`image_tag_mutability = "${n.length===0?"IMMUTABLE":"IMMUTABLE_WITH_EXCLUSION"}"`,...n.flatMap(s=>["image_tag_mutability_exclusion_filter {",'  filter_type = "WILDCARD"',`  filter      = ${S(s)}`,"}"]),"image_scanning_configuration {","  scan_on_push = true","}","lifecycle {","  prevent_destroy = true","}"]),...y(`resource "aws_ecr_lifecycle_policy" "${i}"`,[...a,`repository = aws_ecr_repository.${i}.name`,...F("policy",I(n))]),...r.length===0?[]:y(`resource "aws_ecr_repository_policy" "${i}"`,[...a,`repository = aws_ecr_repository.${i}.name`,...F("policy",j(r))])]}function ut(e,t){return[...y('variable "create_oidc_provider"',['description = "an account has one OIDC provider for GitHub; false where it has it already"',"type        = bool","default     = true"]),...y('resource "aws_iam_openid_connect_provider" "github"',["count          = var.create_oidc_provider ? 1 : 0",`url            = "https://${m}"`,`client_id_list = ["${$}"]`]),...y('resource "aws_iam_role" "publish"',[`name = ${S(t.name)}`,`path = ${S(t.path)}`,...F("assume_role_policy",T(e,t))]),...y('resource "aws_iam_role_policy" "publish"',['name = "publish"',"role = aws_iam_role.publish.name",...F("policy",M(e,t))])]}function ft(e,{remote:t}){if(t===void 0||b(t.host)!==void 0)throw new u("CONFIG_MISSING","the role's trust policy names the repository at GitHub, and there is no remote to tell it",{hint:"git remote add origin git@github.com:OWNER/NAME.git"});return le(e,`${t.owner}/${t.name}`).flatMap(n=>[{path:`infra/${n.account}/cloudformation.yaml`,text:de(n),ours:()=>!1},{path:`infra/${n.account}/main.tf`,text:ue(n),ours:()=>!1}])}var pt={Version:"2012-10-17",Statement:[{Sid:"PublicRead",Effect:"Allow",Principal:"*",Action:["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]}]};function mt(e,t){return{mutability:e.length===0?"IMMUTABLE":"IMMUTABLE_WITH_EXCLUSION",moving:e,scanOnPush:!0,lifecycle:I(e),policy:t.publicRead?pt:void 0,tags:{"managed-by":"waybill"}}}function gt(e,t){let n=Object.fromEntries(Object.keys(t.tags).map(i=>[i,e.tags[i]]));return[{setting:"mutability",is:e.mutability,wanted:t.mutability},{setting:"moving",is:e.moving.toSorted(),wanted:t.moving.toSorted()},{setting:"scanOnPush",is:e.scanOnPush,wanted:t.scanOnPush},{setting:"lifecycle",is:e.lifecycle,wanted:t.lifecycle},...t.policy===void 0?[]:[{setting:"policy",is:e.policy,wanted:t.policy}],{setting:"tags",is:n,wanted:t.tags}].filter(({is:i,wanted:o})=>!Q(i,o))}var p=".github/waybill.sh",me="# Written by `waybill init`; a newer waybill's `init` renews it.";function ge({version:e,package:t,integrity:n}){let r=`${e}-${Buffer.from(n.slice(7),"base64").toString("hex").slice(0,16)}`;return`#!/bin/sh
# Runs the waybill that is pinned here, by version and by the bytes of its package: sh ${p} COMMAND \u2026
${me}
set -eu
package='${t}'
integrity='${n}'
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
`}function B(e){return e.includes(me)}async function ht(e){let t=await e(p)??"";if(!B(t))return;let[,n]=/^package='(.+)'\r?$/m.exec(t)??[],[,r]=/^integrity='(sha512-[A-Za-z0-9+/]{86}==)'\r?$/m.exec(t)??[],[,i]=/^home="\$kept\/(.+)-[0-9a-f]{16}"\r?$/m.exec(t)??[];return n===void 0||r===void 0||i===void 0?void 0:{version:i,package:n,integrity:r}}function he(e){let t="$(filter-out 0 no false,$(DRY_RUN))",n="$(or $(VERSION),$(shell git rev-parse HEAD))";return["#   VERSION=SHA   the commit, by its full name; HEAD unless given","#   DRY_RUN=1     show what would happen, write nothing",".PHONY: push-ci docker-validate","push-ci: ## publish the commit's image",`	@sh ${p} publish $(if ${t},--dry-run)`,"docker-validate: ## check the published image where it is",...e.map(r=>`	@$(if ${t},echo )sh ${p} validate ${r.replace("SHA",n)}`)]}var yt=/^(?:~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_.:a-fox+-]*|[-+]?\.(?:inf|nan))$/i;function f(e){return/^[A-Za-z0-9_./][A-Za-z0-9_./@:+=*-]*$/.test(e)&&!e.endsWith(":")&&!yt.test(e)?e:JSON.stringify(e)}function P(e){return`[${e.map(f).join(", ")}]`}function g(e){return`\${{ ${e} }}`}var k={checkout:"actions/checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0",node:"actions/setup-node@48b55a011bda9f5d6aeb4c2d9c7362e8dae4041e # v6.4.0",credentials:"aws-actions/configure-aws-credentials@61815dcd50bd041e203e49132bacad1fd04d2708 # v5.1.1",buildx:"docker/setup-buildx-action@8d2750c68a42422c14e847fe6c8ac0403b4cbd6f # v3.12.0"};var ye=".github/workflows/prod.yml",we=[["image_uri_sha","The image by the commit's full SHA."],["image_uri_latest","The image by latest; empty where latest names another commit."],["image_uri_digest","The image by its digest."],["git_sha","The commit's full SHA."]];function $e(e){let{branches:t,latest:n}=e;return`# Publishes the image of each commit on ${t.join(" and ")}: tagged with the commit's full SHA${n===void 0?"":", and with latest while it is the newest"}.
# By hand it publishes the newest commit of any branch; latest then stays as it is. Other workflows of this repository may
# call it: they get its outputs.
name: prod

on:
  push:
    branches: ${P(t.map(wt))}
  workflow_dispatch:
  workflow_call:
    outputs:
${we.map(([i,o])=>`      ${i}:
        description: ${o}
        value: ${g(`jobs.publish.outputs.${i}`)}
`).join("")}
# One group for each commit: a shared one would cancel all but the newest waiting run, and their commits would have no image.
concurrency:
  group: publish-${g("github.sha")}
  cancel-in-progress: false

permissions: {}

jobs:
${$t(e)}
${bt(e)}
${xt}`}function wt(e){return e.replace(/\+/g,"\\+").replace(/^!/,"\\!")}function $t(e){return`  publish:
    name: publish
    runs-on: ${kt(e)}
    timeout-minutes: 10
    permissions:
      contents: read # the checkout, and ${e.latest===void 0?"its history":`${e.latest}'s newest commit when latest is about to move`}
${be(e,"write")}    outputs:
${we.map(([t])=>`      ${t}: ${g(`steps.publish.outputs.${t}`)}
`).join("")}    steps:
      - uses: ${k.checkout}
        with:
          fetch-depth: 0
          filter: blob:none
          # publish fetches ${e.latest??"the branch"} again before latest moves, which needs them in a private repository.
          persist-credentials: true # zizmor: ignore[artipacked] no artifact is uploaded here

${ke(e," # npm holds each package against package-lock.json, whoever wrote the cache")}
${Se(e)}      - uses: ${k.buildx}
        with:
          platforms: ${e.platforms.join(",")}

      - name: Publish the image
        id: publish
        run: ${e.publish}
${xe([...e.platform===void 0?[]:[["DOCKER_DEFAULT_PLATFORM",e.platform]],...e.aws===void 0?[]:[["AWS_REGION",e.aws.region]]])}`}function bt(e){let{validate:t,aws:n}=e,r=t.length===1?` ${t[0]}
`:` |
${t.map(i=>`          ${i}
`).join("")}`;return`  # With nothing of the first job but what it left in the registry.
  validate:
    name: validate
    needs: publish
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read # the checkout
${be(e,"read")}    steps:
      - uses: ${k.checkout}
        with:
          persist-credentials: false

${ke(e,"")}
${Se(e)}      - name: Check the image in the registry
        run:${r}${xe(n===void 0?[]:[["AWS_REGION",n.region]])}`}function kt({platforms:e}){return e.length>0&&e.every(t=>t.startsWith("linux/arm64"))?"ubuntu-24.04-arm":"ubuntu-latest"}function be({aws:e,logins:t},n){return[...e===void 0?[]:[`      id-token: write # the role at AWS, by OIDC
`],...t.some(({own:r})=>r)?[`      packages: ${n} # GHCR
`]:[]].join("")}function ke({cache:e},t){let n=e===void 0?"package-manager-cache: false":`cache: ${e}${e==="npm"?t:""}`;return`      - uses: ${k.node}
        with:
          node-version: 24
          ${n}
`}function Se({aws:e,logins:t}){return[(e&&`      - uses: ${k.credentials}
        with:
          role-to-assume: ${f(e.role)}
          aws-region: ${e.region}

`)??"",...t.map(St)].join("")}function St({host:e,user:t,password:n,own:r}){return`      - name: Sign in at ${e}
        run: printf '%s' "$PASSWORD" | docker login ${e} --username "${r?"$GITHUB_ACTOR":"$USERNAME"}" --password-stdin
        env:
${r?"":`          USERNAME: ${g(t)}
`}          PASSWORD: ${g(n)}

`}function xe(e){return e.length===0?"":`        env:
${e.map(([t,n])=>`          ${t}: ${f(n)}
`).join("")}`}var xt=`  summary:
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
          PUBLISHED: ${g("needs.publish.result")}
          VALIDATED: ${g("needs.validate.result")}
          IMAGE: ${g("needs.publish.outputs.image_uri_sha")}
          DIGEST: ${g("needs.publish.outputs.image_uri_digest")}
          LATEST: ${g("needs.publish.outputs.image_uri_latest")}
`;var At=/^# Written by `waybill init`, which renews it while nothing else is changed in it \(([0-9a-f]{16})\)\.\r?\n/m;function Ae(e,t){let n=e.indexOf(t);return`${e.slice(0,n)}# Written by \`waybill init\`, which renews it while nothing else is changed in it (${Pe(e)}).
${e.slice(n)}`}function Ie(e){let[t,n]=At.exec(e)??[];return t!==void 0&&Pe(e.replace(t,""))===n}function Pe(e){return R("sha256").update(e.replaceAll(`\r
`,`
`)).digest("hex").slice(0,16)}function It(e){let{images:t,make:n,ci:r,makefile:i,pin:o}=e,a=t.map(({build:s,destinations:[c],release:l})=>({image:`${c?.host}/${c?.repository}:${l.replace("{sha}","SHA")}`,platform:s.platform}));return[...r==="none"?[]:[{path:ye,text:Ae(Pt(e,a),`name: prod
`),ours:Ie}],...o===void 0||n==="own"?[]:[{path:p,text:ge(o),executable:!0,ours:B}],...n==="write"?[{path:i.path,text:ae(i,he(a.map(({image:s,platform:c})=>`${s} --platform ${c}`))),ours:()=>!0}]:[]]}function Pt({images:e,make:t,packageManager:n},r){let i=[...new Set(e.map(({build:o})=>o.platform))];return $e({branches:[...new Set(e.flatMap(({branches:o})=>o))].map(Re),latest:e[0]?.moving.find(({tag:o})=>o==="latest")?.branch,platform:i.length===1?i[0]:void 0,platforms:i,aws:Rt(e),logins:z(e),publish:t==="none"?`sh ${p} publish`:"make push-ci VERSION=${{ github.sha }}",validate:t==="none"?r.map(({image:o,platform:a})=>`sh ${p} validate "${o.replace("SHA","$GITHUB_SHA")}" --platform ${a}`):['make docker-validate VERSION="$GITHUB_SHA"'],cache:t==="own"&&n!=="none"?n:void 0})}function Re(e){if(!e.includes("${{"))return e;throw new u("CONFIG_INVALID",`"${e}" cannot stand in a workflow`,{hint:"Leave ${{ out of names."})}function Rt(e){let[t]=e.flatMap(({destinations:n})=>n).flatMap(({host:n,role:r})=>{let i=h(n);return i===void 0?[]:[{host:n,role:r,region:i.region}]});if(t!==void 0){if(t.role!==void 0)return{role:Re(t.role),region:t.region};throw new u("CONFIG_MISSING",`the workflow needs a role at AWS to sign in at ${t.host}`,{hint:"Give --role arn:aws:iam::ACCOUNT:role/NAME."})}}function z(e){let n=[...new Set(e.flatMap(({destinations:i})=>i.map(({host:o})=>o)))].filter(i=>h(i)===void 0),r=n.filter(i=>i!=="ghcr.io");return n.map(i=>{if(i==="ghcr.io")return{host:i,user:"",password:"github.token",own:!0};let o=r.indexOf(i),a=o===0?"REGISTRY":`REGISTRY_${o+1}`;return{host:i,user:`secrets.${a}_USERNAME`,password:`secrets.${a}_PASSWORD`,own:!1}})}var _e="https://github.com/quiltdata/waybill/blob/main/docs";function _t(e,t,{ci:n,make:r},i,o=""){let a=e.flatMap(({destinations:l})=>l),s=a.filter(({host:l})=>h(l)!==void 0),c=n!=="none";return[...s.length===0?[]:[...c?[vt(e,s,t)]:[],Ot(s,r)],...c?[Et(e,a),...Mt(e)]:[jt(e,t,r==="own"?"make push-ci":`sh ${p} publish`)],...c?Tt(t):[],...t.uncommitted?[`Commit ${e.map(({build:l})=>l.file).join(" and ")}: what is published is what the commit holds.`]:[],...i.length===0?[]:[`${o}git add ${i.map(Ee).join(" ")} && git commit -m "Publish each commit's image" && git push`]]}function ve(e){return[...new Set(e.flatMap(({branches:t})=>t))]}function vt(e,t,{remote:n}){let r=[...new Set(t.flatMap(({role:o})=>o===void 0?[]:[o]))],i=n===void 0?"OWNER/NAME":`${n.owner}/${n.name}`;return[`At AWS, the trust policy of ${r.join(", ")||"the role"} lets in these branches, and no other:`,...ve(e).map(o=>`  ${m}:sub ${o.includes("*")?"StringLike  ":"StringEquals"} repo:${i}:ref:refs/heads/${o}`),`and ${m}:aud is ${$}. The whole policy: ${_e}/ecr.md`].join(`
`)}function Ot(e,t){return["At AWS, these repositories exist, their tags immutable but for latest (IMMUTABLE_WITH_EXCLUSION), and the role may push and pull there:",...[...new Set(e.map(({host:r,repository:i})=>`${r}/${i}`))].map(r=>`  ${r}`),`\`${t==="own"?"waybill":`sh ${p}`} ecr create\` makes them, with an identity that may.`].join(`
`)}function Et(e,t){let{checkout:n,node:r,buildx:i,credentials:o}=k,a=[n,r,i,...t.some(({host:c})=>h(c)!==void 0)?[o]:[]],s=Oe(e).length===0?" It takes no secret.":"";return`At GitHub, Settings > Actions > General lets the workflow's actions run:
  ${a.map(c=>c.replace(/@.*/,"")).join(", ")}.${s}`}function Oe(e){return z(e).filter(({own:t})=>!t)}function Mt(e){let t=n=>n.replace("secrets.","");return Oe(e).map(({host:n,user:r,password:i})=>`At GitHub, Settings > Secrets and variables > Actions: ${t(r)} and ${t(i)},
to sign in at ${n}.`)}function Tt({remote:e,remoteName:t}){if(e!==void 0)return[];let n=t===void 0?"add origin":`set-url ${Ee(t)}`;return[`Give the repository a remote at GitHub, where the workflow runs (${t===void 0?"it has none":`${t} is no address of one`}): git remote ${n} git@github.com:OWNER/NAME.git`]}function jt(e,{remote:t},n){return[`Let ${b(t?.host)??"your CI"} run this for each push to ${ve(e).join(", ")}, with Node and git in the job, and signed in at the registry:`,`  ${n}`,`Templates, and what each service is to be told: ${_e}/ci.md`].join(`
`)}function Ee(e){return/^[\w./-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}var Dt=12e4,Ft=200;async function Nt(e,{root:t,version:n,signal:r}){if(!/^(?:waybill@[\w.+-]+|https:\/\/[\w.:/@+~%-]+|(?:\.\/)?[\w.+-][\w./+ -]*\.tgz)$/.test(e)||e.length>Ft)throw new u("USAGE","--package takes waybill@VERSION, the path of a .tgz in the repository, or its https:// address",{hint:"Leave it out to pin the version that runs now."});let i=/^(?:waybill@|https:|\.\/)/.test(e)?e:`./${e}`,o=await J(N(Z(),"waybill-pin-"));try{let a=["pack","--loglevel=error","--ignore-scripts","--pack-destination",o,i],{exitCode:s,stderr:c}=await ee("npm",a,{cwd:t,timeoutMs:Dt,signal:r}),[l]=(await Y(o)).filter(A=>A.endsWith(".tgz"));if(s!==0||l===void 0)throw Wt(i,c);let d=R("sha512").update(await K(N(o,l))).digest("base64"),x=/^waybill-(.+)\.tgz$/.exec(l)?.[1];if(x===void 0)throw new u("USAGE",`${i} is a package of another name: ${W(l,100)}`);return{version:i.startsWith("waybill@")?n:x,package:i,integrity:`sha512-${d}`}}finally{await X(o,{recursive:!0,force:!0})}}function Wt(e,t){let n=W(t);return new u("NOT_FOUND",`npm cannot get ${e}, so it cannot be pinned${n===""?"":`: ${n}`}`,{hint:`Look what \`npm pack ${e}\` says. A package that is in no registry can be committed, and named with --package PATH.`})}var w=q(ne(),1);var V="waybill.yaml",Ct="https://raw.githubusercontent.com/quiltdata/waybill/main/schema/waybill.schema.json";function Te({images:e,registries:t,role:n,platform:r,branches:i}){let[o,...a]=e,s=i.find(l=>!l.includes("*")),c=(l,d)=>[`${d}build:`,...l.context==="."?[]:[`${d}  context: ${f(l.context)}`],`${d}  file: ${f(l.file)}`];return`${[`# yaml-language-server: $schema=${Ct}`,"# What waybill publishes, once per commit. https://github.com/quiltdata/waybill#configuration explains every key.",...o===void 0||a.length>0?["build:",`  platform: ${f(r)}`]:[`image: ${f(o.image)}`,...c(o,""),`  platform: ${f(r)}`],"destinations:",...t.flatMap(l=>[`  - registry: ${f(l)}`,...n===void 0||!je(l)?[]:[`    role: ${f(n)}`]]),`branches: ${P(i)}`,"tags:",'  release: "{sha}"',`  latest: ${s===void 0?"false":`{ branch: ${f(s)} }`}`,...a.length===0?[]:["images:",...e.flatMap(l=>[`  - name: ${f(l.name)}`,`    image: ${f(l.image)}`,...c(l,"    ")])]].join(`
`)}
`}function je(e){return/\.dkr[.-]ecr/.test(e)}function De(e,{image:t,registry:n,role:r,file:i,context:o,platform:a,branch:s}){let c=n?.map(d=>({registry:d,...je(d)&&r?{role:r}:{}}));return[[["image"],t?.[0]],[["build","file"],i?.[0]],[["build","context"],o],[["build","platform"],a],[["destinations"],c],[["destinations",0,"role"],n===void 0?r:void 0],[["branches"],s],[["tags","latest","branch"],s&&Gt(e,s)]].reduce((d,[x,A])=>A===void 0?d:Lt(d,x,A),e)}function Gt(e,t){let n=(0,w.parseDocument)(e).getIn(["tags","latest","branch"]);return typeof n!="string"||t.includes(n)?void 0:t.find(r=>!r.includes("*"))}function Lt(e,t,n){let r=(0,w.parseDocument)(e),i=r.getIn(t,!0),o=typeof n=="string"?f(n):Me(n)?P(n):void 0;if(o!==void 0&&(0,w.isNode)(i)&&i.range&&((0,w.isScalar)(i)||(0,w.isSeq)(i)&&i.flow===!0)){let[a,s]=i.range;return`${e.slice(0,a)}${o}${e.slice(s)}`}return r.setIn(t,r.createNode(n,{flow:Me(n)})),r.toString({lineWidth:0})}function Me(e){return Array.isArray(e)&&e.every(t=>typeof t=="string")}var Ht={remote:"the remote's default",name:"by its name; the remote's default is not known here",checkout:"the one that is checked out",guess:"as usual; nothing is checked out by a name"};function Ut(e,{file:t,ci:n},r){let i=e.dockerfiles.filter(l=>!t?.includes(l)),o=b(e.remote?.host),s=[r?[V,"is here, and says what is published; flags change it"]:void 0,r||t===void 0?void 0:["Dockerfile",`${t.join(", ")}${i.length===0?"":`; not ${Bt(i)}: --file and --image, once for each, take several`}`],r?void 0:["branch",`${e.branch}, ${Ht[e.branchBy]}`],e.remote===void 0?void 0:["remote",`${e.remote.host}/${e.remote.owner}/${e.remote.name}`],o!==void 0&&n==="none"?["workflow",`none: ${o} does not run GitHub's; --ci github writes it all the same`]:void 0,v(e)?[e.makefile.path,"has a push-ci or docker-validate of its own, which does not start waybill; --make says what becomes of it"]:void 0,e.ownTargets?[e.makefile.path,"starts waybill itself; it is left alone"]:void 0].filter(l=>l!==void 0),c=Math.max(...s.map(([l])=>l.length));return s.map(([l,d])=>`${l.padEnd(c)}  ${d}`)}function Bt(e){return`${e.slice(0,3).join(", ")}${e.length>3?` and ${e.length-3} more`:""}`}function Fe(e,t,n){let r=_.dirname(e);if(r===".")return".";let i=zt(e,t),o=a=>i.filter(s=>{let c=_.join(a,s);return n.some(l=>l===c||l.startsWith(`${c}/`))}).length;return o(r)>o(".")?r:"."}function zt(e,t){try{let{stages:n}=te({name:e,text:t});return n.flatMap(({instructions:r})=>r).filter(({keyword:r,flags:i,heredocs:o})=>/^(?:COPY|ADD)$/.test(r)&&o.length===0&&!i.some(({name:a})=>a==="from")).flatMap(({rest:r})=>Vt(r).slice(0,-1)).map(r=>_.normalize(r.split(/[*?[$]/,1)[0]??"").replace(/^\/+|\/+$/g,"")).filter(r=>r!==""&&r!=="."&&!r.includes(":"))}catch(n){if(n instanceof u)return[];throw n}}function Vt(e){return[...e.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s,[\]]+)/g)].map(([,t,n])=>t??n??"")}async function qt(e,t,{tracked:n},r,i){if(r!==void 0){if(/^images:/m.test(r)&&(e.image!==void 0||e.file!==void 0||e.context!==void 0))throw new u("USAGE","waybill.yaml lists several images, and --image, --file and --context mean one",{hint:"Change the list in waybill.yaml."});return De(r,e)}let o=t.file??[],a=await Promise.all(o.map(async(s,c)=>{let l=t.context??Fe(s,await i(s)??"",n);return{name:G(s),image:t.image?.[c]??"",file:s,context:l}}));return Te({images:Xt(a),registries:t.registry??[],role:t.role,platform:t.platform??"linux/amd64",branches:t.branch??["main"]})}function Xt(e){return e.map((t,n)=>{let r=e.slice(0,n).filter(({name:i})=>i===t.name).length;return r===0?t:{...t,name:`${t.name}-${r+1}`}})}export{We as a,v as b,Ge as c,Ue as d,Je as e,ft as f,mt as g,gt as h,ht as i,It as j,_t as k,Nt as l,V as m,Ut as n,qt as o};
