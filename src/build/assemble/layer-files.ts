import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { Failure, quoteForeign } from "../../failure/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import type { Store, Waiting } from "../../store/index.ts";

/** One entry of a layer's archive, in the order in which it stands there; its content is read only while it is the current one. */
export interface ArchivedEntry {
  readonly header: Header;
  readonly content: AsyncIterable<Uint8Array>;
}

/** An archive's entries. Leaving the loop early ends the reading. */
export async function* archiveEntries(
  bytes: AsyncIterable<Uint8Array>,
  compression: "gzip" | "zstd" | "none",
  name: string,
): AsyncIterable<ArchivedEntry> {
  const packed = Readable.from(bytes, { objectMode: false });
  const unpacker =
    compression === "gzip" ? createGunzip({ chunkSize: 1 << 18 }) : compression === "zstd" ? createZstdDecompress() : undefined;
  const entries = extract();
  const pass = (error: Error): void => void entries.destroy(error);
  packed.on("error", pass);
  unpacker?.on("error", pass);
  (unpacker === undefined ? packed : packed.pipe(unpacker)).pipe(entries);
  try {
    for await (const entry of entries) {
      yield { header: entry.header, content: contentOf(entry as unknown as AsyncIterable<Uint8Array>, name) };
      entry.resume();
    }
  } catch (thrown) {
    throw broken(name, thrown);
  } finally {
    packed.destroy();
    unpacker?.destroy();
    entries.destroy();
  }
}

async function* contentOf(entry: AsyncIterable<Uint8Array>, name: string): AsyncIterable<Uint8Array> {
  try {
    yield* entry;
  } catch (thrown) {
    throw broken(name, thrown);
  }
}

function broken(name: string, thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure("IMAGE_INVALID", `${name} cannot be unpacked: ${quoteForeign(String(thrown))}`, { cause: thrown });
}

/** How a layer is packed, by its media type. */
export function compressionOf(mediaType: string): "gzip" | "zstd" | "none" {
  return /[+.]gzip$/.test(mediaType) ? "gzip" : mediaType.endsWith("+zstd") ? "zstd" : "none";
}

/** Files of a layer, read again when they are needed: by their number in the archive. */
export interface LayerFiles {
  open(index: number): AsyncIterable<Uint8Array>;
}

/**
 * Reads files out of a layer. Files that are asked for in the archive's order cost one pass over it; one that lies before the
 * last begins another. One file is read at a time.
 */
export function layerFiles(store: Store, layer: Descriptor, options?: Waiting): LayerFiles {
  let turn: Promise<void> = Promise.resolve();
  let cursor: AsyncIterator<ArchivedEntry> | undefined;
  let next = 0;
  const seek = async (index: number): Promise<ArchivedEntry> => {
    if (cursor === undefined || index < next) {
      await cursor?.return?.();
      cursor = archiveEntries(store.read(layer, options), compressionOf(layer.mediaType), `the layer ${layer.digest}`)[
        Symbol.asyncIterator
      ]();
      next = 0;
    }
    for (;;) {
      const { value, done } = await cursor.next();
      if (done) throw new Failure("IMAGE_INVALID", `the layer ${layer.digest} ends early`);
      next += 1;
      if (next - 1 === index) return value;
    }
  };
  return {
    async *open(index) {
      const before = turn;
      let release = (): void => {};
      turn = new Promise((resolve) => {
        release = resolve;
      });
      await before;
      try {
        yield* (await seek(index)).content;
      } finally {
        release();
      }
    },
  };
}
