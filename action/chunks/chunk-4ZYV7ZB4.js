import{a as X}from"./chunk-ZQAXNYR4.js";import{b as m}from"./chunk-SC4KMQFX.js";import{a as Y}from"./chunk-QJK2K7E3.js";import{s as q}from"./chunk-45LAUW3X.js";import{G as H,I as B,M as z,Q as T,U as S,ba as V,c as G,pa as D,qa as u,t as L,w as U}from"./chunk-3CWLEKFC.js";import{d as j}from"./chunk-LDXI2OCE.js";function Ae(e,t){let[n]=t.dockerfiles;return{image:e.image??Pe(e.file??[],t),registry:e.registry,role:e.role,file:e.file??(n===void 0?void 0:[n]),context:e.context,platform:e.platform??"linux/amd64",branch:e.branch??[t.branch],make:e.make??(t.ownTargets?"own":J(t)?"none":"write"),packageManager:e.packageManager??t.packageManager??"none"}}function J({makefile:e,ownTargets:t}){return!t&&Ie.some(n=>e.own.has(n))}var Ie=["push-ci","docker-validate"];function Re({image:e,registry:t,role:n,file:r}){return[...r===void 0?["--file"]:[],...e===void 0?["--image"]:[],...t===void 0?["--registry"]:[],...n===void 0&&t?.some(i=>m(i)!==void 0)?["--role"]:[]]}function Pe(e,{remote:t,root:n}){let i=(t===void 0?[n.split(/[\\/]/).at(-1)??""]:[t.owner,t.name]).map(K);if(i.includes(""))return;let o=i.join("/");return e.length<2?[o]:e.map(s=>`${o}-${N(s)}`)}function N(e){let t=e.split("/"),[n="",r]=[t.at(-1),t.at(-2)],i=n.replace(/^(?:Dockerfile|Containerfile)\.?/i,"").replace(/\.(?:dockerfile|containerfile)$/i,"");return K(i||(r??""))||"app"}function K(e){return e.toLowerCase().replace(/[^a-z0-9]+/g,"-").replace(/^-+|-+$/g,"")}function C(e,t){let[n,r]=[Z(e),Z(t)],i=n.length>3e3||r.length>3e3?[...n.map(s=>`-${s}`),...r.map(s=>`+${s}`)]:_e(n,r),o=s=>i.slice(Math.max(0,s-3),s+3+1).some(a=>!a.startsWith(" "));return i.flatMap((s,a)=>o(a)?[s]:o(a-1)&&a>0?["\u2026"]:a===0?["\u2026"]:[])}function Z(e){return e===""?[]:e.replace(/\r?\n$/,"").split(/\r?\n/)}function _e(e,t){let n=t.length+1,r=new Uint32Array((e.length+1)*n);for(let a=e.length-1;a>=0;a--)for(let l=t.length-1;l>=0;l--){let c=r[(a+1)*n+l]??0,d=r[a*n+l+1]??0;r[a*n+l]=e[a]===t[l]?(r[(a+1)*n+l+1]??0)+1:Math.max(c,d)}let i=[],[o,s]=[0,0];for(;o<e.length||s<t.length;)o<e.length&&s<t.length&&e[o]===t[s]?(i.push(` ${e[o++]}`),s++):s>=t.length||o<e.length&&(r[(o+1)*n+s]??0)>=(r[o*n+s+1]??0)?i.push(`-${e[o++]}`):i.push(`+${t[s++]}`);return i}async function Ee(e,t){return await Promise.all(e.map(async n=>{let r=await t(n.path);if(r===void 0)return{...n,kind:"new",diff:C("",n.text)};let i=C(r,n.text);return i.every(o=>!/^[-+]/.test(o))?{...n,kind:"same",diff:[]}:{...n,kind:n.ours&&r.includes(n.mark??"")?"renewed":"overwritten",diff:i}}))}var Q=["GNUmakefile","makefile","Makefile"],ve="# >>> waybill: written by `waybill init`, which renews what stands between these two lines",Me="# <<< waybill",F=/^# >>> waybill\b[^\n]*\n[\s\S]*?^# <<< waybill[^\n]*(?:\n|$)/m;function W(e){let{path:t,text:n}=e??{path:"Makefile",text:""},r=new Set;for(let[,i=""]of n.replaceAll(`\r
`,`
`).replace(F,"").matchAll(/^([^\s#:=][^#:=\n]*?)\s*::?(?![:=])/gm))for(let o of i.split(/\s+/))r.add(o);return{path:t,text:n,own:r}}function ee({text:e},t){let n=[ve,...t,Me].join(`
`);if(e==="")return`${Oe}
${n}
`;let r=e.replaceAll(`\r
`,`
`),i=F.test(r)?r.replace(F,()=>`${n}
`):`${r}${r.endsWith(`
`)?"":`
`}
${n}
`;return e.includes(`\r
`)?i.replaceAll(`
`,`\r
`):i}var Oe=[".PHONY: help","help: ## list the targets",`	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\\n", $$1, $$2 }' $(MAKEFILE_LIST)`,""].join(`
`);var Te=/(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.(?:dockerfile|containerfile)$/i,De=/\.(?:dockerignore|md|txt|j2|tmpl|tpl|template|erb)$|(?:^|\/)(?:node_modules|vendor|testdata|fixtures?|tests?|examples?|\.devcontainer)\//i;async function Ne(e,t){let{root:n,branch:r,source:i,tracked:o,untracked:s}=e,a=te(o),l=W(await We(Q,t));return{root:n,remote:Ce(i),branch:r,dockerfiles:a.length>0?a:te(s),uncommitted:a.length===0,makefile:l,ownTargets:await Fe(l,o,t),packageManager:o.includes("package-lock.json")?"npm":o.includes("yarn.lock")?"yarn":void 0,tracked:o}}function te(e){let t=n=>n==="Dockerfile"?0:n==="docker/Dockerfile"?1:n.split("/").length+(/(?:file|File)$/.test(n)?1:1.5);return e.filter(n=>Te.test(n)&&!De.test(n)).toSorted((n,r)=>t(n)-t(r)||(n<r?-1:n>r?1:0))}function Ce(e){let[,t,n,r]=/^https:\/\/([^/]+)\/([\w.-]+)\/([\w.-]+)$/.exec(e??"")??[];return t===void 0||n===void 0||r===void 0?void 0:{host:t,owner:n,name:r}}async function Fe(e,t,n){if(!e.own.has("push-ci")||!e.own.has("docker-validate"))return!1;let r=t.filter(i=>/(?:^|\/)(?:(?:GNU)?[Mm]akefile|make\.[\w-]+)$|\.mk$/.test(i)).slice(0,200);for(let i of r){let{text:o,own:s}=W({path:i,text:await n(i)??""});if(s.has("push-ci")&&/waybill/.test(o))return!0}return!1}async function We(e,t){for(let n of e){let r=await t(n);if(r!==void 0)return{path:n,text:r}}}function ne(e,t){let n=e.flatMap(i=>je(i,t));if(n.length===0)throw new u("CONFIG_MISSING","no destination is on Amazon ECR, so there is nothing to set up at AWS",{hint:"Give --registry ACCOUNT.dkr.ecr.REGION.amazonaws.com, or leave --infra out."});return[...new Set(n.flatMap(({account:i,role:o})=>[i,x(o)]))].map(i=>({account:i,partition:Ge(i,n),repositories:Le(n.filter(o=>o.account===i)),role:Ue(i,n.filter(({role:o})=>x(o)===i),t)}))}function je({destinations:e,moving:t,branches:n},r){return e.flatMap(({host:i,repository:o,role:s})=>{let a=m(i);if(a===void 0)return[];let{account:l,partition:c,region:d}=a,h=s??`arn:${c}:iam::${l}:role/github/waybill-${r.replaceAll("/","-")}`.slice(0,90);return[{account:l,partition:c,region:d,name:o,moving:t.map(({tag:O})=>O),branches:n,role:h}]})}function Ge(e,t){return t.find(r=>r.account===e)?.partition??t.find(({role:r})=>x(r)===e)?.role.split(":")[1]??"aws"}function x(e){return e.split(":")[4]??""}function Le(e){return[...new Set(e.map(({region:n,name:r})=>`${n} ${r}`))].map(n=>{let r=e.filter(({region:s,name:a})=>`${s} ${a}`===n),[i="",o=""]=n.split(" ");return{region:i,name:o,moving:[...new Set(r.flatMap(({moving:s})=>s))],guests:[...new Set(r.filter(({account:s,role:a})=>x(a)!==s).map(({role:s})=>s))]}})}function Ue(e,t,n){let[r,i]=new Set(t.map(({role:a})=>a));if(r===void 0)return;if(i!==void 0)throw new u("CONFIG_INVALID",`account ${e} has two roles that publish, ${r} and ${i}`,{hint:"Take one role for each account: the templates make one."});let o=r.split(":role/")[1]?.split("/")??[];return{name:o.at(-1)??"",path:`/${o.slice(0,-1).map(a=>`${a}/`).join("")}`,targets:[...new Set(t.map(a=>`arn:${a.partition}:ecr:${a.region}:${a.account}:repository/${a.name}`))],subjects:[...new Set(t.flatMap(({branches:a})=>a))].map(a=>`repo:${n}:ref:refs/heads/${a}`)}}var ie=j(X(),1);var A=["ECR ages an image by its original push, so a tag given later does not make it younger: what must stay is kept by a rule of","higher priority (a lower number), which expires nothing and takes the image away from all later rules. Patterns in one rule","have to match all at once, so there is a rule for each. Untagged images are what a run left that did not end, or what failed","its check. An index keeps the images that it names, and artifacts that refer to an image go with it, not by a rule."];function b(e){return{rules:[...["v*","deployed*",...e.filter(n=>!/^(?:v|deployed)/.test(n))].map((n,r)=>({rulePriority:r+1,description:`keep ${n}`,selection:{tagStatus:"tagged",tagPatternList:[n],countType:"imageCountMoreThan",countNumber:1e5},action:{type:"expire"}})),{rulePriority:1e3,description:"expire untagged images after 14 days",selection:{tagStatus:"untagged",countType:"sinceImagePushed",countUnit:"days",countNumber:14},action:{type:"expire"}}]}}var w="token.actions.githubusercontent.com",re=["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:CompleteLayerUpload","ecr:DescribeImages","ecr:DescribeRepositories","ecr:GetDownloadUrlForLayer","ecr:InitiateLayerUpload","ecr:PutImage","ecr:UploadLayerPart"];function I({targets:e}){return{Version:"2012-10-17",Statement:[{Sid:"SignIn",Effect:"Allow",Action:["ecr:GetAuthorizationToken"],Resource:"*"},{Sid:"Publish",Effect:"Allow",Action:re,Resource:e}]}}function R({account:e,partition:t},{subjects:n}){let r=n.filter(s=>!/[*?]/.test(s)),i=n.filter(s=>/[*?]/.test(s)),o=(s,a)=>a.length===0?[]:[{Effect:"Allow",Principal:{Federated:`arn:${t}:iam::${e}:oidc-provider/${w}`},Action:"sts:AssumeRoleWithWebIdentity",Condition:He(s,a)}];return{Version:"2012-10-17",Statement:[...o("StringEquals",r),...o("StringLike",i)]}}function He(e,t){let n={[`${w}:aud`]:"sts.amazonaws.com"},r={[`${w}:sub`]:t};return e==="StringEquals"?{StringEquals:{...n,...r}}:{StringEquals:n,[e]:r}}function P(e){return{Version:"2012-10-17",Statement:[{Sid:"Publish",Effect:"Allow",Principal:{AWS:e},Action:re}]}}function oe(e){let t=[...new Set(e.repositories.map(({region:a})=>a))],[n]=t,r=t.length>1,i=r&&n!==void 0?{Condition:_(n)}:{},o={AWSTemplateFormatVersion:"2010-09-09",Description:`What waybill publishes with in account ${e.account}`,...e.role===void 0?{}:{Parameters:{OidcProvider:Be}},...ze(e.role,r?t:[]),Resources:{...Object.fromEntries(e.repositories.map((a,l)=>[`Repository${l===0?"":l+1}`,{...Ve(a),...r?{Condition:_(a.region)}:{}}])),...e.role===void 0?{}:qe(e,e.role,i)},...e.role===void 0?{}:{Outputs:{RoleArn:{Value:{"Fn::GetAtt":["Role","Arn"]},...i}}}};return`${[...t.length>1?[`Deploy it in each of ${t.join(", ")}; the role comes with ${n}.`]:[],`aws cloudformation deploy --template-file cloudformation.yaml --stack-name waybill --capabilities CAPABILITY_NAMED_IAM${n===void 0?"":` --region ${n}`}`,...A].map(a=>`# ${a}`).join(`
`)}
${(0,ie.stringify)(o,{lineWidth:0,aliasDuplicateObjects:!1})}`}var Be={Type:"String",Default:"create",AllowedValues:["create","exists"],Description:"An account has one OIDC provider for GitHub; say exists where it has it already"};function _(e){return`In${e.replaceAll("-","")}`}function ze(e,t){let n=Object.fromEntries(t.map(s=>[_(s),{"Fn::Equals":[{Ref:"AWS::Region"},s]}])),r={"Fn::Equals":[{Ref:"OidcProvider"},"create"]},[i]=t,o={...n,...e===void 0?{}:{CreateProvider:i===void 0?r:{"Fn::And":[r,{Condition:_(i)}]}}};return Object.keys(o).length===0?{}:{Conditions:o}}function Ve({name:e,moving:t,guests:n}){return{Type:"AWS::ECR::Repository",DeletionPolicy:"Retain",UpdateReplacePolicy:"Retain",Properties:{RepositoryName:e,...t.length===0?{ImageTagMutability:"IMMUTABLE"}:{ImageTagMutability:"IMMUTABLE_WITH_EXCLUSION",ImageTagMutabilityExclusionFilters:t.map(r=>({ImageTagMutabilityExclusionFilterType:"WILDCARD",ImageTagMutabilityExclusionFilterValue:r}))},ImageScanningConfiguration:{ScanOnPush:!0},LifecyclePolicy:{LifecyclePolicyText:JSON.stringify(b(t),void 0,2)},...n.length===0?{}:{RepositoryPolicyText:P(n)}}}}function qe(e,t,n){return{Provider:{Type:"AWS::IAM::OIDCProvider",Condition:"CreateProvider",DeletionPolicy:"Retain",UpdateReplacePolicy:"Retain",Properties:{Url:`https://${w}`,ClientIdList:["sts.amazonaws.com"]}},Role:{Type:"AWS::IAM::Role",...n,Properties:{RoleName:t.name,Path:t.path,AssumeRolePolicyDocument:R(e,t),Policies:[{PolicyName:"publish",PolicyDocument:I(t)}]}}}}function ae(e){let t=[...new Set(e.repositories.map(({region:n})=>n))];return`${[`# What waybill publishes with in account ${e.account}.`,...g("terraform",["required_providers {",'  aws = { source = "hashicorp/aws", version = ">= 6.8" }',"}"]),...(t.length===0?[void 0]:t).flatMap((n,r)=>g('provider "aws"',[...n===void 0?[]:[`region              = ${$(n)}`],`allowed_account_ids = [${$(e.account)}]`,...n===void 0||r===0?[]:[`alias               = ${$(se(n))}`]])),...A.map(n=>`# ${n}`),...e.repositories.flatMap((n,r)=>Xe(n,r===0?"repository":`repository_${r+1}`,n.region!==t[0])),...e.role===void 0?[]:Ye(e,e.role)].join(`
`)}
`}function se(e){return e.replaceAll("-","_")}function g(e,t){return[`${e} {`,...t.map(n=>n===""?"":`  ${n}`),"}",""]}function le(e){return e.replaceAll(/[$%](?=\{)/g,t=>t+t)}function $(e){return le(JSON.stringify(e))}function E(e,t){let n=le(JSON.stringify(t,void 0,2)).split(`
`);return[`${e} = jsonencode(${n[0]}`,...n.slice(1,-1),`${n.at(-1)})`]}function Xe({name:e,region:t,moving:n,guests:r},i,o){let s=o?[`provider = aws.${se(t)}`]:[];return[...g(`resource "aws_ecr_repository" "${i}"`,[...s,`name = ${$(e)}`,`image_tag_mutability = "${n.length===0?"IMMUTABLE":"IMMUTABLE_WITH_EXCLUSION"}"`,...n.flatMap(a=>["image_tag_mutability_exclusion_filter {",'  filter_type = "WILDCARD"',`  filter      = ${$(a)}`,"}"]),"image_scanning_configuration {","  scan_on_push = true","}","lifecycle {","  prevent_destroy = true","}"]),...g(`resource "aws_ecr_lifecycle_policy" "${i}"`,[...s,`repository = aws_ecr_repository.${i}.name`,...E("policy",b(n))]),...r.length===0?[]:g(`resource "aws_ecr_repository_policy" "${i}"`,[...s,`repository = aws_ecr_repository.${i}.name`,...E("policy",P(r))])]}function Ye(e,t){return[...g('variable "create_oidc_provider"',['description = "an account has one OIDC provider for GitHub; false where it has it already"',"type        = bool","default     = true"]),...g('resource "aws_iam_openid_connect_provider" "github"',["count          = var.create_oidc_provider ? 1 : 0",`url            = "https://${w}"`,'client_id_list = ["sts.amazonaws.com"]']),...g('resource "aws_iam_role" "publish"',[`name = ${$(t.name)}`,`path = ${$(t.path)}`,...E("assume_role_policy",R(e,t))]),...g('resource "aws_iam_role_policy" "publish"',['name = "publish"',"role = aws_iam_role.publish.name",...E("policy",I(t))])]}function Je(e,{remote:t}){if(t===void 0)throw new u("CONFIG_MISSING","the role's trust policy names the repository at GitHub, and there is no remote to tell it",{hint:"git remote add origin git@github.com:OWNER/NAME.git"});return ne(e,`${t.owner}/${t.name}`).flatMap(n=>[{path:`infra/${n.account}/cloudformation.yaml`,text:oe(n),ours:!1},{path:`infra/${n.account}/main.tf`,text:ae(n),ours:!1}])}var Ke={Version:"2012-10-17",Statement:[{Sid:"PublicRead",Effect:"Allow",Principal:"*",Action:["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"]}]};function Ze(e,t){return{mutability:e.length===0?"IMMUTABLE":"IMMUTABLE_WITH_EXCLUSION",moving:e,scanOnPush:!0,lifecycle:b(e),policy:t.publicRead?Ke:void 0,tags:{"managed-by":"waybill"}}}function Qe(e,t){let n=Object.fromEntries(Object.keys(t.tags).map(i=>[i,e.tags[i]]));return[{setting:"mutability",is:e.mutability,wanted:t.mutability},{setting:"moving",is:e.moving.toSorted(),wanted:t.moving.toSorted()},{setting:"scanOnPush",is:e.scanOnPush,wanted:t.scanOnPush},{setting:"lifecycle",is:e.lifecycle,wanted:t.lifecycle},...t.policy===void 0?[]:[{setting:"policy",is:e.policy,wanted:t.policy}],{setting:"tags",is:n,wanted:t.tags}].filter(({is:i,wanted:o})=>!V(i,o))}function et(e,t,n){let r=e.flatMap(({destinations:s})=>s),i=r.filter(({host:s})=>m(s)!==void 0),o=[...new Set(r.map(({host:s})=>s))].filter(s=>s!=="ghcr.io"&&m(s)===void 0);return[...i.length===0?[]:tt(e,i,t),...o.map((s,a)=>`At GitHub, Settings > Secrets and variables > Actions: REGISTRY${a===0?"":`_${a+1}`}_USERNAME and REGISTRY${a===0?"":`_${a+1}`}_PASSWORD,
to sign in at ${s}.`),...o.length>0?[]:["At GitHub there is nothing to set: the workflow takes no secret."],...t.remote===void 0?["Give the repository a remote at GitHub: git remote add origin git@github.com:OWNER/NAME.git"]:[],...t.uncommitted?[`Commit ${e.map(({build:s})=>s.file).join(" and ")}: what is published is what the commit holds.`]:[],...n.length===0?[]:[`git add ${n.map(nt).join(" ")} && git commit -m "Publish each commit's image" && git push`]]}function tt(e,t,{remote:n}){let r=[...new Set(t.flatMap(({role:a})=>a===void 0?[]:[a]))],i=n===void 0?"OWNER/NAME":`${n.owner}/${n.name}`,o=[...new Set(e.flatMap(a=>a.branches))],s=[...new Set(t.map(({host:a,repository:l})=>`${a}/${l}`))];return[[`At AWS, the trust policy of ${r.join(", ")||"the role"} lets in these branches, and no other:`,...o.map(a=>`  token.actions.githubusercontent.com:sub ${a.includes("*")?"StringLike  ":"StringEquals"} repo:${i}:ref:refs/heads/${a}`),"and token.actions.githubusercontent.com:aud is sts.amazonaws.com. The whole policy: https://github.com/quiltdata/waybill/blob/main/docs/ecr.md"].join(`
`),["At AWS, these repositories exist, their tags immutable but for latest (IMMUTABLE_WITH_EXCLUSION), and the role may push and pull there:",...s.map(a=>`  ${a}`)].join(`
`)]}function nt(e){return/^[\w./-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`}var rt=12e4,it=200;async function ot(e,{root:t,version:n,signal:r}){if(!/^(?:waybill@[\w.+-]+|https:\/\/[\w.:/@+~%-]+|(?:\.\/)?[\w.+-][\w./+ -]*\.tgz)$/.test(e)||e.length>it)throw new u("USAGE","--package takes waybill@VERSION, the path of a .tgz in the repository, or its https:// address",{hint:"Leave it out to pin the version that runs now."});let i=/^(?:waybill@|https:|\.\/)/.test(e)?e:`./${e}`,o=await H(T(z(),"waybill-pin-"));try{let s=["pack","--loglevel=error","--ignore-scripts","--pack-destination",o,i],{exitCode:a,stderr:l}=await q("npm",s,{cwd:t,timeoutMs:rt,signal:r}),[c]=(await U(o)).filter(O=>O.endsWith(".tgz"));if(a!==0||c===void 0)throw at(i,l);let d=G("sha512").update(await B(T(o,c))).digest("base64"),h=/^waybill-(.+)\.tgz$/.exec(c)?.[1];if(h===void 0)throw new u("USAGE",`${i} is a package of another name: ${D(c,100)}`);return{version:i.startsWith("waybill@")?n:h,package:i,integrity:`sha512-${d}`}}finally{await L(o,{recursive:!0,force:!0})}}function at(e,t){let n=D(t);return new u("NOT_FOUND",`npm cannot get ${e}, so it cannot be pinned${n===""?"":`: ${n}`}`,{hint:`Look what \`npm pack ${e}\` says. A package that is in no registry can be committed, and named with --package PATH.`})}var ce=j(X(),1);var st=/^(?:~|null|true|false|yes|no|on|off|y|n|[-+.]?[0-9][0-9_.:a-fox+-]*|[-+]?\.(?:inf|nan))$/i;function f(e){return/^[A-Za-z0-9_./][A-Za-z0-9_./@:+=*-]*$/.test(e)&&!e.endsWith(":")&&!st.test(e)?e:JSON.stringify(e)}function v(e){return`[${e.map(f).join(", ")}]`}function p(e){return`\${{ ${e} }}`}var lt="waybill.yaml",ct="https://raw.githubusercontent.com/quiltdata/waybill/main/schema/waybill.schema.json";function de({images:e,registries:t,role:n,platform:r,branches:i}){let[o,...s]=e,a=i.find(c=>!c.includes("*")),l=(c,d)=>[`${d}build:`,...c.context==="."?[]:[`${d}  context: ${f(c.context)}`],`${d}  file: ${f(c.file)}`];return`${[`# yaml-language-server: $schema=${ct}`,"# What waybill publishes, once per commit. https://github.com/quiltdata/waybill#configuration explains every key.",...o===void 0||s.length>0?["build:",`  platform: ${f(r)}`]:[`image: ${f(o.image)}`,...l(o,""),`  platform: ${f(r)}`],"destinations:",...t.flatMap(c=>[`  - registry: ${f(c)}`,...n===void 0||!ue(c)?[]:[`    role: ${f(n)}`]]),`branches: ${v(i)}`,"tags:",'  release: "{sha}"',`  latest: ${a===void 0?"false":`{ branch: ${f(a)} }`}`,...s.length===0?[]:["images:",...e.flatMap(c=>[`  - name: ${f(c.name)}`,`    image: ${f(c.image)}`,...l(c,"    ")])]].join(`
`)}
`}function ue(e){return/\.dkr[.-]ecr/.test(e)}function fe(e,{image:t,registry:n,role:r,file:i,context:o,platform:s,branch:a}){let l=(0,ce.parseDocument)(e),c=(d,h)=>{h!==void 0&&l.setIn(d,h)};return c(["image"],t?.[0]),c(["build","file"],i?.[0]),c(["build","context"],o),c(["build","platform"],s),c(["destinations"],n&&l.createNode(n.map(d=>({registry:d,...ue(d)&&r?{role:r}:{}})))),n===void 0&&c(["destinations",0,"role"],r),c(["branches"],a&&l.createNode([...a],{flow:!0})),[t,n,r,i,o,s,a].every(d=>d===void 0)?e:l.toString({lineWidth:0})}var y=".github/waybill.sh",M="# Written by `waybill init`; a newer waybill's `init` renews it.";function pe({version:e,package:t,integrity:n}){let r=`${e}-${Buffer.from(n.slice(7),"base64").toString("hex").slice(0,16)}`;return`#!/bin/sh
# Runs the waybill that is pinned here, by version and by the bytes of its package: sh ${y} COMMAND \u2026
${M}
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
`}async function dt(e){let t=await e(y)??"";if(!t.includes(M))return;let[,n]=/^package='(.+)'\r?$/m.exec(t)??[],[,r]=/^integrity='(sha512-[A-Za-z0-9+/]{86}==)'\r?$/m.exec(t)??[],[,i]=/^home="\$kept\/(.+)-[0-9a-f]{16}"\r?$/m.exec(t)??[];return n===void 0||r===void 0||i===void 0?void 0:{version:i,package:n,integrity:r}}function me(e){return["#   VERSION=SHA   the commit, by its full name; HEAD unless given","#   DRY_RUN=1     show what would happen, write nothing",".PHONY: push-ci docker-validate","push-ci: ## publish the commit's image",`	@sh ${y} publish $(if $(filter 1,$(DRY_RUN)),--dry-run)`,"docker-validate: ## check the published image where it is",...e.map(t=>`	$(if $(filter 1,$(DRY_RUN)),@echo,@sh ${y}) validate ${t.replace("SHA","$(or $(VERSION),$(shell git rev-parse HEAD))")}`)]}var k={checkout:"actions/checkout@d23441a48e516b6c34aea4fa41551a30e30af803 # v6.1.0",node:"actions/setup-node@48b55a011bda9f5d6aeb4c2d9c7362e8dae4041e # v6.4.0",credentials:"aws-actions/configure-aws-credentials@61815dcd50bd041e203e49132bacad1fd04d2708 # v5.1.1",buildx:"docker/setup-buildx-action@8d2750c68a42422c14e847fe6c8ac0403b4cbd6f # v3.12.0"};var ge=".github/workflows/prod.yml",ye=[["image_uri_sha","The image by the commit's full SHA."],["image_uri_latest","The image by latest; empty where latest names another commit."],["image_uri_digest","The image by its digest."],["git_sha","The commit's full SHA."]];function he(e){let{branches:t,latest:n}=e;return`# Publishes the image of each commit on ${t.join(" and ")}: tagged with the commit's full SHA${n===void 0?"":", and with latest while it is the newest"}.
# By hand it publishes the newest commit of any branch; latest then stays as it is. Other workflows of this repository may
# call it: they get its outputs.
name: prod

on:
  push:
    branches: ${v(t.map(ut))}
  workflow_dispatch:
  workflow_call:
    outputs:
${ye.map(([i,o])=>`      ${i}:
        description: ${o}
        value: ${p(`jobs.publish.outputs.${i}`)}
`).join("")}
# One group for each commit: a shared one would cancel all but the newest waiting run, and their commits would have no image.
concurrency:
  group: publish-${p("github.sha")}
  cancel-in-progress: false

permissions: {}

jobs:
${ft(e)}
${pt(e)}
${yt}`}function ut(e){return e.replace(/\+/g,"\\+").replace(/^!/,"\\!")}function ft(e){return`  publish:
    name: publish
    runs-on: ${mt(e)}
    timeout-minutes: 10
    permissions:
      contents: read # the checkout, and ${e.latest===void 0?"its history":`${e.latest}'s newest commit when latest is about to move`}
${we(e,"write")}    outputs:
${ye.map(([t])=>`      ${t}: ${p(`steps.publish.outputs.${t}`)}
`).join("")}    steps:
      - uses: ${k.checkout}
        with:
          fetch-depth: 0
          filter: blob:none
          # publish fetches ${e.latest??"the branch"} again before latest moves, which needs them in a private repository.
          persist-credentials: true # zizmor: ignore[artipacked] no artifact is uploaded here

${$e(e," # npm holds each package against package-lock.json, whoever wrote the cache")}
${be(e)}      - uses: ${k.buildx}
        with:
          platforms: ${e.platforms.join(",")}

      - name: Publish the image
        id: publish
        run: ${e.publish}
${ke([...e.platform===void 0?[]:[["DOCKER_DEFAULT_PLATFORM",e.platform]],...e.aws===void 0?[]:[["AWS_REGION",e.aws.region]]])}`}function pt(e){let{validate:t,aws:n}=e,r=t.length===1?` ${t[0]}
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
${we(e,"read")}    steps:
      - uses: ${k.checkout}
        with:
          persist-credentials: false

${$e(e,"")}
${be(e)}      - name: Check the image in the registry
        run:${r}${ke(n===void 0?[]:[["AWS_REGION",n.region]])}`}function mt({platforms:e}){return e.length>0&&e.every(t=>t.startsWith("linux/arm64"))?"ubuntu-24.04-arm":"ubuntu-latest"}function we({aws:e,logins:t},n){return[...e===void 0?[]:[`      id-token: write # the role at AWS, by OIDC
`],...t.some(({own:r})=>r)?[`      packages: ${n} # GHCR
`]:[]].join("")}function $e({cache:e},t){let n=e===void 0?"package-manager-cache: false":`cache: ${e}${e==="npm"?t:""}`;return`      - uses: ${k.node}
        with:
          node-version: 24
          ${n}
`}function be({aws:e,logins:t}){return[(e&&`      - uses: ${k.credentials}
        with:
          role-to-assume: ${f(e.role)}
          aws-region: ${e.region}

`)??"",...t.map(gt)].join("")}function gt({host:e,user:t,password:n,own:r}){return`      - name: Sign in at ${e}
        run: printf '%s' "$PASSWORD" | docker login ${e} --username "${r?"$GITHUB_ACTOR":"$USERNAME"}" --password-stdin
        env:
${r?"":`          USERNAME: ${p(t)}
`}          PASSWORD: ${p(n)}

`}function ke(e){return e.length===0?"":`        env:
${e.map(([t,n])=>`          ${t}: ${f(n)}
`).join("")}`}var yt=`  summary:
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
`;function ht({images:e,make:t,packageManager:n,makefile:r,pin:i}){let o=e.map(({build:l,destinations:[c],release:d})=>({image:`${c?.host}/${c?.repository}:${d.replace("{sha}","SHA")}`,platform:l.platform})),s=[...new Set(e.map(({build:l})=>l.platform))],a=he({branches:[...new Set(e.flatMap(({branches:l})=>l))].map(Se),latest:e[0]?.moving.find(({tag:l})=>l==="latest")?.branch,platform:s.length===1?s[0]:void 0,platforms:s,aws:wt(e),logins:$t(e),publish:t==="none"?`sh ${y} publish`:"make push-ci VERSION=${{ github.sha }}",validate:t==="none"?o.map(({image:l,platform:c})=>`sh ${y} validate "${l.replace("SHA","$GITHUB_SHA")}" --platform ${c}`):['make docker-validate VERSION="$GITHUB_SHA"'],cache:t==="own"&&n!=="none"?n:void 0});return[{path:ge,text:a,ours:!1},...i===void 0||t==="own"?[]:[{path:y,text:pe(i),executable:!0,ours:!0,mark:M}],...t==="write"?[{path:r.path,text:ee(r,me(o.map(({image:l,platform:c})=>`${l} --platform ${c}`))),ours:!0}]:[]]}function Se(e){if(!e.includes("${{"))return e;throw new u("CONFIG_INVALID",`"${e}" cannot stand in a workflow`,{hint:"Leave ${{ out of names."})}function wt(e){let[t]=e.flatMap(({destinations:n})=>n).flatMap(({host:n,role:r})=>{let i=m(n);return i===void 0?[]:[{host:n,role:r,region:i.region}]});if(t!==void 0){if(t.role!==void 0)return{role:Se(t.role),region:t.region};throw new u("CONFIG_MISSING",`the workflow needs a role at AWS to sign in at ${t.host}`,{hint:"Give --role arn:aws:iam::ACCOUNT:role/NAME."})}}function $t(e){let n=[...new Set(e.flatMap(({destinations:i})=>i.map(({host:o})=>o)))].filter(i=>m(i)===void 0),r=n.filter(i=>i!=="ghcr.io");return n.map(i=>{if(i==="ghcr.io")return{host:i,user:"",password:"github.token",own:!0};let o=r.indexOf(i),s=o===0?"REGISTRY":`REGISTRY_${o+1}`;return{host:i,user:`secrets.${s}_USERNAME`,password:`secrets.${s}_PASSWORD`,own:!1}})}function xe(e,t,n){let r=S.dirname(e);if(r===".")return".";let i=bt(e,t),o=s=>i.filter(a=>{let l=S.join(s,a);return n.some(c=>c===l||c.startsWith(`${l}/`))}).length;return o(r)>o(".")?r:"."}function bt(e,t){try{let{stages:n}=Y({name:e,text:t});return n.flatMap(({instructions:r})=>r).filter(({keyword:r,flags:i,heredocs:o})=>/^(?:COPY|ADD)$/.test(r)&&o.length===0&&!i.some(({name:s})=>s==="from")).flatMap(({rest:r})=>kt(r).slice(0,-1)).map(r=>S.normalize(r.split(/[*?[$]/,1)[0]??"").replace(/^\/+|\/+$/g,"")).filter(r=>r!==""&&r!=="."&&!r.includes(":"))}catch(n){if(n instanceof u)return[];throw n}}function kt(e){return[...e.matchAll(/"((?:[^"\\]|\\.)*)"|([^\s,[\]]+)/g)].map(([,t,n])=>t??n??"")}async function St(e,t,{tracked:n},r,i){if(r!==void 0){if(/^images:/m.test(r)&&(e.image!==void 0||e.file!==void 0||e.context!==void 0))throw new u("USAGE","waybill.yaml lists several images, and --image, --file and --context mean one",{hint:"Change the list in waybill.yaml."});return fe(r,e)}let o=t.file??[],s=await Promise.all(o.map(async(a,l)=>{let c=t.context??xe(a,await i(a)??"",n);return{name:N(a),image:t.image?.[l]??"",file:a,context:c}}));return de({images:xt(s),registries:t.registry??[],role:t.role,platform:t.platform??"linux/amd64",branches:t.branch??["main"]})}function xt(e){return e.map((t,n)=>{let r=e.slice(0,n).filter(({name:i})=>i===t.name).length;return r===0?t:{...t,name:`${t.name}-${r+1}`}})}export{Ae as a,J as b,Re as c,Ee as d,Ne as e,Je as f,Ze as g,Qe as h,et as i,ot as j,lt as k,dt as l,ht as m,St as n};
