import{b as o,c as p,d as u,e as a,f as d}from"./chunk-5S7KZL2Y.js";import{i as r}from"./chunk-DMMBXVJ5.js";import{g as i}from"./chunk-S7BR7BDL.js";async function c(t,e){if(d({env:e.env,report:t,append:(n,s)=>r(n,s)}),e.env.GITHUB_ACTIONS==="true")for(let n of o(t))e.stderr.write(`${n}
`);return a(t)}function l(t,e){e.stderr.write(`${p(i(t))}
`)}function y(t){return u(t.env)}export{c as a,l as b,y as c};
