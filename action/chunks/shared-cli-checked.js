import{e as r,f as i}from"./shared-failure-codes.js";function d(o,e,t){let n=t.parse(e);if(n!==void 0)return n;throw new i("USAGE",`${o} takes ${t.expected}, not "${r(e,100)}"`)}export{d as a};
