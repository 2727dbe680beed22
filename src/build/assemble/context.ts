import type { Recycling } from "../../tar/index.ts";
import type { BuildContext, ContextEntry } from "../engine.ts";
import { entryAt, firstFrom, inOrder, namesIn, rangeOf } from "../ordered.ts";
import { withoutIgnored } from "./ignore.ts";
import { join, type Node, type SourceFs, type Subtree } from "./rootfs.ts";

/**
 * A build context as a file system to copy from, without what .dockerignore leaves out. Its entries are looked up as they stand: a
 * node is made for whoever asks, and nothing is kept for each.
 */
export async function contextFs(context: BuildContext, ignore: string | undefined): Promise<SourceFs> {
  const entries = inOrder(withoutIgnored(await context.entries(), ignore));
  let last = -1;
  return {
    get(path) {
      // Whoever copies a directory asks for one after the other.
      const at = entries[last + 1]?.path === path ? last + 1 : firstFrom(entries, path);
      const entry = entries[at];
      if (entry?.path !== path) return undefined;
      last = at;
      return nodeOf(entry, context);
    },
    children: (path) => namesIn(entries, path),
    below: (path) => subtreeOf(entries, path, context),
  };
}

/**
 * What is below a directory of the context, in the order in which it stands there. A walk has to tell where a directory is missing, which
 * takes what is in it along, and where a name is none that a layer may have.
 */
function subtreeOf(entries: readonly ContextEntry[], dir: string, context: BuildContext): Subtree | undefined {
  const { start, end, skip } = rangeOf(entries, dir);
  let parent = dir;
  for (let at = start; at < end; at++) {
    const path = entries[at]?.path ?? "";
    const slash = path.lastIndexOf("/");
    if (path.startsWith(".wh.", slash + 1)) return undefined;
    // Most stand beside the one before.
    if (slash === parent.length && path.startsWith(parent)) continue;
    parent = slash === -1 ? "" : path.slice(0, slash);
    if (parent !== "" && parent !== dir && entryAt(entries, parent)?.kind !== "directory") return undefined;
  }
  return {
    get(path) {
      const entry = entryAt(entries, join(dir, path));
      return entry && nodeOf(entry, context);
    },
    *nodes() {
      for (let at = start; at < end; at++) {
        const entry = entries[at];
        if (entry !== undefined) yield [entry.path.slice(skip), nodeOf(entry, context)];
      }
    },
  };
}

function nodeOf(entry: ContextEntry, context: BuildContext): Node {
  switch (entry.kind) {
    case "directory":
      return { kind: "directory", mode: entry.mode, uid: 0, gid: 0 };
    case "symlink":
      return { kind: "symlink", target: entry.target, mode: 0o777, uid: 0, gid: 0 };
    case "file":
      return {
        kind: "file",
        mode: entry.mode,
        uid: 0,
        gid: 0,
        size: entry.size,
        id: entry.id,
        open: (reading) => opened(context, entry.path, reading),
      };
  }
}

async function* opened(context: BuildContext, path: string, reading: Recycling | undefined): AsyncIterable<Uint8Array> {
  yield* (await context.open(path)).open(0, reading);
}
