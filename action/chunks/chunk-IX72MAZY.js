function k({env:e}){return e.GITHUB_ACTIONS==="true"||!!e.GITHUB_STEP_SUMMARY}async function R(e,s){let o=s.endsWith(`
`)||s===""?s:`${s}
`;await new Promise(a=>{e.stdout.write(o,()=>a())})}export{k as a,R as b};
