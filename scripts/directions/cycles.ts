import type { Graph } from "./graph.ts";

/**
 * The import cycles of a graph: one for each knot of files that reach each other (Tarjan's strongly connected
 * components), as the files in the knot.
 */
export function cyclesOf({ files, edges }: Graph): readonly (readonly string[])[] {
  const targets = Map.groupBy(edges, (edge) => edge.from);
  const index = new Map<string, number>();
  const stack: string[] = [];
  const knots: string[][] = [];

  const visit = (file: string): number => {
    const own = index.size;
    index.set(file, own);
    stack.push(file);
    let lowest = own;
    for (const { to } of targets.get(file) ?? []) {
      if (!index.has(to)) lowest = Math.min(lowest, visit(to));
      else if (stack.includes(to)) lowest = Math.min(lowest, index.get(to) ?? own);
    }
    if (lowest === own) {
      const knot = stack.splice(stack.indexOf(file));
      const importsItself = targets.get(file)?.some(({ to }) => to === file) ?? false;
      if (knot.length > 1 || importsItself) knots.push(knot.sort());
    }
    return lowest;
  };

  for (const file of files) if (!index.has(file)) visit(file);
  return knots;
}
