import { Failure } from "../../failure/index.ts";
import type { Descriptor, Tag } from "../../oci/index.ts";
import type { Tagged, TagOptions } from "../store.ts";
import { notFound } from "../verify.ts";
import { putManifest, readHeld, resolveManifest } from "./manifests.ts";
import type { RepositoryAt } from "./repository-calls.ts";

/** Statuses by which registries refuse to move a tag; 403 counts only where the words say so. */
const refusals: readonly unknown[] = [400, 405, 409, 412];
/** Codes that say that the manifest is at fault and not the tag. */
const manifestAtFault: readonly unknown[] = [
  "MANIFEST_INVALID",
  "MANIFEST_BLOB_UNKNOWN",
  "MANIFEST_UNKNOWN",
  "MANIFEST_UNVERIFIED",
  "SIZE_INVALID",
  "DIGEST_INVALID",
  "NAME_INVALID",
];

/**
 * Points a tag at a manifest of the repository, as Store.tag has it. The wording of a refusal says little and changes, so after one the
 * tag is read again: it decides.
 * @throws Failure NOT_FOUND, TAG_IMMUTABLE and what the registry's answers are
 */
export async function tagManifest(at: RepositoryAt, tag: Tag, descriptor: Descriptor, options?: TagOptions): Promise<Tagged> {
  const holds = await resolveManifest(at, tag, options);
  if (holds?.digest === descriptor.digest) return { outcome: "kept" };
  if (holds !== undefined && options?.ifAbsent) return { outcome: "present", holds };
  const held = at.known.manifests.get(descriptor.digest) ?? (await readHeld(at, descriptor.digest, options));
  if (held === undefined) throw notFound(at.name, descriptor.digest);
  try {
    await putManifest(at, tag, held, options);
    return { outcome: holds === undefined ? "created" : "moved" };
  } catch (thrown) {
    if (!mayBeImmutable(thrown)) throw thrown;
    const now = await resolveManifest(at, tag, options);
    if (now === undefined) throw thrown;
    if (now.digest === descriptor.digest) return { outcome: "kept" };
    if (options?.ifAbsent) return { outcome: "present", holds: now };
    throw new Failure(
      "TAG_IMMUTABLE",
      `${at.name}:${tag} holds ${now.digest} and the registry does not let it be moved: ${thrown.message}`,
      {
        hint: "Leave the tag, or have this tag excluded from the repository's immutability.",
        facts: { ...thrown.facts, tag, holds: now.digest },
        cause: thrown,
      },
    );
  }
}

/** Whether a registry's refusal of a write may be for a tag that must not move. */
export function mayBeImmutable(thrown: unknown): thrown is Failure {
  if (!(thrown instanceof Failure)) return false;
  const { status, registryCode } = thrown.facts;
  if (manifestAtFault.includes(registryCode)) return false;
  return refusals.includes(status) || (status === 403 && /immutab/i.test(thrown.message));
}
