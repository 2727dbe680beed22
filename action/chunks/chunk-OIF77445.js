import{b as p}from"./chunk-SGUYTWUQ.js";import{b as s,c as u,e as a,f,g as m}from"./chunk-I63RRUXW.js";import{i as e,n as o,sa as i}from"./chunk-GIAVMGP7.js";async function R(t,r){if(m(t,r.env,{append:(n,d)=>e(n,d),size:n=>o(n,{throwIfNoEntry:!1})?.size??0}),r.env.GITHUB_ACTIONS==="true")for(let n of s(t))r.stderr.write(`${n}
`);return f(t)}function v(t,r){r.stderr.write(`${u(i(t))}
`)}function E(t){return a(t.env)??p(t.env)}export{R as a,v as b,E as c};
