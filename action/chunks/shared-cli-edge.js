function s({env:e}){return e.GITHUB_ACTIONS==="true"||!!e.GITHUB_STEP_SUMMARY}async function i(e,n){let o=n.endsWith(`
`)||n===""?n:`${n}
`;await new Promise(r=>{e.stdout.write(o,()=>r())})}export{s as a,i as b};
