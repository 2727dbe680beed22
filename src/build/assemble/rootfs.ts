import type { Attributes, Recycling, Special } from "../../tar/index.ts";

/**
 * What stands at one path of a stage's file system. A file's `id` stands for its content, where that is known without reading it.
 * Paths at which the very same object stands are names of one file, as hard links are; `linked` says that there may be several.
 */
export type Node = Attributes & { readonly linked?: true | undefined } & (
    | {
        readonly kind: "file";
        readonly size: number;
        readonly id?: string | undefined;
        open(reading?: Recycling): AsyncIterable<Uint8Array>;
      }
    | { readonly kind: "directory" }
    | { readonly kind: "symlink"; readonly target: string }
    | Special
  );

/** A file system to copy from, by path without a leading slash. */
export interface SourceFs {
  get(path: string): Node | undefined;
  /** Names in a directory, in code unit order. */
  children(path: string): readonly string[];
  /** All that is below a directory, as it stands; undefined where only a walk can tell. */
  below?(path: string): Subtree | undefined;
}

/** What is below a directory, without a node kept for each. */
export interface Subtree {
  /** The node at a path from the directory, made for whoever asks. */
  get(path: string): Node | undefined;
  /** All nodes by their paths from the directory, in code unit order of these. */
  nodes(): Iterable<readonly [path: string, node: Node]>;
}

/** A file system in the making: what a stage has so far; the root itself is always there. */
export interface RootFs extends SourceFs {
  /** Puts a subtree into a directory that has nothing in it. Its nodes are made as they are asked for, and kept when one of them changes. */
  graft(dir: string, subtree: Subtree): void;
  set(path: string, node: Node): void;
  /** Removes a path with everything below it. */
  remove(path: string): void;
  /** A copy that changes apart from this one. */
  fork(): RootFs;
}

/** A file system with the given nodes, and subtrees by the start of the paths in them. */
export function rootFs(nodes: Iterable<readonly [string, Node]> = [], subtrees: Iterable<readonly [string, Subtree]> = []): RootFs {
  const all = new Map(nodes);
  const grafts = new Map(subtrees);
  let known: Map<string, Set<string>> | undefined;
  /** Names by directory, put together when they are first asked for: most stages are only copied into. */
  const below = (): Map<string, Set<string>> => {
    if (known === undefined) {
      known = new Map();
      for (const path of all.keys()) addName(path, known);
    }
    return known;
  };
  const keep = (path: string, node: Node): void => {
    all.set(path, node);
    if (known !== undefined) addName(path, known);
  };
  /** Keeps the nodes of the subtree that a path is in. */
  const root = (path: string): void => {
    for (const [start, subtree] of grafts) {
      if (!path.startsWith(start)) continue;
      grafts.delete(start);
      for (const [rest, node] of subtree.nodes()) keep(`${start}${rest}`, node);
    }
  };
  const grafted = (path: string): Node | undefined => {
    for (const [start, subtree] of grafts) if (path.startsWith(start)) return subtree.get(path.slice(start.length));
    return undefined;
  };
  const fs: RootFs = {
    get: (path) => all.get(path) ?? (grafts.size === 0 ? undefined : grafted(path)),
    graft(dir, subtree) {
      root(startIn(dir));
      grafts.set(startIn(dir), subtree);
    },
    set(path, node) {
      if (grafts.size > 0) root(path);
      keep(path, node);
    },
    remove(path) {
      // What is below goes with it.
      for (const start of grafts.keys()) if (start.startsWith(startIn(path))) grafts.delete(start);
      root(path);
      for (const name of below().get(path) ?? []) fs.remove(join(path, name));
      below().delete(path);
      if (path === "") return;
      all.delete(path);
      const [parent, name] = split(path);
      below().get(parent)?.delete(name);
    },
    children(path) {
      root(startIn(path));
      return [...(below().get(path) ?? [])].sort();
    },
    fork: () => rootFs(all, grafts),
  };
  return fs;
}

/** How all paths in a directory begin. */
export function startIn(dir: string): string {
  return dir === "" ? "" : `${dir}/`;
}

function addName(path: string, below: Map<string, Set<string>>): void {
  const [parent, name] = split(path);
  const names = below.get(parent);
  if (names === undefined) below.set(parent, new Set([name]));
  else names.add(name);
}

/** A path below a directory; the root and a directory itself are the empty path. */
export function join(dir: string, name: string): string {
  return dir === "" ? name : name === "" ? dir : `${dir}/${name}`;
}

/** The parent's path, and the name in it. */
export function split(path: string): readonly [string, string] {
  const at = path.lastIndexOf("/");
  return at === -1 ? ["", path] : [path.slice(0, at), path.slice(at + 1)];
}

/** How many symbolic links are followed, as Linux does. */
const linkLimit = 255;

/**
 * A path with the symbolic links on its way followed, as far as it exists; it never leaves the root.
 * @param last whether a link at the end is followed as well
 * @param budget how many steps may be taken; a long one counts more. What was taken is taken off
 * @returns undefined where links go in circles, or the steps are used up
 */
export function resolvePath(
  fs: Pick<RootFs, "get">,
  path: string,
  last = true,
  budget = { steps: Number.POSITIVE_INFINITY },
): string | undefined {
  let links = 0;
  let at: string[] = [];
  let rest = path.split("/");
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at = at.slice(0, -1);
      continue;
    }
    const here = [...at, part].join("/");
    budget.steps -= 1 + here.length / 64;
    if (budget.steps < 0) return undefined;
    const node = fs.get(here);
    if (node?.kind !== "symlink" || (!last && rest.every((one) => one === "" || one === "."))) {
      at.push(part);
      continue;
    }
    links += 1;
    if (links > linkLimit) return undefined;
    if (node.target.startsWith("/")) at = [];
    rest = [...node.target.split("/"), ...rest];
  }
  return at.join("/");
}
