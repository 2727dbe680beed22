import { Failure } from "../../failure/index.ts";
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  digestOf,
  isDigest,
  isManifestType,
  manifestAccept,
  manifestLimit,
  parseManifest,
  type Tag,
} from "../../oci/index.ts";
import type { HeldManifest, Waiting } from "../store.ts";
import { mismatch, notFound } from "../verify.ts";
import { readBody, typeOf } from "./body.ts";
import { noteHeld } from "./known.ts";
import { ask, type RepositoryAt, waiting } from "./repository-calls.ts";
import type { WireAnswer } from "./transport.ts";
import { protocolFailure } from "./wire-failure.ts";

/**
 * The descriptor that a tag or digest names, or undefined. One HEAD where its headers say all; else the manifest is read.
 * @throws Failure REGISTRY_PROTOCOL, CONTENT_MISMATCH and what the registry's answers are
 */
export async function resolveManifest(at: RepositoryAt, reference: Tag | Digest, options?: Waiting): Promise<Descriptor | undefined> {
  const found = await ask(
    at,
    {
      method: "HEAD",
      to: `manifests/${reference}`,
      headers: { accept: manifestAccept },
      access: "pull",
      accept: [200, 404, 405],
      ...waiting(options),
    },
    async (answer) => {
      await answer.discard();
      if (answer.status === 404) return "absent";
      return answer.status === 200 ? await described(answer) : undefined;
    },
  );
  if (found === "absent") return undefined;
  if (found === undefined) return (await readHeld(at, reference, options))?.descriptor;
  if (isDigest(reference) && found.digest !== reference) {
    throw mismatch({ ...found, digest: reference }, at.name, `the registry answers with ${found.digest}`);
  }
  return found;
}

/** What the headers of a manifest's answer say, where they say all of it. */
async function described(answer: WireAnswer): Promise<Descriptor | undefined> {
  const mediaType = typeOf(answer);
  await refusePage(answer, mediaType);
  const digest = answer.headers["docker-content-digest"];
  const size = Number(answer.headers["content-length"] ?? Number.NaN);
  if (digest === undefined || !isManifestType(mediaType) || !(size > 0)) return undefined;
  if (!isDigest(digest)) throw protocolFailure(answer, "the digest in the answer's header is none");
  return { mediaType, digest, size };
}

/**
 * A manifest with its bytes, or undefined where there is none.
 * @throws Failure REGISTRY_PROTOCOL, CONTENT_MISMATCH and what the registry's answers are
 */
export async function readHeld(at: RepositoryAt, reference: Tag | Digest, options?: Waiting): Promise<HeldManifest | undefined> {
  return await ask(
    at,
    {
      method: "GET",
      to: `manifests/${reference}`,
      headers: { accept: manifestAccept, "accept-encoding": "identity" },
      access: "pull",
      accept: [200, 404],
      ...waiting(options),
    },
    async (answer) => {
      if (answer.status === 404) {
        await answer.discard();
        return undefined;
      }
      const type = typeOf(answer);
      await refusePage(answer, type);
      const bytes = await readBody(answer, manifestLimit);
      const held = { descriptor: descriptorOf(at, reference, answer, bytes), bytes };
      noteHeld(at.known, held);
      return held;
    },
  );
}

function descriptorOf(at: RepositoryAt, reference: Tag | Digest, answer: WireAnswer, bytes: Uint8Array): Descriptor {
  const stated = answer.headers["docker-content-digest"];
  const wanted = isDigest(reference) ? reference : stated !== undefined && isDigest(stated) ? stated : undefined;
  const digest = digestOf(bytes, wanted === undefined ? "sha256" : algorithmOf(wanted));
  const mediaType = manifestType(answer, bytes);
  if (wanted !== undefined && wanted !== digest) {
    throw mismatch({ mediaType, digest: wanted, size: bytes.length }, at.name, `its bytes have the digest ${digest}`);
  }
  return { mediaType, digest, size: bytes.length };
}

/** The type in the header, or, where a registry says only that it is JSON, the one that the manifest names itself. */
function manifestType(answer: WireAnswer, bytes: Uint8Array): string {
  const type = typeOf(answer);
  if (isManifestType(type)) return type;
  const vague = ["", "application/json", "application/octet-stream", "text/plain"];
  if (!vague.includes(type)) throw protocolFailure(answer, `the answer is ${type}, which is no type of manifest that waybill knows`);
  try {
    return parseManifest(bytes).mediaType;
  } catch (thrown) {
    throw thrown instanceof Failure ? protocolFailure(answer, thrown.message) : thrown;
  }
}

async function refusePage(answer: WireAnswer, type: string): Promise<void> {
  if (type !== "text/html") return;
  await answer.discard();
  throw protocolFailure(answer, "the answer is a page of HTML and no manifest");
}

/**
 * The bytes of a manifest whose descriptor is known, to be verified by the caller.
 * @throws Failure NOT_FOUND, CONTENT_MISMATCH and what the registry's answers are
 */
export async function manifestBytes(at: RepositoryAt, descriptor: Descriptor, options?: Waiting): Promise<Uint8Array> {
  const held = await readHeld(at, descriptor.digest, options);
  if (held === undefined) throw notFound(at.name, descriptor.digest);
  return held.bytes;
}

/**
 * Puts a manifest under a tag or its digest.
 * @returns the subject that the registry says it has noted (OCI-Subject), if any
 * @throws Failure CONTENT_MISMATCH and what the registry's answers are
 */
export async function putManifest(
  at: RepositoryAt,
  reference: Tag | Digest,
  held: HeldManifest,
  options?: Waiting,
): Promise<string | undefined> {
  const { descriptor, bytes } = held;
  return await ask(
    at,
    {
      method: "PUT",
      to: `manifests/${reference}`,
      headers: { "content-type": descriptor.mediaType },
      body: {
        size: bytes.length,
        open: async function* () {
          yield bytes;
        },
      },
      access: "push",
      accept: [201, 200, 202],
      ...waiting(options),
    },
    async (answer) => {
      await answer.discard();
      const stored = answer.headers["docker-content-digest"];
      if (stored !== undefined && stored.length === descriptor.digest.length && stored !== descriptor.digest) {
        throw mismatch(descriptor, at.name, "the registry stored it under another digest");
      }
      return answer.headers["oci-subject"];
    },
  );
}
