import { readdirSync, readFileSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { importsOf } from "./imports.ts";

/** One import of a file of src/ by another. Paths are relative to src/, with `/`. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

/** The files of a source tree and which imports which. */
export interface Graph {
  readonly files: readonly string[];
  readonly edges: readonly Edge[];
}

/** Reads a source tree. */
export function readGraph(src: string): Graph {
  const files = typeScriptIn(src).sort();
  const edges = files.flatMap((from) =>
    importsOf(from, readFileSync(join(src, from), "utf8"))
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier, line }) => ({ from, to: posix.join(posix.dirname(from), specifier), line })),
  );
  return { files, edges };
}

function typeScriptIn(src: string): string[] {
  return readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => relative(src, join(entry.parentPath, entry.name)).split(sep).join("/"));
}
