/**
 * Holds the arrows between the rooms of src/: who may import whom, through which door, without cycles.
 * Ends with 1 where something is wrong, and where it saw less than there is: a check that sees nothing passes everything.
 *
 * Usage: node scripts/directions.ts [SRC]
 */
import { globSync } from "node:fs";
import { resolve } from "node:path";
import { readGraph } from "./directions/graph.ts";
import { judge } from "./directions/judge.ts";

const src = resolve(process.argv[2] ?? resolve(import.meta.dirname, "../src"));
const graph = readGraph(src);
// Counted a second way, so that a walk that misses folders is noticed.
const there = globSync("**/*.{ts,mts,cts,tsx}", { cwd: src }).length;
const blind = graph.files.length < there || there === 0 || (there > 1 && graph.edges.length === 0);
const wrong = [...judge(graph), ...(blind ? [`saw ${graph.files.length} files and ${graph.edges.length} imports, of ${there} files`] : [])];

for (const sentence of wrong) console.error(sentence);
console.error(`directions: ${graph.files.length} files, ${graph.edges.length} imports, ${wrong.length} wrong`);
process.exitCode = wrong.length === 0 ? 0 : 1;
