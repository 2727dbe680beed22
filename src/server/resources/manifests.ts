import { type Digest, isDigest, manifestLimit, type Tag } from "../../oci/index.ts";
import { can, readBytes } from "../../store/index.ts";
import { type Answer, empty, refusal } from "../answer.ts";
import { header, type RepositoryRequest } from "../request.ts";

/** A manifest by tag or digest, as it was pushed (OCI distribution-spec, "Pulling manifests"). */
export async function getManifest(request: RepositoryRequest, reference: Tag | Digest): Promise<Answer> {
  const { store, name, signal, method } = request;
  const found = await store.resolve(reference, { signal });
  if (found === undefined) return unknownManifest(name, reference);
  const etag = `"${found.digest}"`;
  const fixed = { "docker-content-digest": found.digest, etag };
  if (header(request, "if-none-match") === etag) return { status: 304, headers: fixed };
  const headers = { ...fixed, "content-type": found.mediaType, "content-length": found.size };
  if (method === "HEAD") return { status: 200, headers };
  // Read before the answer begins, so that a damaged manifest is an error and not a cut answer.
  return { status: 200, headers, body: await readBytes(store, found, manifestLimit, { signal }) };
}

/** Removes a tag, or a manifest with all its tags (OCI distribution-spec, "Deleting tags", "Deleting Manifests"). */
export async function deleteManifest({ store, name, signal }: RepositoryRequest, reference: Tag | Digest): Promise<Answer> {
  if (!can(store, "deleting")) return refusal("UNSUPPORTED", "this registry does not delete");
  const found = await store.resolve(reference, { signal });
  if (found === undefined) return unknownManifest(name, reference);
  const gone = isDigest(reference) ? await store.delete(found, { signal }) : await store.deleteTag(reference, { signal });
  return gone ? empty(202) : unknownManifest(name, reference);
}

/** A manifest that is not there. */
export function unknownManifest(name: string, reference: string): Answer {
  return refusal("MANIFEST_UNKNOWN", `the repository ${name} has no manifest ${reference}`, { detail: { name, reference } });
}
