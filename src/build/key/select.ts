import { isPattern, namePattern } from "../assemble/match.ts";
import { type PathPatterns, pathPatterns } from "../assemble/paths.ts";
import type { ContextEntry } from "../engine.ts";
import { inOrder, namesIn, numberOf, rangeOf } from "../ordered.ts";

/** The entries of a context that a build reads, put together source by source. */
export interface Selection {
  /** Adds what a source of COPY, ADD or a bind mount names. */
  add(source: string, excludes: readonly string[]): void;
  /** Adds everything. */
  all(): void;
  entries(): readonly ContextEntry[];
}

/**
 * Selects from a context's entries. What a source cannot be followed to exactly (through symbolic links, by `**`, by a pattern that
 * is none) stands for the whole context: a key may hold a file too many, never one too few.
 */
export function selection(entries: readonly ContextEntry[]): Selection {
  const sorted = inOrder(entries);
  const selected = new Uint8Array(sorted.length);
  let whole = false;
  const find = (path: string): number => numberOf(sorted, path);

  /** The paths that a source names; undefined where that cannot be told. */
  const named = (source: string): readonly string[] | undefined => {
    let found: readonly string[] = [""];
    for (const part of partsOf(source)) {
      const pattern = isPattern(part) ? namePattern(part) : undefined;
      if (part.includes("**") || (isPattern(part) && pattern === undefined)) return undefined;
      const name = part.replace(/\\(.)/g, "$1");
      found = found.flatMap((dir) =>
        (pattern === undefined ? [name] : namesIn(sorted, dir).filter((one) => pattern.test(one))).map((one) => joined(dir, one)),
      );
      if (found.some((path) => sorted[find(path)]?.kind === "symlink")) return undefined;
    }
    return found;
  };
  const take = (path: string, leftOut: PathPatterns | undefined): void => {
    const itself = find(path);
    if (itself !== -1) selected[itself] = 1;
    const { start, end, skip } = rangeOf(sorted, path);
    if (leftOut === undefined) selected.fill(1, start, end);
    else for (let at = start; at < end; at++) if (!leftOut.matches(sorted[at]?.path.slice(skip) ?? "")) selected[at] = 1;
  };
  return {
    add(source, excludes) {
      if (whole) return;
      const paths = named(source);
      if (paths === undefined || (paths.includes("") && excludes.length === 0)) whole = true;
      else {
        const leftOut = excludes.length === 0 ? undefined : pathPatterns(excludes);
        for (const path of paths.filter((one) => one === "" || find(one) !== -1)) {
          // The folders on the way lend their modes where they are kept (--parents).
          for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
            const folder = find(path.slice(0, at));
            if (folder !== -1) selected[folder] = 1;
          }
          take(path, leftOut);
        }
      }
    },
    all() {
      whole = true;
    },
    entries: () => (whole ? sorted : sorted.filter((_, at) => selected[at] === 1)),
  };
}

function partsOf(source: string): readonly string[] {
  const parts: string[] = [];
  for (const part of source.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

function joined(dir: string, name: string): string {
  return dir === "" ? name : `${dir}/${name}`;
}
