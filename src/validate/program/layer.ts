import type { Descriptor } from "../../oci/index.ts";
import type { Store } from "../../store/index.ts";
import type { TarHeader } from "../../tar/index.ts";
import { entryPath, layerEntries } from "../archive.ts";
import { headBytes } from "./elf.ts";
import { hidden, type Node, remove, type Tree } from "./tree.ts";

/** What reading layers may cost, in unpacked bytes and in entries. */
export interface Budget {
  bytes: number;
  entries: number;
}

/** Thrown where the budget is used up. */
export class OverBudget extends Error {}

/**
 * Reads one layer into the tree, below what upper layers said.
 * @param done asked after each entry; true ends the reading
 * @throws OverBudget; Failure IMAGE_INVALID where the layer cannot be unpacked, and those of the store
 */
export async function readLayer(
  store: Store,
  layer: Descriptor,
  tree: Tree,
  options: { readonly budget: Budget; readonly done: () => boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { budget, done, signal } = options;
  // What this layer hides counts for the layers below it, not for itself.
  const hides: (() => void)[] = [];
  const taken = (bytes: number): void => {
    budget.bytes -= bytes;
    if (budget.bytes < 0) throw new OverBudget();
  };
  for await (const { header, content } of layerEntries(store, layer, { signal, taken })) {
    budget.entries -= 1;
    if (budget.entries < 0) throw new OverBudget();
    await takeEntry(tree, header, content, hides);
    if (done()) break;
  }
  for (const hide of hides) hide();
}

async function takeEntry(tree: Tree, header: TarHeader, content: AsyncIterable<Uint8Array>, hides: (() => void)[]): Promise<void> {
  const path = entryPath(header.name);
  if (path === undefined || path === "") return;
  const slash = path.lastIndexOf("/");
  const [parent, name] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  if (name === ".wh..wh..opq") return void hides.push(() => tree.opaque.add(parent));
  if (name.startsWith(".wh.")) {
    const removed = `${parent === "" ? "" : `${parent}/`}${name.slice(4)}`;
    return void hides.push(() => remove(tree, removed));
  }
  if (tree.nodes.has(path) || hidden(tree, path)) return;
  const node = await nodeOf(tree, header, content);
  if (node !== undefined) tree.nodes.set(path, node);
}

async function nodeOf(tree: Tree, { type, linkname }: TarHeader, content: AsyncIterable<Uint8Array>): Promise<Node | undefined> {
  if (type === "file") return { kind: "file", head: await head(content) };
  if (type === "directory") return { kind: "directory" };
  if (type === "symlink") return { kind: "symlink", target: linkname };
  // A hard link names a path from the root whose entry stands before it in the same layer, or in a lower one.
  if (type === "link") return tree.nodes.get(entryPath(linkname) ?? "") ?? { kind: "symlink", target: `/${linkname}` };
  return { kind: "other" };
}

async function head(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const start = new Uint8Array(headBytes);
  let size = 0;
  for await (const chunk of content) {
    if (size >= headBytes) continue;
    const part = chunk.subarray(0, headBytes - size);
    start.set(part, size);
    size += part.length;
  }
  return start.slice(0, size);
}
