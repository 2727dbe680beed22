import { isPattern, namePattern } from "../assemble/match.ts";
import { pathPatterns } from "../assemble/paths.ts";
import type { ContextEntry } from "../engine.ts";

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
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const selected = new Set<string>();
  let whole = false;
  let children: ReadonlyMap<string, readonly string[]> | undefined;
  const below = (dir: string): readonly string[] => {
    children ??= childrenOf(entries);
    return children.get(dir) ?? [];
  };

  /** The paths that a source names; undefined where that cannot be told. */
  const named = (source: string): readonly string[] | undefined => {
    let found: readonly string[] = [""];
    for (const part of partsOf(source)) {
      const pattern = isPattern(part) ? namePattern(part) : undefined;
      if (part.includes("**") || (isPattern(part) && pattern === undefined)) return undefined;
      const name = part.replace(/\\(.)/g, "$1");
      found = found.flatMap((dir) =>
        (pattern === undefined ? [name] : below(dir).filter((one) => pattern.test(one))).map((one) => joined(dir, one)),
      );
      if (found.some((path) => byPath.get(path)?.kind === "symlink")) return undefined;
    }
    return found;
  };
  const take = (path: string, relative: string, leftOut: (path: string) => boolean): void => {
    if (path !== "" && (relative === "" || !leftOut(relative))) selected.add(path);
    for (const name of below(path)) take(joined(path, name), joined(relative, name), leftOut);
  };
  return {
    add(source, excludes) {
      if (whole) return;
      const paths = named(source);
      if (paths === undefined || (paths.includes("") && excludes.length === 0)) whole = true;
      else {
        const patterns = pathPatterns(excludes);
        const leftOut = (one: string): boolean => patterns.matches(one);
        for (const path of paths.filter((one) => one === "" || byPath.has(one))) {
          // The folders on the way lend their modes where they are kept (--parents).
          for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) selected.add(path.slice(0, at));
          take(path, "", leftOut);
        }
      }
    },
    all() {
      whole = true;
    },
    entries: () => (whole ? entries : entries.filter(({ path }) => selected.has(path))),
  };
}

function childrenOf(entries: readonly ContextEntry[]): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>();
  for (const { path } of entries) {
    const at = path.lastIndexOf("/");
    const [dir, name] = at === -1 ? ["", path] : [path.slice(0, at), path.slice(at + 1)];
    const names = children.get(dir);
    if (names === undefined) children.set(dir, [name]);
    else names.push(name);
  }
  return children;
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
