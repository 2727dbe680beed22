import type { Descriptor, Digest } from "../../oci/index.ts";

/** A manifest as a registry gave it: the bytes are what the digest says. */
export interface HeldManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** What one client has just learnt of a repository's manifests, which saves it from asking again. */
export interface Known {
  /** Manifests that it wrote, newest last. */
  readonly written: Map<Digest, HeldManifest>;
  /** Digests that the repository said it lacks. */
  readonly absent: Set<Digest>;
}

/** Manifests of an image and its platforms; an index of more is read again. */
const most = 8;
/** Larger ones are rare, and not worth the memory, in bytes. */
const largest = 64 << 10;

export function nothingKnown(): Known {
  return { written: new Map(), absent: new Set() };
}

/** Notes that the repository has taken a manifest. */
export function noteWritten({ written, absent }: Known, held: HeldManifest): void {
  absent.delete(held.descriptor.digest);
  written.delete(held.descriptor.digest);
  if (held.bytes.length > largest) return;
  written.set(held.descriptor.digest, held);
  const [oldest] = written.keys();
  if (written.size > most && oldest !== undefined) written.delete(oldest);
}
