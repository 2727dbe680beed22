import{a as J}from"./chunk-BH3ZPHHW.js";import{a as Y}from"./chunk-ZQAXNYR4.js";import{b as p,c as w}from"./chunk-LJIIYW4U.js";import{v as X}from"./chunk-MSZSUU2M.js";import{c as g}from"./chunk-ZBN4P3IB.js";import{e as N,f as u}from"./chunk-4WUTDE6K.js";import{I as B,K as z,O as V,S as D,W as x,c as L,da as q,v as U,y as H}from"./chunk-NWEVKOL4.js";import{d as G}from"./chunk-LDXI2OCE.js";function Ie(e,t){let[n]=t.dockerfiles;return{image:e.image??_e(e.file??[],t),registry:e.registry,role:e.role,file:e.file??(n===void 0?void 0:[n]),context:e.context,platform:e.platform??"linux/amd64",branch:e.branch??[t.branch],make:e.make??(t.ownTargets?"own":K(t)?"none":"write"),packageManager:e.packageManager??t.packageManager??"none"}}function K({makefile:e,ownTargets:t}){return!t&&Re.some(n=>e.own.has(n))}var Re=["push-ci","docker-validate"];function Pe({image:e,registry:t,role:n,file:r}){return[...r===void 0?["--file"]:[],...e===void 0?["--image"]:[],...t===void 0?["--registry"]:[],...n===void 0&&t?.some(i=>g(i)!==void 0)?["--role"]:[]]}function _e(e,{remote:t,root:n}){let i=(t===void 0?[n.split(/[\\/]/).at(-1)??""]:[t.owner,t.name]).map(Z);if(i.includes(""))return;let s=i.join("/");return e.length<2?[s]:e.map(o=>`${s}-${C(o)}`)}function C(e){let t=e.split("/"),[n="",r]=[t.at(-1),t.at(-2)],i=n.replace(/^(?:Dockerfile|Containerfile)\.?/i,"").replace(/\.(?:dockerfile|containerfile)$/i,"");return Z(i||(r??""))||"app"}function Z(e){return e.toLowerCase().replace(/[^a-z0-9]+/g,"-").replace(/^-+|-+$/g,"")}function F(e,t){let[n,r]=[Q(e),Q(t)],i=n.length>3e3||r.length>3e3?[...n.map(o=>`-${o}`),...r.map(o=>`+${o}`)]:Ee(n,r),s=o=>i.slice(Math.max(0,o-3),o+3+1).some(a=>!a.startsWith(" "));return i.flatMap((o,a)=>s(a)?[o]:s(a-1)&&a>0?["\u2026"]:a===0?["\u2026"]:[])}function Q(e){return e===""?[]:e.replace(/\r?\n$/,"").split(/\r?\n/)}function Ee(e,t){let n=t.length+1,r=new Uint32Array((e.length+1)*n);for(let a=e.length-1;a>=0;a--)for(let l=t.length-1;l>=0;l--){let c=r[(a+1)*n+l]??0,d=r[a*n+l+1]??0;r[a*n+l]=e[a]===t[l]?(r[(a+1)*n+l+1]??0)+1:Math.max(c,d)}let i=[],[s,o]=[0,0];for(;s<e.length||o<t.length;)s<e.length&&o<t.length&&e[s]===t[o]?(i.push(` ${e[s++]}`),o++):o>=t.length||s<e.length&&(r[(s+1)*n+o]??0)>=(r[s*n+o+1]??0)?i.push(`-${e[s++]}`):i.push(`+${t[o++]}`);return i}async function ve(e,t){return await Promise.all(e.map(async n=>{let r=await t(n.path);if(r===void 0)return{...n,kind:"new",diff:F("",n.text)};let i=F(r,n.text);return i.every(s=>!/^[-+]/.test(s))?{...n,kind:"same",diff:[]}:{...n,kind:n.ours&&r.includes(n.mark??"")?"renewed":"overwritten",diff:i}}))}var ee=["GNUmakefile","makefile","Makefile"],Me="# >>> waybill: written by `waybill init`, which renews what stands between these two lines",Oe="# <<< waybill",W=/^# >>> waybill\b[^\n]*\n[\s\S]*?^# <<< waybill[^\n]*(?:\n|$)/m;function j(e){let{path:t,text:n}=e??{path:"Makefile",text:""},r=n.replaceAll(`\r
`,`
`).replace(W,"").replaceAll(`\\
`," "),i=new Map;for(let[,o="",a,l=""]of r.matchAll(Te))i.set(o,a==="+"?`${i.get(o)??""} ${l}`:l);let s=new Set;for(let[,o=""]of r.matchAll(/^([^\s#:=][^#:=\n]*?)\s*::?(?![:=])/gm)){let a=o.replace(/\$[({]([\w.-]+)[)}]/g,(l,c)=>i.get(c)??"");for(let l of a.split(/\s+/))l!==""&&s.add(l)}return{path:t,text:n,own:s}}var Te=/^([\w.-]+)[ \t]*(:{1,3}|\?|\+)?=[ \t]*([^$#\n]*)$/gm;function te({text:e},t){let n=[Me,...t,Oe].join(`
`);if(e==="")return`${De}
${n}
`;let r=e.replaceAll(`\r
`,`
`),i=W.test(r)?r.replace(W,()=>`${n}
`):`${r}${r.endsWith(`
`)?"":`
`}
${n}
`;return e.includes(`\r
`)?i.replaceAll(`
`,`\r
`):i}var De=[".PHONY: help","help: ## list the targets",`	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\\n", $$1, $$2 }' $(MAKEFILE_LIST)`,""].join(`
`);var Ne=/(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.(?:dockerfile|containerfile)$/i,Ce=/\.(?:dockerignore|md|txt|j2|tmpl|tpl|template|erb)$|(?:^|\/)(?:node_modules|vendor|testdata|fixtures?|tests?|examples?|\.devcontainer)\//i;async function Fe(e,t){let{root:n,branch:r,source:i,tracked:s,untracked:o}=e,a=ne(s),l=j(await Ge(ee,t));return{root:n,remote:We(i),branch:r,dockerfiles:a.length>0?a:ne(o),uncommitted:a.length===0,makefile:l,ownTargets:await je(l,s,t),packageManager:s.includes("package-lock.json")?"npm":s.includes("yarn.lock")?"yarn":void 0,tracked:s}}function ne(e){let t=n=>n==="Dockerfile"?0:n==="docker/Dockerfile"?1:n.split("/").length+(/(?:file|File)$/.test(n)?1:1.5);return e.filter(n=>Ne.test(n)&&!Ce.test(n)).toSorted((n,r)=>t(n)-t(r)||(n<r?-1:n>r?1:0))}function We(e){let[,t,n,r]=/^https:\/\/([^/]+)\/([\w.-]+)\/([\w.-]+)$/.exec(e??"")??[];return t===void 0||n===void 0||r===void 0?void 0:{host:t,owner:n,name:r}}async function je(e,t,n){if(!e.own.has("push-ci")||!e.own.has("docker-validate"))return!1;let r=t.filter(i=>/(?:^|\/)(?:(?:GNU)?[Mm]akefile|make\.[\w-]+)$|\.mk$/.test(i)).slice(0,200);for(let i of r){let{text:s,own:o}=j({path:i,text:await n(i)??""});if(o.has("push-ci")&&/waybill/.test(s))return!0}return!1}async function Ge(e,t){for(let n of e){let r=await t(n);if(r!==void 0)return{path:n,text:r}}}function re(e,t){let n=e.flatMap(i=>Le(i,t));if(n.length===0)throw new u("CONFIG_MISSING","no destination is on Amazon ECR, so there is nothing to set up at AWS",{hint:"Give --registry ACCOUNT.dkr.ecr.REGION.amazonaws.com, or leave --infra out."});return[...new Set(n.flatMap(({account:i,role:s})=>[i,A(s)]))].map(i=>({account:i,partition:Ue(i,n),repositories:He(n.filter(s=>s.account===i)),role:Be(i,n.filter(({role:s})=>A(s)===i),t)}))}function Le({destinations:e,moving:t,branches:n},r){return e.flatMap(({host:i,repository:s,role:o})=>{let a=g(i);if(a===void 0)return[];let{account:l,partition:c,region:d}=a,$=o??`arn:${c}:iam::${l}:role/github/waybill-${r.replaceAll("/","-")}`.slice(0,90);return[{account:l,partition:c,region:d,name:s,moving:t.map(({tag:T})=>T),branches:n,role:$}]})}function Ue(e,t){return t.find(r=>r.account===e)?.partition??t.find(({role:r})=>A(r)===e)?.role.split(":")[1]??"aws"}function A(e){return e.split(":")[4]??""}function He(e){return[...new Set(e.map(({region:n,name:r})=>`${n} ${r}`))].map(n=>{let r=e.filter(({region:o,name:a})=>`${o} ${a}`===n),[i="",s=""]=n.split(" ");return{region:i,name:s,moving:[...new Set(r.flatMap(({moving:o})=>o))],guests:[...new Set(r.filter(({account:o,role:a})=>A(a)!==o).map(({role:o})=>o))]}})}function Be(e,t,n){let[r,i]=new Set(t.map(({role:a})=>a));if(r===void 0)return;if(i!==void 0)throw new u("CONFIG_INVALID",`account ${e} has two roles that publish, ${r} and ${i}`,{hint:"Take one role for each account: the templates make one."});let s=r.split(":role/")[1]?.split("/")??[];return{name:s.at(-1)??"",path:`/${s.slice(0,-1).map(a=>`${a}/`).join("")}`,targets:[...new Set(t.map(a=>`arn:${a.partition}:ecr:${a.region}:${a.account}:repository/${a.name}`))],subjects:[...new Set(t.flatMap(({branches:a})=>a))].map(a=>`repo:${n}:ref:refs/heads/${a}`)}}var oe=G(Y(),1);var I=["ECR ages an image by its original push, so a tag given later does not make it younger: what must stay is kept by a rule of","higher priority (a lower number), which expires nothing and takes the image away from all later rules. Patterns in one rule","have to match all at once, so there is a rule for each. Untagged images are what a run left that did not end, or what failed","its check. An index keeps the images that it names, and artifacts that refer to an image go with it, not by a rule."];function k(e){return{rules:[...["v*","deployed*",...e.filter(n=>!/^(?:v|deployed)/.test(n))].map((n,r)=>({rulePriority:r+1,description:`keep ${n}`,selection:{tagStatus:"tagged",tagPatternList:[n],countType:"imageCountMoreThan",countNumber:1e5},action:{type:"expire"}})),{rulePriority:1e3,description:"expire untagged images after 14 days",selection:{tagStatus:"untagged",countType:"sinceImagePushed",countUnit:"days",countNumber:14},action:{type:"expire"}}]}}var ie=["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:CompleteLayerUpload","ecr:DescribeImages","ecr:DescribeRepositories","ecr:GetDownloadUrlForLayer","ecr:InitiateLayerUpload","ecr:PutImage","ecr:UploadLayerPart"];function R({targets:e}){return{Version:"2012-10-17",Statement:[{Sid:"SignIn",Effect:"Allow",Action:["ecr:GetAuthorizationToken"],Resource:"*"},{Sid:"Publish",Effect:"Allow",Action:ie,Resource:e}]}}function P({account:e,partition:t},{subjects:n}){let r=n.filter(o=>!/[*?]/.test(o)),i=n.filter(o=>/[*?]/.test(o)),s=(o,a)=>a.length===0?[]:[{Effect:"Allow",Principal:{Federated:`arn:${t}:iam::${e}:oidc-provider/${p}`},Action:"sts:AssumeRoleWithWebIdentity",Condition:ze(o,a)}];return{Version:"2012-10-17",Statement:[...s("StringEquals",r),...s("StringLike",i)]}}function ze(e,t){let n={[`${p}:aud`]:w},r={[`${p}:sub`]:t};return e==="StringEquals"?{StringEquals:{...n,...r}}:{StringEquals:n,[e]:r}}function _(e){return{Version:"2012-10-17",Statement:[{Sid:"Publish",Effect:"Allow",Principal:{AWS:e},Action:ie}]}}function ae(e){let t=[...new Set(e.repositories.map(({region:a})=>a))],[n]=t,r=t.length>1,i=r&&n!==void 0?{Condition:E(n)}:{},s={AWSTemplateFormatVersion:"2010-09-09",Description:`What waybill publishes with in account ${e.account}`,...e.role===void 0?{}:{Parameters:{OidcProvider:Ve}},...qe(e.role,r?t:[]),Resources:{...Object.fromEntries(e.repositories.map((a,l)=>[`Repository${l===0?"":l+1}`,{...Xe(a),...r?{Condition:E(a.region)}:{}}])),...e.role===void 0?{}:Ye(e,e.role,i)},...e.role===void 0?{}:{Outputs:{RoleArn:{Value:{"Fn::GetAtt":["Role","Arn"]},...i}}}};return`${[...t.length>1?[`Deploy it in each of ${t.join(", ")}; the role comes with ${n}.`]:[],`aws cloudformation deploy --template-file cloudformation.yaml --stack-name waybill --capabilities CAPABILITY_NAMED_IAM${n===void 0?"":` --region ${n}`}`,...I].map(a=>`# ${a}`).join(`
`)}
${(0,oe.stringify)(s,{lineWidth:0,aliasDuplicateObjects:!1})}`}var Ve={Type:"String",Default:"create",AllowedValues:["create","exists"],Description:"An account has one OIDC provider for GitHub; say exists where it has it already"};function E(e){return`In${e.replaceAll("-","")}`}function qe(e,t){let n=Object.fromEntries(t.map(o=>[E(o),{"Fn::Equals":[{Ref:"AWS::Region"},o]}])),r={"Fn::Equals":[{Ref:"OidcProvider"},"create"]},[i]=t,s={...n,...e===void 0?{}:{CreateProvider:i===void 0?r:{"Fn::And":[r,{Condition:E(i)}]}}};return Object.keys(s).length===0?{}:{Conditions:s}}function Xe({name:e,moving:t,guests:n}){return{Type:"AWS::ECR::Repository",DeletionPolicy:"Retain",UpdateReplacePolicy:"Retain",Properties:{RepositoryName:e,...t.length===0?{ImageTagMutability:"IMMUTABLE"}:{ImageTagMutability:"IMMUTABLE_WITH_EXCLUSION",ImageTagMutabilityExclusionFilters:t.map(r=>({ImageTagMutabilityExclusionFilterType:"WILDCARD",ImageTagMutabilityExclusionFilterValue:r}))},ImageScanningConfiguration:{ScanOnPush:!0},LifecyclePolicy:{LifecyclePolicyText:JSON.stringify(k(t),void 0,2)},...n.length===0?{}:{RepositoryPolicyText:_(n)}}}}function Ye(e,t,n){return{Provider:{Type:"AWS::IAM::OIDCProvider",Condition:"CreateProvider",DeletionPolicy:"Retain",UpdateReplacePolicy:"Retain",Properties:{Url:`https://${p}`,ClientIdList:[w]}},Role:{Type:"AWS::IAM::Role",...n,Properties:{RoleName:t.name,Path:t.path,AssumeRolePolicyDocument:P(e,t),Policies:[{PolicyName:"publish",PolicyDocument:R(t)}]}}}}function se(e){let t=[...new Set(e.repositories.map(({region:n})=>n))];return`${[`# What waybill publishes with in account ${e.account}.`,...y("terraform",["required_providers {",'  aws = { source = "hashicorp/aws", version = ">= 6.8" }',"}"]),...(t.length===0?[void 0]:t).flatMap((n,r)=>y('provider "aws"',[...n===void 0?[]:[`region              = ${b(n)}`],`allowed_account_ids = [${b(e.account)}]`,...n===void 0||r===0?[]:[`alias               = ${b(le(n))}`]])),...I.map(n=>`# ${n}`),...e.repositories.flatMap((n,r)=>Je(n,r===0?"repository":`repository_${r+1}`,n.region!==t[0])),...e.role===void 0?[]:Ke(e,e.role)].join(`
`)}
`}function le(e){return e.replaceAll("-","_")}function y(e,t){return[`${e} {`,...t.map(n=>n===""?"":`  ${n}`),"}",""]}function ce(e){return e.replaceAll(/[$%](?=\{)/g,t=>t+t)}function b(e){return ce(JSON.stringify(e))}function v(e,t){let n=ce(JSON.stringify(t,void 0,2)).split(`
`);return[`${e} = jsonencode(${n[0]}`,...n.slice(1,-1),`${n.at(-1)})`]}function Je({name:e,region:t,moving:n,guests:r},i,s){let o=s?[`provider = aws.${le(t)}`]:[];return[...y(`resource "aws_ecr_repository" "${i}"`,[...o,`name = ${b(e)}`,`image_tag_mutability = "${n.length===0?"IMMUTABLE":"IMMUTABLE_WITH_EXCLUSION"}"`,...n.flatMap(a=>["image_tag_mutability_exclusion_filter {",'  filter_type = "WILDCARD"',`  filter      = ${b(a)}`,"}"]),"image_scanning_configuration {","  scan_on_push = true","}","lifecycle {","  prevent_destroy = true","}"]),...y(`resource "aws_ecr_lifecycle_policy" "${i}"`,[...o,`repository = aws_ecr_repository.${i}.name`,...v("policy",k(n))]),...r.length===0?[]:y(`resource "aws_ecr_repository_policy" "${i}"`,[...o,`repository = aws_ecr_repository.${i}.name`,...v("policy",_(r))])]}function Ke(e,t){return[...y('variable "create_oidc_provider"',['description = "an account has one OIDC provider for GitHub; false where it has it already"',"type        = bool","default     = true"]),...y('resource "aws_iam_openid_connect_provider" "github"',["count          = var.create_oidc_provider ? 1 : 0",`url            = "https://${p}"`,`client_id_list = ["${w}"]`]),...y('resource "aws_iam_role" "publish"',[`name = ${b(t.name)}`,`path = ${b(t.path)}`,...v("assume_role_policy",P(e,t))]),...y('resource "aws_iam_role_policy" "publish"',['name = "publish"',"role = aws_iam_role.publish.name",...v("policy",R(t))])]}function Ze(e,{remote:t}){if(t===void 0)throw new u("CONFIG_MISSING","the role's trust policy names the repository at GitHub, and there is no remote to tell it",{hint:"git remote add origin git@github.com:OWNER/NAME.git"});return re(e,`${t.owner}/${t.name}`).flatMap(n=>[{path:`infra/${n.account}/cloudformation.yaml`,text:ae(n),ours:!1},{path:`infra/${n.account}/main.tf`,text:se(n),ours:!1}])}var Qe={Version:"2012-10-17",Statement:[{Sid:"PublicRead",Effect:"Allow",Principal:"*",Action:["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]}]};function et(e,t){return{mutability:e.length===0?"IMMUTABLE":"IMMUTABLE_WITH_EXCLUSION",moving:e,scanOnPush:!0,lifecycle:k(e),policy:t.publicRead?Qe:void 0,tags:{"managed-by":"waybill"}}}function tt(e,t){let n=Object.fromEntries(Object.keys(t.tags).map(i=>[i,e.tags[i]]));return[{setting:"mutability",is:e.mutability,wanted:t.mutability},{setting:"moving",is:e.moving.toSorted(),wanted:t.moving.toSorted()},{setting:"scanOnPush",is:e.scanOnPush,wanted:t.scanOnPush},{setting:"lifecycle",is:e.lifecycle,wanted:t.lifecycle},...t.policy===void 0?[]:[{setting:"policy",is:e.policy,wanted:t.policy}],{setting:"tags",is:n,wanted:t.tags}].filter(({is:i,wanted:s})=>!q(i,s))}function nt(e,t,n){let r=e.flatMap(({destinations:o})=>o),i=r.filter(({host:o})=>g(o)!==void 0),s=[...new Set(r.map(({host:o})=>o))].filter(o=>o!=="ghcr.io"&&g(o)===void 0);return[...i.length===0?[]:rt(e,i,t),...s.map((o,a)=>`At GitHub, Settings > Secrets and variables > Actions: REGISTRY${a===0?"":`_${a+1}`}_USERNAME and REGISTRY${a===0?"":`_${a+1}`}_PASSWORD,
to sign in at ${o}.`),...s.length>0?[]:["At GitHub there is nothing to set: the workflow takes no secret."],...t.remote===void 0?["Give the repository a remote at GitHub: git remote add origin git@github.com:OWNER/NAME.git"]:[],...t.uncommitted?[`Commit ${e.map(({build:o})=>o.file).join(" and ")}: what is published is what the commit holds.`]:[],...n.length===0?[]:[`git add ${n.map(it).join(" ")} && git commit -m "Publish each commit's image" && git push`]]}function rt(e,t,{remote:n}){let r=[...new Set(t.flatMap(({role:a})=>a===void 0?[]:[a]))],i=n===void 0?"OWNER/NAME":`${n.owner}/${n.name}`,s=[...new Set(e.flatMap(a=>a.branches))],o=[...new Set(t.map(({host:a,repository:l})=>`${a}/${l}`))];return[[`At AWS, the trust policy of ${r.join(", ")||"the role"} lets in these branches, and no other:`,...s.map(a=>`  ${p}:sub ${a.includes("*")?"StringLike  ":"StringEquals"} repo:${i}:ref:refs/heads/${a}`),`and ${p}:aud is ${w}. The whole policy: https://github.com/quiltdata/waybill/blob/main/docs/ecr.md`].join(`
`),["At AWS, these repositories exist, their tags immutable but for latest (IMMUTABLE_WITH_EXCLUSION), and the role may push and pull there:",...o.map(a=>`  ${a}`)].join(`
`)]}function it(e){return/^[\w./-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}var ot=12e4,at=200;async function st(e,{root:t,version:n,signal:r}){if(!/^(?:waybill@[\w.+-]+|https:\/\/[\w.:/@+~%-]+|(?:\.\/)?[\w.+-][\w./+ -]*\.tgz)$/.test(e)||e.length>at)throw new u("USAGE","--package takes waybill@VERSION, the path of a .tgz in the repository, or its https:// address",{hint:"Leave it out to pin the version that runs now."});let i=/^(?:waybill@|https:|\.\/)/.test(e)?e:`./${e}`,s=await B(D(V(),"waybill-pin-"));try{let o=["pack","--loglevel=error","--ignore-scripts","--pack-destination",s,i],{exitCode:a,stderr:l}=await X("npm",o,{cwd:t,timeoutMs:ot,signal:r}),[c]=(await H(s)).filter(T=>T.endsWith(".tgz"));if(a!==0||c===void 0)throw lt(i,l);let d=L("sha512").update(await z(D(s,c))).digest("base64"),$=/^waybill-(.+)\.tgz$/.exec(c)?.[1];if($===void 0)throw new u("USAGE",`${i} is a package of another name: ${N(c,100)}`);return{version:i.startsWith("waybill@")?n:$,package:i,integrity:`sha512-${d}`}}finally{await U(s,{recursive:!0,force:!0})}}function lt(e,t){let n=N(t);return new u("NOT_FOUND",`npm cannot get ${e}, so it cannot be pinned${n===""?"":`: ${n}`}`,{hint:`Look what \`npm pack ${e}\` says. A package that is in no registry can be committed, and named with --package PATH.`})}var de=G(Y(),1);var ct=/^(?:~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_.:a-fox+-]*|[-+]?\.(?:inf|nan))$/i;function f(e){return/^[A-Za-z0-9_./][A-Za-z0-9_./@:+=*-]*$/.test(e)&&!e.endsWith(":")&&!ct.test(e)?e:JSON.stringify(e)}function M(e){return`[${e.map(f).join(", ")}]`}function m(e){return`\${{ ${e} }}`}var dt="waybill.yaml",ut="https://raw.githubusercontent.com/quiltdata/waybill/main/schema/waybill.schema.json";function ue({images:e,registries:t,role:n,platform:r,branches:i}){let[s,...o]=e,a=i.find(c=>!c.includes("*")),l=(c,d)=>[`${d}build:`,...c.context==="."?[]:[`${d}  context: ${f(c.context)}`],`${d}  file: ${f(c.file)}`];return`${[`# yaml-language-server: $schema=${ut}`,"# What waybill publishes, once per commit. https://github.com/quiltdata/waybill#configuration explains every key.",...s===void 0||o.length>0?["build:",`  platform: ${f(r)}`]:[`image: ${f(s.image)}`,...l(s,""),`  platform: ${f(r)}`],"destinations:",...t.flatMap(c=>[`  - registry: ${f(c)}`,...n===void 0||!fe(c)?[]:[`    role: ${f(n)}`]]),`branches: ${M(i)}`,"tags:",'  release: "{sha}"',`  latest: ${a===void 0?"false":`{ branch: ${f(a)} }`}`,...o.length===0?[]:["images:",...e.flatMap(c=>[`  - name: ${f(c.name)}`,`    image: ${f(c.image)}`,...l(c,"    ")])]].join(`
`)}
`}function fe(e){return/\.dkr[.-]ecr/.test(e)}function pe(e,{image:t,registry:n,role:r,file:i,context:s,platform:o,branch:a}){let l=(0,de.parseDocument)(e),c=(d,$)=>{$!==void 0&&l.setIn(d,$)};return c(["image"],t?.[0]),c(["build","file"],i?.[0]),c(["build","context"],s),c(["build","platform"],o),c(["destinations"],n&&l.createNode(n.map(d=>({registry:d,...fe(d)&&r?{role:r}:{}})))),n===void 0&&c(["destinations",0,"role"],r),c(["branches"],a&&l.createNode([...a],{flow:!0})),[t,n,r,i,s,o,a].every(d=>d===void 0)?e:l.toString({lineWidth:0})}var h=".github/waybill.sh",O="# Written by `waybill init`; a newer waybill's `init` renews it.";function me({version:e,package:t,integrity:n}){let r=`${e}-${Buffer.from(n.slice(7),"base64").toString("hex").slice(0,16)}`;return`#!/bin/sh
# Runs the waybill that is pinned here, by version and by the bytes of its package: sh ${h} COMMAND \u2026
${O}
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
`}async function ft(e){let t=await e(h)??"";if(!t.includes(O))return;let[,n]=/^package='(.+)'\r?$/m.exec(t)??[],[,r]=/^integrity='(sha512-[A-Za-z0-9+/]{86}==)'\r?$/m.exec(t)??[],[,i]=/^home="\$kept\/(.+)-[0-9a-f]{16}"\r?$/m.exec(t)??[];return n===void 0||r===void 0||i===void 0?void 0:{version:i,package:n,integrity:r}}function ge(e){return["#   VERSION=SHA   the commit, by its full name; HEAD unless given","#   DRY_RUN=1     show what would happen, write nothing",".PHONY: push-ci docker-validate","push-ci: ## publish the commit's image",`	@sh ${h} publish $(if $(filter 1,$(DRY_RUN)),--dry-run)`,"docker-validate: ## check the published image where it is",...e.map(t=>`	$(if $(filter 1,$(DRY_RUN)),@echo,@sh ${h}) validate ${t.replace("SHA","$(or $(VERSION),$(shell git rev-parse HEAD))")}`)]}var S={checkout:"actions/checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0",node:"actions/setup-node@48b55a011bda9f5d6aeb4c2d9c7362e8dae4041e # v6.4.0",credentials:"aws-actions/configure-aws-credentials@61815dcd50bd041e203e49132bacad1fd04d2708 # v5.1.1",buildx:"docker/setup-buildx-action@8d2750c68a42422c14e847fe6c8ac0403b4cbd6f # v3.12.0"};var ye=".github/workflows/prod.yml",he=[["image_uri_sha","The image by the commit's full SHA."],["image_uri_latest","The image by latest; empty where latest names another commit."],["image_uri_digest","The image by its digest."],["git_sha","The commit's full SHA."]];function we(e){let{branches:t,latest:n}=e;return`# Publishes the image of each commit on ${t.join(" and ")}: tagged with the commit's full SHA${n===void 0?"":", and with latest while it is the newest"}.
# By hand it publishes the newest commit of any branch; latest then stays as it is. Other workflows of this repository may
# call it: they get its outputs.
name: prod

on:
  push:
    branches: ${M(t.map(pt))}
  workflow_dispatch:
  workflow_call:
    outputs:
${he.map(([i,s])=>`      ${i}:
        description: ${s}
        value: ${m(`jobs.publish.outputs.${i}`)}
`).join("")}
# One group for each commit: a shared one would cancel all but the newest waiting run, and their commits would have no image.
concurrency:
  group: publish-${m("github.sha")}
  cancel-in-progress: false

permissions: {}

jobs:
${mt(e)}
${gt(e)}
${wt}`}function pt(e){return e.replace(/\+/g,"\\+").replace(/^!/,"\\!")}function mt(e){return`  publish:
    name: publish
    runs-on: ${yt(e)}
    timeout-minutes: 10
    permissions:
      contents: read # the checkout, and ${e.latest===void 0?"its history":`${e.latest}'s newest commit when latest is about to move`}
${$e(e,"write")}    outputs:
${he.map(([t])=>`      ${t}: ${m(`steps.publish.outputs.${t}`)}
`).join("")}    steps:
      - uses: ${S.checkout}
        with:
          fetch-depth: 0
          filter: blob:none
          # publish fetches ${e.latest??"the branch"} again before latest moves, which needs them in a private repository.
          persist-credentials: true # zizmor: ignore[artipacked] no artifact is uploaded here

${be(e," # npm holds each package against package-lock.json, whoever wrote the cache")}
${ke(e)}      - uses: ${S.buildx}
        with:
          platforms: ${e.platforms.join(",")}

      - name: Publish the image
        id: publish
        run: ${e.publish}
${Se([...e.platform===void 0?[]:[["DOCKER_DEFAULT_PLATFORM",e.platform]],...e.aws===void 0?[]:[["AWS_REGION",e.aws.region]]])}`}function gt(e){let{validate:t,aws:n}=e,r=t.length===1?` ${t[0]}
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
${$e(e,"read")}    steps:
      - uses: ${S.checkout}
        with:
          persist-credentials: false

${be(e,"")}
${ke(e)}      - name: Check the image in the registry
        run:${r}${Se(n===void 0?[]:[["AWS_REGION",n.region]])}`}function yt({platforms:e}){return e.length>0&&e.every(t=>t.startsWith("linux/arm64"))?"ubuntu-24.04-arm":"ubuntu-latest"}function $e({aws:e,logins:t},n){return[...e===void 0?[]:[`      id-token: write # the role at AWS, by OIDC
`],...t.some(({own:r})=>r)?[`      packages: ${n} # GHCR
`]:[]].join("")}function be({cache:e},t){let n=e===void 0?"package-manager-cache: false":`cache: ${e}${e==="npm"?t:""}`;return`      - uses: ${S.node}
        with:
          node-version: 24
          ${n}
`}function ke({aws:e,logins:t}){return[(e&&`      - uses: ${S.credentials}
        with:
          role-to-assume: ${f(e.role)}
          aws-region: ${e.region}

`)??"",...t.map(ht)].join("")}function ht({host:e,user:t,password:n,own:r}){return`      - name: Sign in at ${e}
        run: printf '%s' "$PASSWORD" | docker login ${e} --username "${r?"$GITHUB_ACTOR":"$USERNAME"}" --password-stdin
        env:
${r?"":`          USERNAME: ${m(t)}
`}          PASSWORD: ${m(n)}

`}function Se(e){return e.length===0?"":`        env:
${e.map(([t,n])=>`          ${t}: ${f(n)}
`).join("")}`}var wt=`  summary:
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
          PUBLISHED: ${m("needs.publish.result")}
          VALIDATED: ${m("needs.validate.result")}
          IMAGE: ${m("needs.publish.outputs.image_uri_sha")}
          DIGEST: ${m("needs.publish.outputs.image_uri_digest")}
          LATEST: ${m("needs.publish.outputs.image_uri_latest")}
`;function $t({images:e,make:t,packageManager:n,makefile:r,pin:i}){let s=e.map(({build:l,destinations:[c],release:d})=>({image:`${c?.host}/${c?.repository}:${d.replace("{sha}","SHA")}`,platform:l.platform})),o=[...new Set(e.map(({build:l})=>l.platform))],a=we({branches:[...new Set(e.flatMap(({branches:l})=>l))].map(xe),latest:e[0]?.moving.find(({tag:l})=>l==="latest")?.branch,platform:o.length===1?o[0]:void 0,platforms:o,aws:bt(e),logins:kt(e),publish:t==="none"?`sh ${h} publish`:"make push-ci VERSION=${{ github.sha }}",validate:t==="none"?s.map(({image:l,platform:c})=>`sh ${h} validate "${l.replace("SHA","$GITHUB_SHA")}" --platform ${c}`):['make docker-validate VERSION="$GITHUB_SHA"'],cache:t==="own"&&n!=="none"?n:void 0});return[{path:ye,text:a,ours:!1},...i===void 0||t==="own"?[]:[{path:h,text:me(i),executable:!0,ours:!0,mark:O}],...t==="write"?[{path:r.path,text:te(r,ge(s.map(({image:l,platform:c})=>`${l} --platform ${c}`))),ours:!0}]:[]]}function xe(e){if(!e.includes("${{"))return e;throw new u("CONFIG_INVALID",`"${e}" cannot stand in a workflow`,{hint:"Leave ${{ out of names."})}function bt(e){let[t]=e.flatMap(({destinations:n})=>n).flatMap(({host:n,role:r})=>{let i=g(n);return i===void 0?[]:[{host:n,role:r,region:i.region}]});if(t!==void 0){if(t.role!==void 0)return{role:xe(t.role),region:t.region};throw new u("CONFIG_MISSING",`the workflow needs a role at AWS to sign in at ${t.host}`,{hint:"Give --role arn:aws:iam::ACCOUNT:role/NAME."})}}function kt(e){let n=[...new Set(e.flatMap(({destinations:i})=>i.map(({host:s})=>s)))].filter(i=>g(i)===void 0),r=n.filter(i=>i!=="ghcr.io");return n.map(i=>{if(i==="ghcr.io")return{host:i,user:"",password:"github.token",own:!0};let s=r.indexOf(i),o=s===0?"REGISTRY":`REGISTRY_${s+1}`;return{host:i,user:`secrets.${o}_USERNAME`,password:`secrets.${o}_PASSWORD`,own:!1}})}function Ae(e,t,n){let r=x.dirname(e);if(r===".")return".";let i=St(e,t),s=o=>i.filter(a=>{let l=x.join(o,a);return n.some(c=>c===l||c.startsWith(`${l}/`))}).length;return s(r)>s(".")?r:"."}function St(e,t){try{let{stages:n}=J({name:e,text:t});return n.flatMap(({instructions:r})=>r).filter(({keyword:r,flags:i,heredocs:s})=>/^(?:COPY|ADD)$/.test(r)&&s.length===0&&!i.some(({name:o})=>o==="from")).flatMap(({rest:r})=>xt(r).slice(0,-1)).map(r=>x.normalize(r.split(/[*?[$]/,1)[0]??"").replace(/^\/+|\/+$/g,"")).filter(r=>r!==""&&r!=="."&&!r.includes(":"))}catch(n){if(n instanceof u)return[];throw n}}function xt(e){return[...e.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s,[\]]+)/g)].map(([,t,n])=>t??n??"")}async function At(e,t,{tracked:n},r,i){if(r!==void 0){if(/^images:/m.test(r)&&(e.image!==void 0||e.file!==void 0||e.context!==void 0))throw new u("USAGE","waybill.yaml lists several images, and --image, --file and --context mean one",{hint:"Change the list in waybill.yaml."});return pe(r,e)}let s=t.file??[],o=await Promise.all(s.map(async(a,l)=>{let c=t.context??Ae(a,await i(a)??"",n);return{name:C(a),image:t.image?.[l]??"",file:a,context:c}}));return ue({images:It(o),registries:t.registry??[],role:t.role,platform:t.platform??"linux/amd64",branches:t.branch??["main"]})}function It(e){return e.map((t,n)=>{let r=e.slice(0,n).filter(({name:i})=>i===t.name).length;return r===0?t:{...t,name:`${t.name}-${r+1}`}})}export{Ie as a,K as b,Pe as c,ve as d,Fe as e,Ze as f,et as g,tt as h,nt as i,st as j,dt as k,ft as l,$t as m,At as n};
