import {
  algorithmOf,
  childrenOf,
  type Descriptor,
  type Digest,
  digestOf,
  isDigest,
  isNondistributable,
  isTag,
  type Manifest,
  manifestLimit,
  parseManifest,
  type Tag,
} from "../../oci/index.ts";
import { bytesSource, can } from "../../store/index.ts";
import { type Answer, empty, refusal } from "../answer.ts";
import { mayMove } from "../immutability.ts";
import type { RepositoryRequest } from "../request.ts";

/** Manifests, by tag or digest (OCI distribution-spec, "Pulling manifests", "Pushing Manifests", "Deleting Manifests", "Deleting tags"). */
export async function manifests(request: RepositoryRequest, reference: string): Promise<Answer> {
  if (!isDigest(reference) && reference.includes(":")) return refusal("DIGEST_INVALID", `not a digest: ${reference.slice(0, 200)}`);
  if (!isDigest(reference) && !isTag(reference)) return refusal("TAG_INVALID", `not a tag: ${reference.slice(0, 200)}`);
  switch (request.method) {
    case "GET":
    case "HEAD":
      return await get(request, reference);
    case "PUT":
      return await put(request, reference);
    case "DELETE":
      return await remove(request, reference);
    default:
      return refusal("UNSUPPORTED", `${request.method} is not a method of manifests`);
  }
}

async function get({ store, name, signal }: RepositoryRequest, reference: Tag | Digest): Promise<Answer> {
  const found = await store.resolve(reference, { signal });
  if (found === undefined) return unknown(name, reference);
  return {
    status: 200,
    headers: {
      "content-type": found.mediaType,
      "content-length": found.size,
      "docker-content-digest": found.digest,
      etag: `"${found.digest}"`,
    },
    body: store.read(found, { signal }),
  };
}

async function put(request: RepositoryRequest, reference: Tag | Digest): Promise<Answer> {
  const { store, name, signal, headers } = request;
  const bytes = await body(request);
  if (bytes === undefined) return refusal("SIZE_INVALID", `a manifest may have ${manifestLimit} bytes`, { status: 413 });
  const mediaType = (headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  const digest = digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : "sha256");
  if (isDigest(reference) && digest !== reference) return refusal("DIGEST_INVALID", `the manifest's digest is ${digest}, not ${reference}`);
  const manifest = parseManifest(bytes, mediaType);
  const missing = await firstMissing(request, manifest);
  if (missing !== undefined)
    return refusal("MANIFEST_BLOB_UNKNOWN", `the repository ${name} lacks ${missing.digest}`, { detail: { digest: missing.digest } });
  const descriptor = { mediaType: manifest.mediaType, digest, size: bytes.length };
  if (!isDigest(reference)) {
    const holds = await store.resolve(reference, { signal });
    if (holds !== undefined && holds.digest !== digest && !mayMove(reference, request.immutability)) return occupied(name, reference);
  }
  await store.write(descriptor, bytesSource(bytes), { signal });
  if (!isDigest(reference)) {
    const ifAbsent = !mayMove(reference, request.immutability);
    const tagged = await store.tag(reference, descriptor, { ifAbsent, signal });
    if (tagged.outcome === "present") return occupied(name, reference);
  }
  return empty(201, {
    location: `/v2/${name}/manifests/${digest}`,
    "docker-content-digest": digest,
    ...(manifest.subject === undefined ? {} : { "oci-subject": manifest.subject.digest }),
  });
}

/** What a manifest points to must be there; its subject need not, and layers with addresses of their own need not. */
async function firstMissing({ store, signal }: RepositoryRequest, manifest: Manifest): Promise<Descriptor | undefined> {
  const needed = childrenOf(manifest).filter((child) => !isNondistributable(child.mediaType) && !child.urls?.length);
  const there = await Promise.all(needed.map((child) => store.has(child, { signal })));
  return needed.find((_, index) => !there[index]);
}

async function remove({ store, name, signal }: RepositoryRequest, reference: Tag | Digest): Promise<Answer> {
  if (!can(store, "deleting")) return refusal("UNSUPPORTED", "this registry does not delete");
  const found = await store.resolve(reference, { signal });
  if (found === undefined) return unknown(name, reference);
  const gone = isDigest(reference) ? await store.delete(found, { signal }) : await store.deleteTag(reference, { signal });
  return gone ? empty(202) : unknown(name, reference);
}

/** The body, or undefined where it is larger than a manifest may be. */
async function body({ body: chunks, headers }: RepositoryRequest): Promise<Uint8Array | undefined> {
  if (Number(headers["content-length"] ?? 0) > manifestLimit) return undefined;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > manifestLimit) return undefined;
    parts.push(chunk);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function unknown(name: string, reference: string): Answer {
  return refusal("MANIFEST_UNKNOWN", `the repository ${name} has no manifest ${reference}`, { detail: { name, reference } });
}

/** As ECR says it; clients know the words. */
function occupied(name: string, tag: string): Answer {
  return refusal(
    "TAG_INVALID",
    `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the tag is immutable.`,
  );
}
