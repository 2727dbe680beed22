import { Failure } from "../../failure/index.ts";
import { join, type Node, type RootFs, type Subtree, split } from "./rootfs.ts";

/** Owner and group by number. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What a `--chmod` makes of modes. */
export interface ChangedMode {
  /** The mode of what is copied. */
  of(mode: number, directory: boolean): number;
  /** The mode of directories that the destination needs; 0755 unless digits say otherwise. */
  readonly fresh: number;
}

/** What changed in a file system: what the layer will hold. */
export interface Changes {
  /** What stands where, by path. */
  readonly nodes: Map<string, Node>;
  /** All names that hard links gave a file in this layer; of those that have no link there is nothing here. */
  readonly names: WeakMap<Node, string[]>;
  /** A subtree that came whole, where one did: no node stands in its directory beside it. */
  grafted?: { readonly dir: string; readonly subtree: Subtree } | undefined;
}

/** The changes of a layer in which nothing is yet. */
export function noChanges(): Changes {
  return { nodes: new Map(), names: new WeakMap() };
}

/** What directories that are made get, unless root's 0755. */
interface DirectoryStyle {
  readonly owner?: Owner | undefined;
  readonly mode?: ChangedMode | undefined;
}

/** Makes a directory and those above it, where they are missing. @throws Failure CONTEXT_INVALID where a file is in the way */
export function makeDirectories(into: RootFs, path: string, style: DirectoryStyle, changes: Changes): void {
  if (path === "") return;
  const there = into.get(path);
  if (there?.kind === "directory") return;
  if (there !== undefined) throw collision(path, "a directory", there);
  makeDirectories(into, split(path)[0], style, changes);
  const { owner, mode } = style;
  put(into, path, { kind: "directory", mode: mode?.fresh ?? 0o755, uid: owner?.uid ?? 0, gid: owner?.gid ?? 0 }, changes);
}

/**
 * Puts a node into the file system and among the changes; a file takes the place of a directory with all that is in it.
 * @throws Failure CONTEXT_INVALID for a name that means in a layer that another file is gone (image-spec, "Whiteouts")
 */
export function put(into: RootFs, path: string, node: Node, changes: Changes): void {
  if (node.kind !== "directory" && into.get(path)?.kind === "directory") {
    forget(into, path, changes);
    into.remove(path);
  }
  add(into, path, node, changes);
}

/** The same where no directory gives way to a file. @throws Failure CONTEXT_INVALID as {@link put} does */
export function add(into: RootFs, path: string, node: Node, changes: Changes): void {
  if (path.startsWith(".wh.", path.lastIndexOf("/") + 1)) {
    throw new Failure("CONTEXT_INVALID", `/${path} has a name that removes files in an image`, {
      hint: "Give it another name, or leave it out with --exclude or in .dockerignore: no file of an image begins with .wh.",
    });
  }
  into.set(path, node);
  changes.nodes.set(path, node);
}

/** Puts a subtree into a directory that has nothing in it, as all there is to change in this layer but directories around it. */
export function graft(into: RootFs, dir: string, subtree: Subtree, changes: Changes): void {
  into.graft(dir, subtree);
  changes.grafted = { dir, subtree };
}

/** Takes what is below a directory from the changes. */
function forget(into: RootFs, path: string, changes: Changes): void {
  for (const name of into.children(path)) {
    const one = join(path, name);
    changes.nodes.delete(one);
    forget(into, one, changes);
  }
}

/** What is in the way of what is put at a path. */
export function collision(path: string, what: string, there: Node): Failure {
  return new Failure("CONTEXT_INVALID", `/${path} is to be ${what}, and there is a ${there.kind} already`, {
    hint: "Copy to another path, or remove what is in the way.",
  });
}
