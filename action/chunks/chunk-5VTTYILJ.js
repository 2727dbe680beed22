import{b as p}from"./chunk-EJLVG4IM.js";import{b as s,c as u,e as a,f,g as m}from"./chunk-PJIFV4SW.js";import{j as e,o,ta as i}from"./chunk-Y46MDITJ.js";async function R(t,r){if(m(t,r.env,{append:(n,d)=>e(n,d),size:n=>o(n,{throwIfNoEntry:!1})?.size??0}),r.env.GITHUB_ACTIONS==="true")for(let n of s(t))r.stderr.write(`${n}
`);return f(t)}function v(t,r){r.stderr.write(`${u(i(t))}
`)}function E(t){return a(t.env)??p(t.env)}export{R as a,v as b,E as c};
