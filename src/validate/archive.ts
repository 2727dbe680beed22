import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { Failure, quoteForeign } from "../failure/index.ts";
import type { Descriptor } from "../oci/index.ts";
import type { Store, Waiting } from "../store/index.ts";
import { type ArchivedEntry, tarEntries } from "../tar/index.ts";
import { wholeFrames } from "./zstd-frames.ts";

/** How an archive is packed. */
export type Compression = "gzip" | "zstd" | "none";

/**
 * An archive's entries. Leaving the loop early ends the reading.
 * @param name how messages call the archive
 * @param taken hears of unpacked bytes as they come; what it throws ends the reading
 * @throws Failure IMAGE_INVALID where the archive cannot be unpacked
 */
export async function* archiveEntries(
  bytes: AsyncIterable<Uint8Array>,
  compression: Compression,
  name: string,
  taken?: (bytes: number) => void,
): AsyncIterable<ArchivedEntry> {
  let refused: unknown;
  const counted = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of unpacked(bytes, compression)) {
      try {
        taken?.(chunk.length);
      } catch (thrown) {
        refused = thrown;
        throw thrown;
      }
      yield chunk;
    }
  };
  const broken = (thrown: unknown): unknown => {
    if (thrown instanceof Failure || thrown === refused) return thrown;
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return new Failure("IMAGE_INVALID", `${name} cannot be unpacked: ${quoteForeign(why)}`, { cause: thrown });
  };
  try {
    for await (const { header, content } of tarEntries(counted())) yield { header, content: contentOf(content, broken) };
  } catch (thrown) {
    throw broken(thrown);
  }
}

/** Bytes with their packing taken off, as they come. */
export async function* unpacked(bytes: AsyncIterable<Uint8Array>, compression: Compression): AsyncIterable<Uint8Array> {
  if (compression === "none") {
    yield* bytes;
    return;
  }
  const packed =
    compression === "gzip" ? Readable.from(bytes, { objectMode: false }) : Readable.from(wholeFrames(bytes), { highWaterMark: 1 });
  const unpacker = compression === "gzip" ? createGunzip({ chunkSize: 1 << 18 }) : createZstdDecompress();
  packed.on("error", (error) => unpacker.destroy(error));
  try {
    yield* packed.pipe(unpacker) as AsyncIterable<Buffer>;
  } finally {
    packed.destroy();
    unpacker.destroy();
  }
}

/** The entries of an image's layer, as {@link archiveEntries} gives them. */
export function layerEntries(
  store: Store,
  layer: Descriptor,
  options?: Waiting & { readonly taken?: (bytes: number) => void },
): AsyncIterable<ArchivedEntry> {
  return archiveEntries(store.read(layer, options), compressionOf(layer.mediaType), `the layer ${layer.digest}`, options?.taken);
}

/** A tar entry's name as a path without leading or double slashes and `.` parts; undefined where it leaves the root. */
export function entryPath(name: string): string | undefined {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  return parts.includes("..") ? undefined : parts.join("/");
}

async function* contentOf(entry: AsyncIterable<Uint8Array>, broken: (thrown: unknown) => unknown): AsyncIterable<Uint8Array> {
  try {
    yield* entry;
  } catch (thrown) {
    throw broken(thrown);
  }
}

/** How a layer is packed, by its media type. */
function compressionOf(mediaType: string): Compression {
  return /[+.]gzip$/.test(mediaType) ? "gzip" : mediaType.endsWith("+zstd") ? "zstd" : "none";
}
