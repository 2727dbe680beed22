import { createHash } from "node:crypto";
import { Failure } from "../failure/index.ts";

declare const digestBrand: unique symbol;

/** `algorithm:encoded`, as the OCI image-spec's descriptor section has it; made by {@link parseDigest} only. */
export type Digest = string & { readonly [digestBrand]: true };

/** The registered algorithms (OCI image-spec, "Registered algorithms"). */
export type DigestAlgorithm = "sha256" | "sha512";

const encodedLength: Readonly<Record<DigestAlgorithm, number>> = { sha256: 64, sha512: 128 };
const registered = /^(sha256|sha512):([0-9a-f]+)$/;

/** Whether the text is a digest of a registered algorithm. */
export function isDigest(text: string): text is Digest {
  const match = registered.exec(text);
  return match !== null && match[2]?.length === encodedLength[match[1] as DigestAlgorithm];
}

/**
 * Parses a digest of a registered algorithm.
 * @throws Failure DIGEST_INVALID
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Failure("DIGEST_INVALID", `not a digest: "${text.slice(0, 200)}"`, {
    hint: "A digest is sha256: and 64, or sha512: and 128, lower-case hexadecimal digits.",
  });
}

/** The algorithm part of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

/** The encoded (hexadecimal) part of a digest. */
export function encodedOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** The digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array | string, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}` as Digest;
}

/** A digest that grows with the bytes it is given. */
export interface Digester {
  update(bytes: Uint8Array): void;
  /** Ends the digester and gives the digest of all bytes so far. */
  digest(): Digest;
}

/** Starts a digest over a stream of bytes. */
export function digester(algorithm: DigestAlgorithm = "sha256"): Digester {
  const hash = createHash(algorithm);
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => `${algorithm}:${hash.digest("hex")}` as Digest,
  };
}
