import type { BuildContext, ContextEntry } from "../engine.ts";
import { withoutIgnored } from "./ignore.ts";
import { type Node, type RootFs, rootFs } from "./rootfs.ts";

/** A build context as a file system to copy from, without what .dockerignore leaves out. */
export async function contextFs(context: BuildContext, ignore: string | undefined): Promise<RootFs> {
  const entries = withoutIgnored(await context.entries(), ignore);
  return rootFs(entries.map((entry): readonly [string, Node] => [entry.path, nodeOf(entry, context)]));
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
