import { Failure } from "../../failure/index.ts";
import { bareDescriptor, type Descriptor, type Digest, isManifestType, manifestLimit } from "../../oci/index.ts";
import { type CatalogEntry, catalogEntry } from "../catalog.ts";
import { readBytes } from "../read.ts";
import type { Store, Waiting } from "../store.ts";

/** What the manifests of a layout say of themselves; each is read once, because content does not change. */
export interface Graph {
  /** All manifests that entries of index.json reach, through indexes as well: an artifact may be in an index only. */
  reach(entries: readonly Descriptor[], waiting?: Waiting): Promise<Map<Digest, CatalogEntry>>;
  /** One manifest; undefined where it is not there or damaged. */
  entry(descriptor: Descriptor, waiting?: Waiting): Promise<CatalogEntry | undefined>;
  forget(digest: Digest): void;
}

/** The graph of one layout. */
export function graphOf(store: () => Store): Graph {
  const known = new Map<Digest, CatalogEntry>();

  const entry = async (descriptor: Descriptor, waiting?: Waiting): Promise<CatalogEntry | undefined> => {
    const before = known.get(descriptor.digest);
    if (before !== undefined) return (await store().has(before.descriptor)) ? before : undefined;
    try {
      const read = catalogEntry(descriptor, await readBytes(store(), bareDescriptor(descriptor), manifestLimit, waiting));
      known.set(descriptor.digest, read);
      return read;
    } catch (thrown) {
      // One damaged manifest must not hide the others.
      if (thrown instanceof Failure && !waiting?.signal?.aborted) return undefined;
      throw thrown;
    }
  };

  return {
    entry,
    forget: (digest) => void known.delete(digest),
    async reach(entries, waiting) {
      const found = new Map<Digest, CatalogEntry>();
      const seen = new Set<Digest>();
      const left = [...entries];
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        if (seen.has(next.digest) || !isManifestType(next.mediaType)) continue;
        seen.add(next.digest);
        const read = await entry(next, waiting);
        if (read === undefined) continue;
        found.set(next.digest, read);
        left.push(...read.children);
      }
      return found;
    },
  };
}
