import { randomUUID } from "node:crypto";
import { throwIfAborted } from "../failure/index.ts";
import { type Descriptor, isManifestType } from "../oci/index.ts";
import { memoryStore } from "./memory.ts";
import { readBytes } from "./read.ts";
import { bytesSource } from "./source.ts";
import type { Sourcing, Store, Upload, Uploading } from "./store.ts";

/** How much stays in memory. */
export interface SpillingOptions {
  readonly name: string;
  /** The most bytes that one content may have there; 1 MiB unless given. */
  readonly eachBytes?: number | undefined;
  /** The most bytes of all contents there, manifests left aside; 8 MiB unless given. */
  readonly allBytes?: number | undefined;
}

/**
 * A store that keeps small content in memory, and manifests, and has the rest in another one. That is opened when something large comes,
 * so that what is small altogether costs no disk.
 */
export function spillingStore(
  open: () => Promise<Store & Uploading & Sourcing>,
  { name, eachBytes = 1 << 20, allBytes = 8 << 20 }: SpillingOptions,
): Store & Uploading & Sourcing {
  const memory = memoryStore({ name });
  const uploads = new Map<string, Upload>();
  let held = 0;
  let opened: Promise<Store & Uploading & Sourcing> | undefined;
  const other = async (): Promise<Store & Uploading & Sourcing> => {
    const opening = opened ?? open();
    opened = opening;
    try {
      return await opening;
    } catch (thrown) {
      opened = undefined;
      throw thrown;
    }
  };
  const fits = (bytes: number): boolean => bytes <= eachBytes && held + bytes <= allBytes;
  const isHeld = async (descriptor: Descriptor): Promise<boolean> => opened === undefined || (await memory.has(descriptor));

  const store: Store & Uploading & Sourcing = {
    name,
    resolve: (reference, options) => memory.resolve(reference, options),
    has: async (descriptor, options) => (await memory.has(descriptor)) || ((await (await opened)?.has(descriptor, options)) ?? false),
    async *read(descriptor, options) {
      yield* ((await isHeld(descriptor)) ? memory : await other()).read(descriptor, options);
    },
    async write(descriptor, source, options) {
      if (await store.has(descriptor, options)) return "existed";
      if (isManifestType(descriptor.mediaType)) return await memory.write(descriptor, source, options);
      if (!fits(descriptor.size)) return await (await other()).write(descriptor, source, options);
      const written = await memory.write(descriptor, source, options);
      held += descriptor.size;
      return written;
    },
    tag: (tag, descriptor, options) => memory.tag(tag, descriptor, options),
    tags: (options) => memory.tags(options),
    async source(descriptor, options) {
      if (!(await memory.has(descriptor))) return await (await opened)?.source(descriptor, options);
      const bytes = await readBytes(memory, descriptor, descriptor.size, options);
      return { ...bytesSource(bytes), verified: descriptor.digest };
    },
    async startUpload(options) {
      const upload = spillingUpload(options, () => uploads.delete(upload.id));
      uploads.set(upload.id, upload);
      return upload;
    },
    upload: async (id) => uploads.get(id),
  };
  return store;

  /** An upload that is in memory until there is too much of it. */
  function spillingUpload(options: Parameters<Uploading["startUpload"]>[0], end: () => void): Upload {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let large: Upload | undefined;
    return {
      id: randomUUID(),
      get path() {
        return large?.path;
      },
      size: async () => (await large?.size()) ?? size,
      async append(bytes, waiting) {
        if (large !== undefined) return await large.append(bytes, waiting);
        const rest = bytes[Symbol.asyncIterator]();
        try {
          for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
            throwIfAborted(waiting?.signal);
            // A copy, because whoever streams may use its buffer again.
            chunks.push(Uint8Array.from(next.value));
            size += next.value.length;
            if (fits(size)) continue;
            large = await (await other()).startUpload(options);
            return await large.append(following(chunks.splice(0), rest), waiting);
          }
          return size;
        } finally {
          await rest.return?.();
        }
      },
      async commit(digest, waiting) {
        end();
        if (large !== undefined) return await large.commit(digest, waiting);
        const small = await memory.startUpload(options);
        await small.append(following(chunks), waiting);
        const descriptor = await small.commit(digest, waiting);
        held += size;
        return descriptor;
      },
      async cancel() {
        end();
        await large?.cancel();
      },
    };
  }
}

/** Chunks, and what an iterator has left. */
async function* following(chunks: readonly Uint8Array[], rest?: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* chunks;
  for (let next = await rest?.next(); next !== undefined && next.done !== true; next = await rest?.next()) yield next.value;
}
