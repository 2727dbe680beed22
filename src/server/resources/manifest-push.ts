import {
  algorithmOf,
  type Descriptor,
  type Digest,
  digestOf,
  isDigest,
  isManifestType,
  isTag,
  manifestLimit,
  parseManifest,
  type Tag,
} from "../../oci/index.ts";
import { bytesSource, can } from "../../store/index.ts";
import { type Answer, created, refusal, refusals } from "../answer.ts";
import { contentLength, header, type RepositoryRequest } from "../request.ts";
import { missingChildren } from "./children.ts";

/** The most tags that one request may set. */
const tagsLimit = 100;

/**
 * Takes a manifest by tag, or by digest with any number of `tag` parameters (OCI distribution-spec, "Pushing Manifests").
 * Nothing is written unless all tags may point at it.
 */
export async function pushManifest(request: RepositoryRequest, reference: Tag | Digest): Promise<Answer> {
  const { store, name, signal, query } = request;
  const named = isDigest(reference) ? query.getAll("tag") : [reference];
  const bad = named.find((tag) => !isTag(tag));
  if (bad !== undefined) return badTag(bad);
  if (named.length > tagsLimit) return refusal("TAG_INVALID", `one request may set ${tagsLimit} tags`, { status: 414 });
  const tags = [...new Set(named.filter(isTag))];

  const bytes = await readBody(request);
  if (bytes === undefined) return refusal("SIZE_INVALID", `a manifest may have ${manifestLimit} bytes`, { status: 413 });
  const digest = digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : "sha256");
  if (isDigest(reference) && digest !== reference) return refusal("DIGEST_INVALID", `the manifest's digest is ${digest}, not ${reference}`);
  const type = header(request, "content-type")?.split(";")[0]?.trim() ?? "";
  if (type !== "" && !isManifestType(type)) return refusal("MANIFEST_INVALID", `${type.slice(0, 200)} is no manifest's media type`);
  const manifest = parseManifest(bytes, type);
  const descriptor = { mediaType: manifest.mediaType, digest, size: bytes.length };

  const missing = await missingChildren(store, manifest, signal);
  if (missing.length > 0) return refusals(missing as [(typeof missing)[number]]);
  for (const tag of tags) {
    const holds = request.mayMove(tag) ? undefined : await store.resolve(tag, { signal });
    if (holds !== undefined && holds.digest !== digest) return occupied(name, tag);
  }
  await store.write(descriptor, bytesSource(bytes), { signal });
  const taken = await setTags(request, descriptor, tags);
  if (taken !== undefined) return occupied(name, taken);
  return created(`/v2/${name}/manifests/${digest}`, digest, {
    // The header is the promise to list it among the subject's referrers.
    ...(manifest.subject !== undefined && can(store, "referring") ? { "oci-subject": manifest.subject.digest } : {}),
    ...(isDigest(reference) && tags.length > 0 ? { "oci-tag": tags } : {}),
  });
}

/** Sets the tags in their order; gives the first that holds something else and may not move. */
async function setTags(
  { store, mayMove, signal }: RepositoryRequest,
  descriptor: Descriptor,
  tags: readonly Tag[],
): Promise<Tag | undefined> {
  for (const tag of tags) {
    const { outcome } = await store.tag(tag, descriptor, { ifAbsent: !mayMove(tag), signal });
    if (outcome === "present") return tag;
  }
  return undefined;
}

/** The body, or undefined where it is larger than a manifest may be. */
async function readBody(request: RepositoryRequest): Promise<Uint8Array | undefined> {
  if ((contentLength(request) ?? 0) > manifestLimit) return undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > manifestLimit) return undefined;
    parts.push(chunk);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** A tag that is none. */
export function badTag(text: string): Answer {
  return refusal("TAG_INVALID", `not a tag: ${text.slice(0, 200)}`);
}

/** As ECR says it; clients know the words. */
function occupied(name: string, tag: string): Answer {
  return refusal(
    "TAG_INVALID",
    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
    { detail: { name, tag } },
  );
}
