import { randomUUID } from "node:crypto";
import { throwIfAborted } from "../failure/index.ts";
import { algorithmOf, type Descriptor, type Digest, type DigestAlgorithm, digestOf, isDigest, isManifestType } from "../oci/index.ts";
import { type Catalog, catalogEntry, referrersIn, tagIn } from "./catalog.ts";
import { sharedByName } from "./shared.ts";
import type { Deleting, Locating, Mounting, Ranging, Referring, Repositories, Store, Upload, Uploading } from "./store.ts";
import { mismatch, notFound, verified, verifiedSource } from "./verify.ts";

/** A store in memory with all optional powers. */
export type MemoryStore = Store & Referring & Deleting & Mounting & Uploading & Ranging & Locating;

/** Bytes of each store, so that one memory store can take content over from another. */
const contents = new WeakMap<Store, Map<Digest, Uint8Array>>();

/**
 * An empty store in memory: for tests, for small registries, for content that need not last.
 * @param options.onWrite hears of every write before it happens
 */
export function memoryStore(options: { readonly name?: string; readonly onWrite?: () => void } = {}): MemoryStore {
  const name = options.name ?? "memory";
  const blobs = new Map<Digest, Uint8Array>();
  const catalog: Catalog = { manifests: new Map(), tags: new Map() };
  const uploads = new Map<string, Upload>();

  const put = (descriptor: Descriptor, bytes: Uint8Array): void => {
    options.onWrite?.();
    blobs.set(descriptor.digest, bytes);
    if (isManifestType(descriptor.mediaType)) catalog.manifests.set(descriptor.digest, catalogEntry(descriptor, bytes));
  };
  const bytesOf = (descriptor: Descriptor): Uint8Array => {
    const bytes = blobs.get(descriptor.digest);
    if (bytes === undefined) throw notFound(name, descriptor.digest);
    return bytes;
  };

  const store: MemoryStore = {
    name,
    async resolve(reference) {
      const tagged = isDigest(reference) ? catalog.manifests.get(reference)?.descriptor : catalog.tags.get(reference);
      return tagged;
    },
    async has(descriptor) {
      return isManifestType(descriptor.mediaType) ? catalog.manifests.has(descriptor.digest) : blobs.has(descriptor.digest);
    },
    async *read(descriptor, waiting) {
      throwIfAborted(waiting?.signal);
      yield* verified(single(bytesOf(descriptor)), descriptor, name);
    },
    async write(descriptor, source, write) {
      throwIfAborted(write?.signal);
      if (await store.has(descriptor)) return "existed";
      const chunks: Uint8Array[] = [];
      let taken = 0;
      for await (const chunk of verifiedSource(source, descriptor, name)) {
        throwIfAborted(write?.signal);
        chunks.push(chunk);
        taken += chunk.length;
        write?.onProgress?.(taken);
      }
      put(descriptor, new Uint8Array(Buffer.concat(chunks)));
      return "written";
    },
    async tag(tag, descriptor, tagging) {
      if (!catalog.manifests.has(descriptor.digest)) throw notFound(name, descriptor.digest);
      return tagIn(catalog.tags, tag, descriptor, tagging);
    },
    async *tags() {
      yield* [...catalog.tags.keys()].sort();
    },
    async referrers(subject, filter) {
      return referrersIn(catalog, subject, filter?.artifactType);
    },
    async deleteTag(tag) {
      return catalog.tags.delete(tag);
    },
    async delete(descriptor) {
      for (const [tag, holds] of catalog.tags) if (holds.digest === descriptor.digest) catalog.tags.delete(tag);
      catalog.manifests.delete(descriptor.digest);
      return blobs.delete(descriptor.digest);
    },
    async mount(descriptor, from) {
      const bytes = contents.get(from)?.get(descriptor.digest);
      if (bytes === undefined) return false;
      put(descriptor, bytes);
      return true;
    },
    async startUpload(waiting) {
      options.onWrite?.();
      const upload = memoryUpload(
        name,
        waiting?.algorithm,
        (descriptor, bytes) => put(descriptor, bytes),
        () => uploads.delete(upload.id),
      );
      uploads.set(upload.id, upload);
      return upload;
    },
    async upload(id) {
      return uploads.get(id);
    },
    async locate(digest) {
      const bytes = blobs.get(digest);
      return bytes && { mediaType: "application/octet-stream", digest, size: bytes.length };
    },
    async *readRange(descriptor, start, end) {
      yield* single(bytesOf(descriptor).subarray(start, end));
    },
  };
  contents.set(store, blobs);
  return store;
}

function memoryUpload(
  name: string,
  algorithm: DigestAlgorithm | undefined,
  put: (descriptor: Descriptor, bytes: Uint8Array) => void,
  end: () => void,
): Upload {
  const chunks: Uint8Array[] = [];
  let size = 0;
  return {
    id: randomUUID(),
    size: async () => size,
    async append(bytes, waiting) {
      for await (const chunk of bytes) {
        throwIfAborted(waiting?.signal);
        // A copy, because whoever streams may use its buffer again.
        chunks.push(Uint8Array.from(chunk));
        size += chunk.length;
      }
      return size;
    },
    async commit(digest) {
      end();
      const bytes = new Uint8Array(Buffer.concat(chunks));
      const actual = digestOf(bytes, digest === undefined ? algorithm : algorithmOf(digest));
      const descriptor = { mediaType: "application/octet-stream", digest: digest ?? actual, size: bytes.length };
      if (actual !== descriptor.digest) throw mismatch(descriptor, name, `its bytes have the digest ${actual}`);
      put(descriptor, bytes);
      return descriptor;
    },
    async cancel() {
      end();
    },
  };
}

/** Repositories in memory. */
export function memoryRepositories(): Repositories {
  const written = new Map<string, MemoryStore>();
  const open = sharedByName((repository): MemoryStore => {
    const store = memoryStore({ name: repository, onWrite: () => void written.set(repository, store) });
    return store;
  });
  return {
    open: (repository) => written.get(repository) ?? open(repository),
    async *list() {
      for (const [repository, store] of [...written].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if ((contents.get(store)?.size ?? 0) > 0) yield repository;
      }
    },
  };
}

async function* single(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
