import { type Descriptor, type Digest, manifestLimit, mediaTypes } from "../../oci/index.ts";
import { can } from "../../store/index.ts";
import { type Answer, json, refusal } from "../answer.ts";
import { nextLink } from "../paging.ts";
import type { RepositoryRequest } from "../request.ts";

/** Most bytes of descriptors in one answer: it is an index, and clients bound what they read of one. */
const pageBytes = manifestLimit / 2;

/** What refers to a manifest, whether that is there or not (OCI distribution-spec, "Listing Referrers"). */
export async function listReferrers({ store, name, query, signal }: RepositoryRequest, subject: Digest): Promise<Answer> {
  if (!can(store, "referring")) return refusal("UNSUPPORTED", "this registry lists no referrers", { status: 404 });
  const artifactType = query.get("artifactType") || undefined;
  const all = await store.referrers(subject, { artifactType, signal });
  const after = query.get("last") ?? "";
  const rest = after === "" ? all : all.filter(({ digest }) => digest > after);
  const manifests = firstPage(rest);
  const last = manifests.at(-1)?.digest;
  const more = manifests.length < rest.length && last !== undefined;
  const next = { ...(artifactType === undefined ? {} : { artifactType }), last: last ?? "" };
  return json(
    200,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    {
      "content-type": mediaTypes.ociIndex,
      ...(artifactType === undefined ? {} : { "oci-filters-applied": "artifactType" }),
      ...(more ? { link: nextLink(`/v2/${name}/referrers/${subject}`, next) } : {}),
    },
  );
}

/** As many as fit, and one in any case. */
function firstPage(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  let bytes = 0;
  const end = descriptors.findIndex((descriptor, at) => {
    bytes += Buffer.byteLength(JSON.stringify(descriptor)) + 1;
    return at > 0 && bytes > pageBytes;
  });
  return end === -1 ? descriptors : descriptors.slice(0, end);
}
