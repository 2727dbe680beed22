import{V as n,X as t,m as i}from"./shared-builtins-all.js";function m(o){for(let r=o;r!==t(r);r=t(r))if(i(n(r,".git")))return r;return o}export{m as a};
