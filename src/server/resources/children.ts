import { childrenOf, type Descriptor, isManifestType, isNondistributable, type Manifest } from "../../oci/index.ts";
import { can, type Store } from "../../store/index.ts";
import type { AnswerError } from "../answer.ts";

/** Look-ups at once, and the most missing ones that an answer names. */
const width = 32;
const told = 20;

/**
 * What a manifest points to and the repository lacks. As ECR and distribution have it, an index must not be sparse: all its
 * manifests are there before it. A subject need not be there, nor a layer that is not distributed or is at an address of its own.
 */
export async function missingChildren(store: Store, manifest: Manifest, signal: AbortSignal): Promise<readonly AnswerError[]> {
  const needed = childrenOf(manifest).filter((child) => !isNondistributable(child.mediaType) && !child.urls?.length);
  const children = [...new Map(needed.map((child) => [child.digest, child])).values()];
  const errors: AnswerError[] = [];
  for (let at = 0; at < children.length && errors.length < told; at += width) {
    const some = children.slice(at, at + width);
    const sizes = await Promise.all(some.map((child) => sizeOf(store, child, signal)));
    for (const [index, child] of some.entries()) {
      const size = sizes[index];
      const detail = { digest: child.digest, size: child.size };
      if (size === undefined) errors.push({ code: "MANIFEST_BLOB_UNKNOWN", message: `the repository lacks ${child.digest}`, detail });
      else if (size !== child.size) {
        errors.push({ code: "SIZE_INVALID", message: `${child.digest} has ${size} bytes, not ${child.size}`, detail });
      }
    }
  }
  return errors.slice(0, told);
}

async function sizeOf(store: Store, child: Descriptor, signal: AbortSignal): Promise<number | undefined> {
  if (isManifestType(child.mediaType)) return (await store.resolve(child.digest, { signal }))?.size;
  if (can(store, "locating")) return (await store.locate(child.digest, { signal }))?.size;
  return (await store.has(child, { signal })) ? child.size : undefined;
}
