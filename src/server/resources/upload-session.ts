import { isDigest } from "../../oci/index.ts";
import { can, type Upload } from "../../store/index.ts";
import { type Answer, badDigest, created, empty, refusal } from "../answer.ts";
import { parseContentRange } from "../range.ts";
import { contentLength, header, type RepositoryRequest } from "../request.ts";
import { until } from "../sessions.ts";

/** Where an upload is and how far it has come (OCI distribution-spec, "Pushing a blob in chunks"). */
export function sessionAnswer(status: 202 | 204, name: string, id: string, size: number): Answer {
  return empty(status, session(name, id, size));
}

/** How far a session has come. */
export async function uploadState(request: RepositoryRequest, id: string): Promise<Answer> {
  const upload = await find(request, id);
  return upload === undefined ? unknown(id) : sessionAnswer(204, request.name, id, await upload.size());
}

/** Gives a session up. */
export async function cancelUpload(request: RepositoryRequest, id: string): Promise<Answer> {
  const upload = await find(request, id);
  if (upload === undefined) return unknown(id);
  await request.sessions.alone(upload, request.signal, () => upload.cancel());
  request.sessions.ended(upload);
  return empty(204);
}

/** Adds a chunk. */
export async function appendChunk(request: RepositoryRequest, id: string): Promise<Answer> {
  const upload = await find(request, id);
  if (upload === undefined) return unknown(id);
  return await request.sessions.alone(upload, request.signal, async (signal) => {
    const wrong = await outOfOrder(request, upload);
    return wrong ?? sessionAnswer(202, request.name, id, await upload.append(until(signal, request.body), { signal }));
  });
}

/** Adds the last chunk, where there is one, and makes the session a blob. */
export async function finishUpload(request: RepositoryRequest, id: string): Promise<Answer> {
  const digest = request.query.get("digest");
  if (digest === null || !isDigest(digest)) return badDigest(digest ?? "");
  const upload = await find(request, id);
  if (upload === undefined) return unknown(id);
  return await request.sessions.alone(upload, request.signal, async (signal) => {
    const wrong = await outOfOrder(request, upload);
    if (wrong !== undefined) return wrong;
    if (contentLength(request) !== 0) await upload.append(until(signal, request.body), { signal });
    // Whether it succeeds or the digest is wrong, the session is gone then.
    request.sessions.ended(upload);
    await upload.commit(digest, { signal });
    return created(`/v2/${request.name}/blobs/${digest}`, digest);
  });
}

async function find({ store, signal }: RepositoryRequest, id: string): Promise<Upload | undefined> {
  return can(store, "uploading") ? await store.upload(id, { signal }) : undefined;
}

/** The refusal of a chunk that does not begin where the session ends; one that does not say where it begins does. */
async function outOfOrder(request: RepositoryRequest, upload: Upload): Promise<Answer | undefined> {
  const range = header(request, "content-range");
  if (range === undefined) return undefined;
  const part = parseContentRange(range);
  const size = await upload.size();
  const headers = session(request.name, upload.id, size);
  if (part === undefined) return refusal("BLOB_UPLOAD_INVALID", `not a Content-Range: ${range.slice(0, 100)}`, { status: 400, headers });
  if (part.start !== size) {
    return refusal("BLOB_UPLOAD_INVALID", `the upload has ${size} bytes, and the next chunk must begin there`, { headers });
  }
  const length = contentLength(request);
  if (length === undefined || length === part.end - part.start) return undefined;
  return refusal("SIZE_INVALID", `the chunk has ${length} bytes, and its Content-Range says ${part.end - part.start}`, { headers });
}

function session(name: string, id: string, size: number) {
  return { location: `/v2/${name}/blobs/uploads/${id}`, range: `0-${Math.max(0, size - 1)}`, "docker-upload-uuid": id };
}

function unknown(id: string): Answer {
  return refusal("BLOB_UPLOAD_UNKNOWN", `there is no upload ${id.slice(0, 100)}`);
}
