import type { TarEntry } from "../../tar/index.ts";
import type { Changes } from "./changes.ts";
import { type Node, startIn } from "./rootfs.ts";

/**
 * The entries of a layer, in code unit order of their paths; they are made anew each time that they are gone through, so that none of them
 * is kept. Of a file's several names the first has the content, and stands before the others: they are hard links to it, which say of it
 * what it says itself, because who unpacks them gives that to the file once more.
 */
export function entriesOf({ nodes, grafted }: Pick<Changes, "nodes" | "grafted">): Iterable<TarEntry> {
  const paths = [...nodes.keys()].sort();
  // All paths in a subtree begin alike, so that they stand together.
  const start = startIn(grafted?.dir ?? "");
  const before = grafted === undefined ? paths.length : paths.filter((path) => path < start).length;
  return {
    *[Symbol.iterator]() {
      const firsts = new Map<Node, string>();
      for (let at = 0; at <= paths.length; at++) {
        if (at === before) for (const [rest, node] of grafted?.subtree.nodes() ?? []) yield { path: `${start}${rest}`, ...node };
        const path = paths[at] ?? "";
        const node = nodes.get(path);
        if (node === undefined) continue;
        const target = firsts.get(node);
        const { mode, uid, gid, capability } = node;
        yield target === undefined ? { path, ...node } : { path, kind: "link", target, mode, uid, gid, capability };
        if (node.linked === true && target === undefined) firsts.set(node, path);
      }
    },
  };
}
