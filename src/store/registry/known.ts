import type { Digest } from "../../oci/index.ts";
import type { HeldManifest } from "../store.ts";

/** What one client has just learnt of a repository's manifests, which saves it from asking again. */
export interface Known {
  /** Manifests that it wrote or read, newest last. */
  readonly manifests: Map<Digest, HeldManifest>;
  /** Digests that the repository said it lacks. */
  readonly absent: Set<Digest>;
  /** Whether the registry was found to have no API for referrers: their path is none that it knows. */
  lacksReferrers: boolean;
}

/** Manifests of an image and its platforms, and of the one before it; an index of more is read again. */
const most = 16;
/** Larger ones are rare, and not worth the memory, in bytes. */
const largest = 64 << 10;

export function nothingKnown(): Known {
  return { manifests: new Map(), absent: new Set(), lacksReferrers: false };
}

/** Notes that the repository has a manifest: it took it, or gave it. */
export function noteHeld({ manifests, absent }: Known, held: HeldManifest): void {
  absent.delete(held.descriptor.digest);
  manifests.delete(held.descriptor.digest);
  if (held.bytes.length > largest) return;
  manifests.set(held.descriptor.digest, held);
  const [oldest] = manifests.keys();
  if (manifests.size > most && oldest !== undefined) manifests.delete(oldest);
}
