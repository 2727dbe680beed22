import { cyclesOf } from "./cycles.ts";
import type { Edge, Graph } from "./graph.ts";
import { heightOf, looseFiles, roomOf } from "./rooms.ts";

/** What is wrong with the directions of a source tree, a sentence each; empty where nothing is. */
export function judge(graph: Graph): readonly string[] {
  const known = new Set(graph.files);
  return [
    ...graph.files.filter((file) => heightOf(file) === undefined).map((file) => `${file}: lies in no room of the table`),
    ...graph.edges.flatMap((edge) => judgeEdge(edge, known)),
    ...cyclesOf(graph).map((knot) => `import cycle: ${knot.join(", ")}`),
  ];
}

function judgeEdge({ from, to, line }: Edge, known: ReadonlySet<string>): readonly string[] {
  const where = `${from}:${line}`;
  if (to.startsWith("../")) return [`${where}: imports ${to}, which is outside src/`];
  if (!known.has(to)) return [`${where}: imports ${to}, which is no file of src/`];
  if (roomOf(from) === roomOf(to)) return [];
  const [low, high] = [heightOf(to), heightOf(from)];
  // A file that lies in no room has been reported already.
  if (low === undefined || high === undefined) return [];
  if (low >= high) return [`${where}: ${roomOf(from)} imports ${to}, which does not stand under it`];
  if (!(to in looseFiles) && to !== `${roomOf(to)}/index.ts`) return [`${where}: imports ${to} past ${roomOf(to)}/index.ts`];
  return [];
}
