import { Failure } from "../failure/index.ts";
import { algorithmOf, type Descriptor, digester } from "../oci/index.ts";
import type { Reading, Source } from "./store.ts";

/**
 * Passes bytes on while it hashes them. The last chunk is held back until digest and size agree, so that whoever reads to
 * the end has read the right content, and whoever is given wrong content never sees its end.
 * @param where how messages call the place that the bytes come from
 * @throws Failure CONTENT_MISMATCH
 */
export async function* verified(chunks: AsyncIterable<Uint8Array>, descriptor: Descriptor, where: string): AsyncIterable<Uint8Array> {
  const hash = digester(algorithmOf(descriptor.digest));
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    size += chunk.length;
    if (size > descriptor.size) throw mismatch(descriptor, where, `it has more than its ${descriptor.size} bytes`);
    hash.update(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (size !== descriptor.size) throw mismatch(descriptor, where, `it ends after ${size} of its ${descriptor.size} bytes`);
  const digest = hash.digest();
  if (digest !== descriptor.digest) throw mismatch(descriptor, where, `its bytes have the digest ${digest}`);
  if (held !== undefined) yield held;
}

/**
 * The bytes of a source, verified; by the source itself where it does that.
 * @throws Failure CONTENT_MISMATCH
 */
export function verifiedSource(
  source: Source,
  descriptor: Descriptor,
  where: string,
  reading?: Pick<Reading, "recycle">,
): AsyncIterable<Uint8Array> {
  if (source.verified === descriptor.digest && source.size === descriptor.size) return source.open(0, reading);
  return verified(source.open(0, reading), descriptor, where);
}

/** Content that is not what its descriptor says. */
export function mismatch(descriptor: Descriptor, where: string, why: string): Failure {
  return new Failure("CONTENT_MISMATCH", `${where}: the content of ${descriptor.digest} is wrong: ${why}`, {
    hint: "The content is damaged or was cut off on its way. Try again; if it stays, push the image anew.",
    facts: { where, digest: descriptor.digest, size: descriptor.size },
  });
}

/** Content that is not there. */
export function notFound(where: string, digest: string): Failure {
  return new Failure("NOT_FOUND", `${where} has no content ${digest}`, {
    hint: "Look whether the reference is right and whether the image was deleted.",
    facts: { where, digest },
  });
}
