import { posix } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";
import type { Attributes, TarHeader } from "../../tar/index.ts";
import { attributesOf } from "./entry-node.ts";
import { type Node, type RootFs, resolvePath } from "./rootfs.ts";

/** The hard links of a layer that is laid over others. */
export interface LayerLinks {
  /**
   * What a hard link leads to, from now on with the link's path among its names.
   * @throws Failure IMAGE_INVALID where that is no file
   */
  to(path: string, header: TarHeader): Node;
  /** Gives each file that was linked to what the last of its links says of it, when all entries of the layer are there. */
  settle(): void;
}

/** Steps on the way to where the links of a layer lead, a long one counting more: no image needs a hundredth of that. */
const mostSteps = 100_000_000;

/** A file that was linked to in the layer. */
interface Linked {
  readonly names: string[];
  /** What the last of its links says of it: it speaks for all names, because who unpacks it changes the one file. */
  said: Attributes;
}

/**
 * Begins with the links of a layer.
 * @param fs what it is laid over, and what of it is there so far
 * @param layer how messages call it
 */
export function layerLinks(fs: RootFs, layer: string): LayerLinks {
  const links = new Map<Node, Linked>();
  const left = { steps: mostSteps };
  return {
    to(path, header) {
      const target = resolvePath(fs, linkedPath(header), false, left);
      const found = target === undefined ? undefined : linkedFile(fs, path, target);
      if (target === undefined || found === undefined)
        throw broken(layer, header, left.steps < 0 ? "which is too far around" : "which is no file that stands before it");
      const said = attributesOf(header);
      const known = links.get(found);
      if (known !== undefined) {
        known.names.push(path);
        known.said = said;
        return found;
      }
      // A file of a lower layer is brought into this one by itself; its other names there stay what they are.
      const node: Node = { ...found, linked: true };
      fs.set(target, node);
      links.set(node, { names: [target, path], said });
      return node;
    },
    settle() {
      for (const [node, { names, said }] of links) {
        const { mode } = node.kind === "symlink" ? node : said;
        const { uid, gid, capability } = said;
        const last: Node = { ...node, mode, uid, gid, capability };
        for (const name of names) if (fs.get(name) === node) fs.set(name, last);
      }
    },
  };
}

/** The path that a hard link names. Dots are taken out before links are followed, as by Go's filepath.Join in BuildKit's unpacker. */
export function linkedPath({ linkname }: TarHeader): string {
  return posix.normalize(`/${linkname}`);
}

/** The file at the target of a hard link, once what stands at the link's own path is gone; undefined where there is none. */
export function linkedFile(fs: Pick<RootFs, "get">, path: string, target: string): Exclude<Node, { kind: "directory" }> | undefined {
  const found = target === path || target.startsWith(`${path}/`) ? undefined : fs.get(target);
  return found?.kind === "directory" ? undefined : found;
}

function broken(layer: string, { name, linkname }: TarHeader, why: string): Failure {
  const [from, to] = [name, linkname].map((text) => JSON.stringify(quoteForeign(text, 200)));
  return new Failure("IMAGE_INVALID", `${layer} holds ${from}, a hard link to ${to}, ${why}`, {
    hint: "No program unpacks such an image: build it anew, or build upon another one.",
  });
}
