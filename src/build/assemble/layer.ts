import { type Descriptor, type Digest, digester, mediaTypes } from "../../oci/index.ts";
import { bytesSource, can, type Store, type UploadOptions } from "../../store/index.ts";
import { archive, type TarEntry } from "../../tar/index.ts";
import { type Compression, packed as pack } from "./pack.ts";
import { readAhead } from "./read-ahead.ts";

/** A layer that was written: its descriptor, and the digest of its bytes unpacked. */
export interface Layer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

const types: Readonly<Record<Compression, string>> = { gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd };

/** Bytes on their way into a layer. */
export interface Packing {
  /** The layer's bytes, to be read once; a chunk's memory may be used again when the next one is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The layer, when its bytes have been read to their end. */
  layer(): Layer;
}

/** Packs an archive's bytes with gzip, hashed while they stream: as they are and as they are packed. */
export function packing(raw: AsyncIterable<Uint8Array>): Packing {
  const plain = digester();
  const packed = digester();
  let size = 0;
  const bytes = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of pack(raw, { plain: plain.update })) {
      packed.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  return {
    bytes: bytes(),
    layer: () => ({ descriptor: { mediaType: types.gzip, digest: packed.digest(), size }, diffId: plain.digest() }),
  };
}

/** How a layer is written. */
export interface LayerOptions extends Pick<UploadOptions, "isNew" | "signal"> {
  /** Seconds since 1970 that every time is set to. */
  readonly epoch: number;
  /** gzip unless given. */
  readonly compression?: Compression | undefined;
}

/** Writes entries as a layer into a store, hashed while it streams. The same entries give the same layer, everywhere. */
export async function writeLayer(
  store: Store,
  entries: Iterable<TarEntry>,
  { epoch, compression = "gzip", isNew, signal }: LayerOptions,
): Promise<Layer> {
  const options = { signal };
  const plain = digester();
  const bytes = pack(archive(readAhead(entries), epoch), { compression, plain: plain.update });
  const written = async ({ digest, size }: Descriptor): Promise<Layer> => ({
    descriptor: { mediaType: types[compression], digest, size },
    diffId: plain.digest(),
  });
  if (can(store, "uploading")) {
    const upload = await store.startUpload({ signal, algorithm: "sha256", isNew });
    try {
      await upload.append(bytes, options);
      return await written(await upload.commit(undefined, options));
    } catch (thrown) {
      await upload.cancel();
      throw thrown;
    }
  }
  // A store without sessions must be told the digest first, so the layer is held until then.
  const whole = Buffer.concat(await Array.fromAsync(bytes, (chunk) => Uint8Array.from(chunk)));
  const packed = digester();
  packed.update(whole);
  const layer = await written({ mediaType: types[compression], digest: packed.digest(), size: whole.length });
  await store.write(layer.descriptor, bytesSource(whole), options);
  return layer;
}
