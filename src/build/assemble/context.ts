import type { BuildContext, ContextEntry } from "../engine.ts";
import { firstFrom, inOrder, namesIn } from "../ordered.ts";
import { withoutIgnored } from "./ignore.ts";
import type { Node, SourceFs } from "./rootfs.ts";

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
  };
}

function nodeOf(entry: ContextEntry, context: BuildContext): Node {
  const owner = { uid: 0, gid: 0 };
  switch (entry.kind) {
    case "directory":
      return { kind: "directory", mode: entry.mode, ...owner };
    case "symlink":
      return { kind: "symlink", target: entry.target, mode: 0o777, ...owner };
    case "file":
      return { kind: "file", mode: entry.mode, size: entry.size, id: entry.id, ...owner, open: () => opened(context, entry.path) };
  }
}

async function* opened(context: BuildContext, path: string): AsyncIterable<Uint8Array> {
  yield* (await context.open(path)).open();
}
