import { type Descriptor, type Digest, digester, mediaTypes } from "../../oci/index.ts";
import { bytesSource, can, type Store, type Waiting } from "../../store/index.ts";
import { type Compression, packed as pack } from "./pack.ts";
import { archive, type LayerEntry } from "./tar.ts";

/** A layer that was written: its descriptor, and the digest of its bytes unpacked. */
export interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** Bytes on their way into a layer. */
export interface Packing {
  /** The layer's bytes, to be read once. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The layer, when its bytes have been read to their end. */
  layer(): Layer;
}

const types: Readonly<Record<Compression, string>> = { gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd };

/** Packs an archive's bytes, hashed while they stream: as they are and as they are packed. */
export function packing(raw: AsyncIterable<Uint8Array>, compression: Compression = "gzip"): Packing {
  const plain = digester();
  const packed = digester();
  let size = 0;
  const hashed = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of raw) {
      plain.update(chunk);
      yield chunk;
    }
  };
  const bytes = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of pack(hashed(), compression)) {
      packed.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  return {
    bytes: bytes(),
    layer: () => ({ descriptor: { mediaType: types[compression], digest: packed.digest(), size }, diffId: plain.digest() }),
  };
}

/** Files up to this size are read ahead, so many at once: most contexts are many small files. */
const aheadBytes = 1 << 20;
const aheadFiles = 32;

/** Writes entries as a layer into a store, hashed while it streams. The same entries give the same layer, everywhere. */
export async function writeLayer(
  store: Store,
  entries: readonly LayerEntry[],
  { epoch, compression, signal }: { readonly epoch: number; readonly compression?: Compression | undefined } & Waiting,
): Promise<Layer> {
  const options = { signal };
  const packed = packing(archive(readAhead(entries), epoch), compression);
  if (can(store, "uploading")) {
    const upload = await store.startUpload(options);
    try {
      await upload.append(packed.bytes, options);
      const layer = packed.layer();
      await upload.commit(layer.descriptor.digest, options);
      return layer;
    } catch (thrown) {
      await upload.cancel();
      throw thrown;
    }
  }
  // A store without sessions must be told the digest first, so the layer is held until then.
  const whole = Buffer.concat(await Array.fromAsync(packed.bytes));
  const layer = packed.layer();
  await store.write(layer.descriptor, bytesSource(whole), options);
  return layer;
}

/** Entries in their order, the small files among them read while those before are written. */
async function* readAhead(entries: readonly LayerEntry[]): AsyncIterable<LayerEntry> {
  const waiting: Promise<LayerEntry>[] = [];
  let next = 0;
  try {
    while (next < entries.length || waiting.length > 0) {
      while (waiting.length < aheadFiles && next < entries.length) {
        const entry = entries[next];
        next += 1;
        if (entry !== undefined) {
          const read = inMemory(entry);
          read.catch(() => {});
          waiting.push(read);
        }
      }
      const first = await waiting.shift();
      if (first !== undefined) yield first;
    }
  } finally {
    await Promise.allSettled(waiting);
  }
}

async function inMemory(entry: LayerEntry): Promise<LayerEntry> {
  if (entry.kind !== "file" || entry.size > aheadBytes) return entry;
  const chunks = await Array.fromAsync(entry.open());
  return { ...entry, open: () => bytesOf(chunks) };
}

async function* bytesOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}
