/** What one path of an image is. */
export type Node =
  | { readonly kind: "file"; readonly head: Uint8Array }
  | { readonly kind: "directory" }
  | { readonly kind: "symlink"; readonly target: string }
  /** Something that is no program: a device, a pipe. */
  | { readonly kind: "other" }
  /** Removed by a whiteout (image-spec, "Whiteouts"). */
  | { readonly kind: "removed" };

/** The files of an image, filled from its top layer downwards: what an upper layer says of a path stands. */
export interface Tree {
  readonly nodes: Map<string, Node>;
  /** Directories whose lower content an upper layer hides. */
  readonly opaque: Set<string>;
}

/** Where a path leads: a file, nowhere, or it can't be told before lower layers were read. */
export type Found =
  | { readonly kind: "file"; readonly path: string; readonly head: Uint8Array }
  | { readonly kind: "missing" }
  | { readonly kind: "unknown" };

/** How many symbolic links are followed, as Linux does. */
const linkLimit = 40;

/** A tree that knows nothing yet. */
export function emptyTree(): Tree {
  return { nodes: new Map(), opaque: new Set() };
}

/**
 * Follows a path through the tree, symbolic links and all.
 * @param path absolute
 * @param complete whether all layers have been read
 */
export function follow(tree: Tree, path: string, complete: boolean): Found {
  const absent: Found = complete ? { kind: "missing" } : { kind: "unknown" };
  let links = 0;
  let rest = path.split("/");
  let at: string[] = [];
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      at = at.slice(0, -1);
      continue;
    }
    const here = [...at, part].join("/");
    const node = tree.nodes.get(here);
    if (node === undefined) {
      if (hidden(tree, here)) return { kind: "missing" };
      // A directory may stand in a lower layer only, while what is in it is known from an upper one.
      if (rest.some((one) => one !== "")) {
        at.push(part);
        if (!complete && !anyBelow(tree, here)) return absent;
        continue;
      }
      return absent;
    }
    if (node.kind === "symlink") {
      links += 1;
      if (links > linkLimit) return { kind: "missing" };
      if (node.target.startsWith("/")) at = [];
      rest = [...node.target.split("/"), ...rest];
    } else if (node.kind === "directory") at.push(part);
    else if (node.kind === "file")
      return rest.some((one) => one !== "") ? { kind: "missing" } : { kind: "file", path: `/${here}`, head: node.head };
    else return { kind: "missing" };
  }
  return { kind: "missing" };
}

/** Marks a path as removed: what lower layers have of it is gone, what was put back stays. */
export function remove(tree: Tree, path: string): void {
  tree.opaque.add(path);
  if (!tree.nodes.has(path) && !anyBelow(tree, path)) tree.nodes.set(path, { kind: "removed" });
}

/** Whether an upper layer hides what lower layers have of a path. */
export function hidden(tree: Tree, path: string): boolean {
  for (let end = path.lastIndexOf("/"); end !== -1; end = path.lastIndexOf("/", end - 1)) {
    const parent = path.slice(0, end);
    if (tree.opaque.has(parent) || tree.nodes.get(parent)?.kind === "removed") return true;
    if (end === 0) break;
  }
  return tree.opaque.has("");
}

function anyBelow(tree: Tree, path: string): boolean {
  const prefix = `${path}/`;
  for (const name of tree.nodes.keys()) if (name.startsWith(prefix)) return true;
  return false;
}
