import{k as i,m as s,n as l}from"./shared-report-facts.js";var y=()=>{};function p(e){return JSON.stringify(e,null,2)}var g=5e3;function a(e,t){let n=s(),d=setInterval(()=>{let r=l(n);r!==void 0&&e(`  ${r}
`)},g);return d.unref(),{emit(r){n.hear(r);for(let o of i(r,t.verbose))e(`${o}
`)},close:()=>clearInterval(d)}}function u(e,t){let n=a(e,t),d=!1,r=()=>{d&&e(`::endgroup::
`),d=!1};return{emit(o){if(o.kind==="step"&&o.state==="started"){r(),e(`::group::${o.step}
`),d=!0;return}m(o)&&r(),n.emit(o)},close(){r(),n.close()}}}function m(e){return e.kind==="message"?e.level==="warning":e.kind==="finding"?e.finding.level!=="note":e.kind==="step"||e.kind==="tag"||e.kind==="failure"}function f(e){let t=performance.now();return{emit(n){e(`${JSON.stringify({at:Math.round(performance.now()-t),...n})}
`)},close(){}}}async function c(e,t){let{terminalRenderer:n}=await import("./report-render-terminal.js");return n(e,t)}export{y as a,a as b,u as c,f as d,c as e,p as f};
