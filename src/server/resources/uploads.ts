import { type Digest, isDigest, isRepository } from "../../oci/index.ts";
import { can, type Upload } from "../../store/index.ts";
import { type Answer, empty, refusal } from "../answer.ts";
import type { RepositoryRequest } from "../request.ts";

const unsupported = (): Answer => refusal("UNSUPPORTED", "this registry takes no uploads");
/** How many repositories are looked through for a blob whose place the client does not name. */
const searchLimit = 1000;

/** Starting an upload: a session, a whole blob in one request, or a mount (OCI distribution-spec, "Pushing blobs"). */
export async function startUpload(request: RepositoryRequest): Promise<Answer> {
  const { method, query, store, name, body, signal } = request;
  if (method !== "POST") return refusal("UNSUPPORTED", `${method} is not a method of uploads`);
  if (!can(store, "uploading")) return unsupported();
  const mount = query.get("mount");
  if (mount !== null) {
    if (!isDigest(mount)) return refusal("DIGEST_INVALID", `not a digest: ${mount.slice(0, 200)}`);
    if (await mounted(request, mount, query.get("from"))) return created(name, mount);
  }
  const digest = query.get("digest");
  if (digest !== null && !isDigest(digest)) return refusal("DIGEST_INVALID", `not a digest: ${digest.slice(0, 200)}`);
  const upload = await store.startUpload({ signal });
  if (digest === null) return accepted(name, upload.id, 0);
  return await finish(name, upload, digest, body, signal);
}

/** A session: more bytes, its state, its end (OCI distribution-spec, "Pushing a blob in chunks"). */
export async function upload(request: RepositoryRequest, id: string): Promise<Answer> {
  const { method, query, store, name, headers, body, signal } = request;
  if (!can(store, "uploading")) return unsupported();
  const session = await store.upload(id, { signal });
  if (session === undefined) return refusal("BLOB_UPLOAD_UNKNOWN", `there is no upload ${id.slice(0, 100)}`);
  const size = await session.size();
  switch (method) {
    case "GET":
    case "HEAD":
      return { ...accepted(name, id, size), status: 204 };
    case "DELETE":
      await session.cancel();
      return empty(204);
    case "PATCH":
      if (!follows(headers, size)) return outOfOrder(name, id, size);
      return accepted(name, id, await session.append(body, { signal }));
    case "PUT": {
      const digest = query.get("digest");
      if (digest === null || !isDigest(digest)) return refusal("DIGEST_INVALID", `not a digest: ${digest?.slice(0, 200) ?? ""}`);
      if (!follows(headers, size)) return outOfOrder(name, id, size);
      return await finish(name, session, digest, body, signal);
    }
    default:
      return refusal("UNSUPPORTED", `${method} is not a method of an upload`);
  }
}

async function finish(
  name: string,
  session: Upload,
  digest: Digest,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<Answer> {
  await session.append(body, { signal });
  await session.commit(digest, { signal });
  return created(name, digest);
}

/** Takes a blob over from another repository; from any that has it, where none is named ("Mounting a blob from another repository"). */
async function mounted({ store, repositories, name, signal }: RepositoryRequest, digest: Digest, from: string | null): Promise<boolean> {
  if (!can(store, "mounting")) return false;
  const names = from === null ? repositories.list({ signal }) : isRepository(from) ? [from] : [];
  let looked = 0;
  for await (const other of names) {
    looked += 1;
    if (looked > searchLimit) return false;
    const source = repositories.open(other);
    const found = can(source, "locating") ? await source.locate(digest, { signal }) : undefined;
    if (found !== undefined && (other === name || (await store.mount(found, source, { signal })))) return true;
  }
  return false;
}

/** Whether a chunk begins where the session ends; one without a Content-Range does. */
function follows(headers: RepositoryRequest["headers"], size: number): boolean {
  const range = headers["content-range"];
  if (range === undefined) return true;
  const match = /^(?:bytes )?(\d+)-(\d+)(?:\/(?:\d+|\*))?$/.exec(range);
  if (match === null || Number(match[1]) !== size) return false;
  const length = headers["content-length"];
  return length === undefined || Number(length) === 0 || Number(length) === Number(match[2]) - Number(match[1]) + 1;
}

function created(name: string, digest: Digest): Answer {
  return empty(201, { location: `/v2/${name}/blobs/${digest}`, "docker-content-digest": digest });
}

function session(name: string, id: string, size: number) {
  return { location: `/v2/${name}/blobs/uploads/${id}`, range: `0-${Math.max(0, size - 1)}`, "docker-upload-uuid": id };
}

function accepted(name: string, id: string, size: number): Answer {
  return empty(202, session(name, id, size));
}

function outOfOrder(name: string, id: string, size: number): Answer {
  return refusal("BLOB_UPLOAD_INVALID", `the upload has ${size} bytes, and the next chunk must begin there`, {
    headers: session(name, id, size),
  });
}
