import{b as s,c as p,e as u,f as a,g as f}from"./chunk-I63RRUXW.js";import{i as n,n as i,sa as o}from"./chunk-GIAVMGP7.js";async function l(t,e){if(f(t,e.env,{append:(r,d)=>n(r,d),size:r=>i(r,{throwIfNoEntry:!1})?.size??0}),e.env.GITHUB_ACTIONS==="true")for(let r of s(t))e.stderr.write(`${r}
`);return a(t)}function y(t,e){e.stderr.write(`${p(o(t))}
`)}function R(t){return u(t.env)}export{l as a,y as b,R as c};
