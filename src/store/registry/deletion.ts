import { Failure } from "../../failure/index.ts";
import { type Descriptor, isManifestType, type Tag } from "../../oci/index.ts";
import type { Waiting } from "../store.ts";
import { ensureUnlisted } from "./attach.ts";
import { readHeld } from "./manifests.ts";
import { ask, type RepositoryAt, waiting } from "./repository-calls.ts";

/** Deletes a tag; false where it is absent (OCI distribution-spec, "Deleting tags"). */
export async function deleteTag(at: RepositoryAt, tag: Tag, options?: Waiting): Promise<boolean> {
  return await remove(at, `manifests/${tag}`, options);
}

/** Deletes a manifest or blob; false where it is absent. */
export async function deleteContent(at: RepositoryAt, descriptor: Descriptor, options?: Waiting): Promise<boolean> {
  if (!isManifestType(descriptor.mediaType)) return await remove(at, `blobs/${descriptor.digest}`, options);
  const held = await readHeld(at, descriptor.digest, options);
  at.known.manifests.delete(descriptor.digest);
  if (held === undefined) return false;
  const removed = await remove(at, `manifests/${descriptor.digest}`, options);
  await ensureUnlisted(at, held, options);
  return removed;
}

async function remove(at: RepositoryAt, to: string, options?: Waiting): Promise<boolean> {
  try {
    return await ask(at, { method: "DELETE", to, access: "delete", accept: [202, 200, 204, 404], ...waiting(options) }, async (answer) => {
      await answer.discard();
      return answer.status !== 404;
    });
  } catch (thrown) {
    if (!(thrown instanceof Failure) || ![400, 405, 501].includes(Number(thrown.facts["status"]))) throw thrown;
    throw new Failure("REGISTRY_ERROR", `${at.name}: the registry does not delete: ${thrown.message}`, {
      hint: "Delete it with the registry's own means, or allow deleting in its configuration.",
      facts: thrown.facts,
      cause: thrown,
    });
  }
}
