import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Descriptor } from "../oci/index.ts";
import type { Source, Store, Waiting } from "./store.ts";

/** A source over bytes in memory. */
export function bytesSource(bytes: Uint8Array): Source {
  return {
    size: bytes.length,
    open: async function* (offset = 0) {
      if (offset < bytes.length) yield bytes.subarray(offset);
    },
  };
}

/** A source over a file. */
export async function fileSource(path: string): Promise<Source> {
  const { size } = await stat(path);
  return {
    size,
    path,
    open: (offset = 0) => createReadStream(path, { start: offset, highWaterMark: 1 << 20 }),
  };
}

/** A source over content of a store. An offset is served by reading from the start and dropping what comes before it. */
export function storeSource(store: Store, descriptor: Descriptor, options?: Waiting): Source {
  return {
    size: descriptor.size,
    // Every store verifies what it reads.
    verified: descriptor.digest,
    open: (offset = 0, reading) => skip(store.read(descriptor, { ...options, ...reading }), offset),
  };
}

async function* skip(chunks: AsyncIterable<Uint8Array>, offset: number): AsyncIterable<Uint8Array> {
  let left = offset;
  for await (const chunk of chunks) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}
