import{k as d,m as i,n as l}from"./chunk-XF3PY4AE.js";var y=()=>{};function f(e){return JSON.stringify(e,null,2)}var c=5e3;function o(e,t){let n=i(),a=setInterval(()=>{let r=l(n);r!==void 0&&e(`  ${r}
`)},c);return a.unref(),{emit(r){n.hear(r);for(let s of d(r,t.verbose))e(`${s}
`)},close:()=>clearInterval(a)}}function p(e,t){let n=o(e,t),a=!1,r=()=>{a&&e(`::endgroup::
`),a=!1};return{emit(s){if(s.kind==="step"&&s.state==="started"){r(),e(`::group::${s.step}
`),a=!0;return}m(s)&&r(),n.emit(s)},close(){r(),n.close()}}}function m(e){return e.kind==="message"?e.level==="warning":e.kind==="finding"?e.finding.level!=="note":e.kind==="step"||e.kind==="tag"||e.kind==="failure"}function u(e){let t=performance.now();return{emit(n){e(`${JSON.stringify({at:Math.round(performance.now()-t),...n})}
`)},close(){}}}async function g(e,t){let{terminalRenderer:n}=await import("./terminal-MT4SBYPK.js");return n(e,t)}export{y as a,o as b,p as c,u as d,g as e,f};
