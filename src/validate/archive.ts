import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { Failure, quoteForeign } from "../failure/index.ts";
import type { Descriptor } from "../oci/index.ts";
import type { Store, Waiting } from "../store/index.ts";

/** How an archive is packed. */
export type Compression = "gzip" | "zstd" | "none";

/** One entry of a layer's archive, in the order in which it stands there; its content is read only while it is the current one. */
export interface ArchivedEntry {
  readonly header: Header;
  readonly content: AsyncIterable<Uint8Array>;
}

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
  const packed = Readable.from(bytes, { objectMode: false });
  const unpacker =
    compression === "gzip" ? createGunzip({ chunkSize: 1 << 18 }) : compression === "zstd" ? createZstdDecompress() : undefined;
  const entries = extract();
  const pass = (error: Error): void => void entries.destroy(error);
  packed.on("error", pass);
  unpacker?.on("error", pass);
  const plain = unpacker === undefined ? packed : packed.pipe(unpacker);
  let refused: unknown;
  if (taken !== undefined) {
    plain.on("data", (chunk: Uint8Array) => {
      try {
        taken(chunk.length);
      } catch (thrown) {
        refused = thrown;
        entries.destroy(thrown as Error);
      }
    });
  }
  plain.pipe(entries);
  const broken = (thrown: unknown): unknown => {
    if (thrown instanceof Failure || thrown === refused) return thrown;
    return new Failure("IMAGE_INVALID", `${name} cannot be unpacked: ${quoteForeign(String(thrown))}`, { cause: thrown });
  };
  try {
    for await (const entry of entries) {
      yield { header: entry.header, content: contentOf(entry as unknown as AsyncIterable<Uint8Array>, broken) };
      entry.resume();
    }
  } catch (thrown) {
    throw broken(thrown);
  } finally {
    packed.destroy();
    unpacker?.destroy();
    entries.destroy();
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
