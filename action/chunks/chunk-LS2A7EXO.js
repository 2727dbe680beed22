import{b as o,c as p,d as u,e as a,f as d}from"./chunk-KHWRHTI6.js";import{i as r,ra as i}from"./chunk-3CWLEKFC.js";async function c(t,e){if(d({env:e.env,report:t,append:(n,s)=>r(n,s)}),e.env.GITHUB_ACTIONS==="true")for(let n of o(t))e.stderr.write(`${n}
`);return a(t)}function l(t,e){e.stderr.write(`${p(i(t))}
`)}function y(t){return u(t.env)}export{c as a,l as b,y as c};
