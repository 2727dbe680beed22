import { createReadStream } from "node:fs";
import type { Descriptor, Digest } from "../../oci/index.ts";
import { can, type Store } from "../../store/index.ts";
import { type Answer, empty, refusal } from "../answer.ts";
import { type Part, parseRange } from "../range.ts";
import { header, type RepositoryRequest } from "../request.ts";

/** A blob, whole or in part (OCI distribution-spec, "Pulling blobs"). */
export async function getBlob(request: RepositoryRequest, digest: Digest): Promise<Answer> {
  const { store, name, signal } = request;
  const blob = await locate(request, digest);
  if (blob === undefined) return unknown(name, digest);
  const etag = `"${digest}"`;
  const fixed = { "content-type": "application/octet-stream", "docker-content-digest": digest, etag, "accept-ranges": "bytes" };
  if (header(request, "if-none-match") === etag) return { status: 304, headers: { etag, "docker-content-digest": digest } };
  const condition = header(request, "if-range");
  const range = condition === undefined || condition === etag ? parseRange(header(request, "range"), blob.size) : undefined;
  if (range === "unsatisfiable") {
    const headers = { "content-range": `bytes */${blob.size}` };
    return refusal("SIZE_INVALID", `the blob has ${blob.size} bytes`, { status: 416, headers });
  }
  if (range === undefined) {
    return {
      status: 200,
      headers: { ...fixed, "content-length": blob.size },
      body: () => bytesOf(store, blob, { start: 0, end: blob.size }, signal),
    };
  }
  const { start, end } = range;
  return {
    status: 206,
    headers: { ...fixed, "content-length": end - start, "content-range": `bytes ${start}-${end - 1}/${blob.size}` },
    body: () => bytesOf(store, blob, range, signal),
  };
}

/** Removes a blob. A manifest is not removed by this door, though a store may keep both in one place. */
export async function deleteBlob(request: RepositoryRequest, digest: Digest): Promise<Answer> {
  const { store, name, signal } = request;
  if (!can(store, "deleting")) return refusal("UNSUPPORTED", "this registry does not delete");
  const blob = await locate(request, digest);
  if (blob === undefined || (await store.resolve(digest, { signal })) !== undefined) return unknown(name, digest);
  return (await store.delete(blob, { signal })) ? empty(202, { "docker-content-digest": digest }) : unknown(name, digest);
}

async function locate({ store, signal }: RepositoryRequest, digest: Digest): Promise<Descriptor | undefined> {
  return can(store, "locating") ? await store.locate(digest, { signal }) : undefined;
}

async function bytesOf(store: Store, blob: Descriptor, { start, end }: Part, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const source = can(store, "sourcing") ? await store.source(blob, { signal }) : undefined;
  if (source?.path !== undefined && end > start) return createReadStream(source.path, { start, end: end - 1, highWaterMark: 1 << 18 });
  if (can(store, "ranging")) return store.readRange(blob, start, end, { signal });
  return cut(store.read(blob, { signal }), start, end);
}

async function* cut(chunks: AsyncIterable<Uint8Array>, start: number, end: number): AsyncIterable<Uint8Array> {
  let at = 0;
  for await (const chunk of chunks) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, chunk.length)];
    if (to > from) yield chunk.subarray(from, to);
    at += chunk.length;
  }
}

function unknown(name: string, digest: Digest): Answer {
  return refusal("BLOB_UNKNOWN", `the repository ${name} has no blob ${digest}`, { detail: { name, digest } });
}
