import { createReadStream } from "node:fs";
import { type Descriptor, isDigest } from "../../oci/index.ts";
import { can, type Store } from "../../store/index.ts";
import { type Answer, empty, refusal } from "../answer.ts";
import type { RepositoryRequest } from "../request.ts";

/** Blobs, whole or in part (OCI distribution-spec, "Pulling blobs", "Deleting Blobs"; RFC 9110, "Range Requests"). */
export async function blobs(request: RepositoryRequest, digest: string): Promise<Answer> {
  const { store, name, method, signal } = request;
  if (!isDigest(digest)) return refusal("DIGEST_INVALID", `not a digest: ${digest.slice(0, 200)}`);
  if (!["GET", "HEAD", "DELETE"].includes(method)) return refusal("UNSUPPORTED", `${method} is not a method of blobs`);
  const found = can(store, "locating") ? await store.locate(digest, { signal }) : undefined;
  if (found === undefined) return refusal("BLOB_UNKNOWN", `the repository ${name} has no blob ${digest}`, { detail: { digest } });
  if (method === "DELETE") {
    if (!can(store, "deleting")) return refusal("UNSUPPORTED", "this registry does not delete");
    return (await store.delete(found, { signal })) ? empty(202) : refusal("BLOB_UNKNOWN", `the repository ${name} has no blob ${digest}`);
  }
  return await part(request, found);
}

async function part({ store, headers, signal }: RepositoryRequest, blob: Descriptor): Promise<Answer> {
  const fixed = {
    "content-type": "application/octet-stream",
    "docker-content-digest": blob.digest,
    etag: `"${blob.digest}"`,
    "accept-ranges": "bytes",
  };
  const range = parseRange(headers.range, blob.size);
  if (range === "unsatisfiable")
    return refusal("SIZE_INVALID", `the blob has ${blob.size} bytes`, {
      status: 416,
      headers: { "content-range": `bytes */${blob.size}` },
    });
  const { start, end } = range ?? { start: 0, end: blob.size };
  const body = bytesOf(store, blob, start, end, signal);
  if (range === undefined) return { status: 200, headers: { ...fixed, "content-length": blob.size }, body };
  return {
    status: 206,
    headers: { ...fixed, "content-length": end - start, "content-range": `bytes ${start}-${end - 1}/${blob.size}` },
    body,
  };
}

async function* bytesOf(store: Store, blob: Descriptor, start: number, end: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
  if (end <= start) return;
  const source = can(store, "sourcing") ? await store.source(blob, { signal }) : undefined;
  if (source?.path !== undefined) yield* createReadStream(source.path, { start, end: end - 1, highWaterMark: 1 << 18 });
  else if (can(store, "ranging")) yield* store.readRange(blob, start, end, { signal });
  else yield* store.read(blob, { signal });
}

/** One range of a Range header as [start, end); undefined where the whole is meant: several ranges, or other units. */
export function parseRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (match === null || (match[1] === "" && match[2] === "")) return undefined;
  if (match[1] === "") {
    const length = Number(match[2]);
    return length === 0 || size === 0 ? "unsatisfiable" : { start: Math.max(0, size - length), end: size };
  }
  const start = Number(match[1]);
  const last = match[2] === "" ? size - 1 : Number(match[2]);
  if (match[2] !== "" && last < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end: Math.min(last, size - 1) + 1 };
}
