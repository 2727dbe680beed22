import * as dockerignore from "@balena/dockerignore";
import type { ContextEntry } from "../engine.ts";

/** The module is CommonJS and its types say otherwise: what it exports is the function itself. */
const create = dockerignore.default as unknown as typeof dockerignore.default.default;

/** Whether a path is left out, by the lines of a .dockerignore. Paths are relative, without a slash at either end. */
export function ignored(text: string): (path: string) => boolean {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const matcher = create({ ignorecase: false }).add(lines.map(quoted).join("\n"));
  return (path) => matcher.ignores(path);
}

/**
 * A line in which nothing means more than Docker has it mean: the matcher makes a regular expression of it, and escapes dots and
 * dollar signs only, so `(group)` and `c++` matched other paths. `**` that follow one another mean no more than one.
 */
function quoted(line: string): string {
  return line.replace(/\\.|[+()|{}]/g, (match) => (match.startsWith("\\") ? match : `\\${match}`)).replace(/(?:\*\*\/?){2,}/g, "**");
}

/** A context's entries without what its .dockerignore leaves out; a directory stays where something in it does. */
export function withoutIgnored(entries: readonly ContextEntry[], text: string | undefined): readonly ContextEntry[] {
  if (text === undefined || text.trim() === "") return entries;
  const leftOut = ignored(text);
  const kept = entries.filter((entry) => !leftOut(entry.path));
  const needed = new Set(
    kept.flatMap(({ path }) => {
      const parts = path.split("/");
      return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join("/"));
    }),
  );
  const paths = new Set(kept.map(({ path }) => path));
  return entries.filter(({ path }) => paths.has(path) || needed.has(path));
}
