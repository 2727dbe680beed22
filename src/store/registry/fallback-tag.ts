import { Failure } from "../../failure/index.ts";
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  digestOf,
  encodedOf,
  encodeManifest,
  mediaTypes,
  parseManifest,
  parseTag,
  type Tag,
} from "../../oci/index.ts";
import type { Waiting } from "../store.ts";
import { putManifest, readHeld } from "./manifests.ts";
import type { RepositoryAt } from "./repository-calls.ts";
import { pause } from "./retry.ts";
import { mayBeImmutable } from "./tagging.ts";

/** How often the list is written until it holds what was written. */
const mostRounds = 5;
/**
 * Whoever read the list before it was written here writes as long after reading it as it takes here, more or less: so many times as
 * long is waited, and at least so many milliseconds, before the list is read again. Of five processes that wrote at once on two busy
 * cores, none of 370 entries was lost so; with once as long and no least time one in 70 was.
 */
const settleTimes = 2;
const settleLeastMs = 10;

/** The tag that lists a manifest's referrers where the registry does not (OCI distribution-spec, "Referrers Tag Schema"). */
function fallbackTag(subject: Digest): Tag {
  return parseTag(`${algorithmOf(subject)}-${encodedOf(subject).slice(0, 64)}`);
}

/** What a fallback tag holds. */
interface Fallback {
  readonly referrers: readonly Descriptor[];
  /** Whether the registry answers with the subject itself, because it takes `sha256-…` for `sha256:…` (oras-project/oras-go#1396). */
  readonly echoed: boolean;
}

/** Reads the list at the fallback tag; what is no index there, or the subject itself, lists nothing. */
export async function readFallback(at: RepositoryAt, subject: Digest, options?: Waiting): Promise<Fallback> {
  const held = await readHeld(at, fallbackTag(subject), options);
  const echoed = held?.descriptor.digest === subject;
  if (held === undefined || echoed) return { referrers: [], echoed };
  const manifest = parseManifest(held.bytes, held.descriptor.mediaType);
  return { referrers: manifest.kind === "index" ? manifest.manifests : [], echoed };
}

/** Lists of one process are changed one after the other; those of others are caught by reading again. */
const changing = new Map<string, Promise<void>>();

/**
 * Changes the list at a fallback tag: read, changed, written and read again until it is as wanted. Where the repository does
 * not let the tag be moved, a warning says so, and that is all: the content itself is there.
 * @param change gives the list as it should be, or undefined where it is so already
 */
export async function changeFallback(
  at: RepositoryAt,
  subject: Digest,
  change: (referrers: readonly Descriptor[]) => readonly Descriptor[] | undefined,
  options?: Waiting,
): Promise<void> {
  const key = `${at.name}@${subject}`;
  const before = changing.get(key) ?? Promise.resolve();
  const mine = before.catch(() => {}).then(() => rounds(at, subject, change, options));
  changing.set(key, mine);
  try {
    await mine;
  } finally {
    if (changing.get(key) === mine) changing.delete(key);
  }
}

async function rounds(
  at: RepositoryAt,
  subject: Digest,
  change: (referrers: readonly Descriptor[]) => readonly Descriptor[] | undefined,
  options?: Waiting,
): Promise<void> {
  const tag = fallbackTag(subject);
  const unlisted = (why: string): void =>
    at.registry.emit({
      kind: "message",
      level: "warning",
      text: `${at.name}: the list of what refers to ${subject} could not be changed, because ${why}`,
      hint: "What was attached is there by its digest. To have it listed, exclude tags that begin with sha256- from immutability.",
    });
  for (let round = 0; round < mostRounds; round++) {
    // Two writers that met once should not meet again.
    if (round > 1) await pause(Math.ceil(Math.random() * 100 * 2 ** round), options?.signal);
    const began = performance.now();
    const { referrers, echoed } = await readFallback(at, subject, options);
    const wanted = change(referrers);
    if (wanted === undefined) return;
    if (echoed) return unlisted(`the registry takes ${tag} for the image itself`);
    const bytes = encodeManifest({ kind: "index", mediaType: mediaTypes.ociIndex, manifests: wanted });
    const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length };
    try {
      await putManifest(at, tag, { descriptor, bytes }, options);
    } catch (thrown) {
      if (!mayBeImmutable(thrown)) throw thrown;
      return unlisted(`the registry refuses to move ${tag}: ${thrown.message}`);
    }
    await pause(Math.max(settleLeastMs, settleTimes * (performance.now() - began)), options?.signal);
  }
  const missing = change((await readFallback(at, subject, options)).referrers) !== undefined;
  if (!missing) return;
  throw new Failure("REGISTRY_ERROR", `${at.name}:${tag} was written ${mostRounds} times and overwritten by another each time`, {
    hint: "Let one run at a time attach to this image, and run the same command again.",
    facts: { subject, tag },
  });
}
