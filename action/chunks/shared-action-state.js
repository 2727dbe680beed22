function d(e){return Object.entries(e).map(([n,t])=>`${n}=${JSON.stringify(t)}
`).join("")}function o(e){let n=r(e.STATE_done),t=r(e.STATE_exitCode);return{done:Array.isArray(n)?n.filter(i=>typeof i=="string"):[],...typeof t=="number"?{exitCode:t}:{}}}function r(e){try{return e===void 0?void 0:JSON.parse(e)}catch{return}}export{d as a,o as b};
