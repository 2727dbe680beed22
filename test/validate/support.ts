import { gzipSync, zstdCompressSync } from "node:zlib";
import {
  type Annotations,
  type Descriptor,
  digestOf,
  encodeConfig,
  encodeManifest,
  mediaTypes,
  parsePlatform,
  type RuntimeConfig,
} from "../../src/oci/index.ts";
import { type MemoryStore, memoryStore, type Store, writeBytes } from "../../src/store/index.ts";
import { aTar, type TarEntry } from "../support/tar.ts";

/** What an image to be checked is made of. */
export interface ImageParts {
  readonly platform?: string;
  readonly config?: RuntimeConfig;
  readonly layers?: readonly (readonly TarEntry[])[];
  readonly compression?: "gzip" | "zstd" | "none";
  readonly annotations?: Annotations;
  /** How many diff_ids the config names, where that is not as many as there are layers. */
  readonly diffIds?: number;
}

const packers = {
  gzip: { type: mediaTypes.ociLayerGzip, pack: gzipSync },
  zstd: { type: mediaTypes.ociLayerZstd, pack: zstdCompressSync },
  none: { type: mediaTypes.ociLayer, pack: (bytes: Uint8Array) => bytes },
} as const;

/** Writes an image into a store. */
export async function writeImage(store: Store, parts: ImageParts = {}): Promise<Descriptor> {
  const { type, pack } = packers[parts.compression ?? "gzip"];
  const tars = await Promise.all((parts.layers ?? [[{ name: "file", content: "x" }]]).map(aTar));
  const layers = await Promise.all(tars.map((tar) => writeBytes(store, type, pack(tar))));
  const diffIds = tars.map((tar) => digestOf(tar));
  const config = encodeConfig({
    ...parsePlatform(parts.platform ?? "linux/amd64"),
    config: parts.config ?? {},
    rootfs: { type: "layers", diff_ids: parts.diffIds === undefined ? diffIds : diffIds.slice(0, parts.diffIds) },
  });
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    config: await writeBytes(store, mediaTypes.ociConfig, config),
    layers,
    annotations: parts.annotations,
  });
  return await writeBytes(store, mediaTypes.ociManifest, manifest);
}

/** Writes an index of images into a store; each child with the platform that the index calls it. */
export async function writeIndex(store: Store, children: readonly Descriptor[], annotations?: Annotations): Promise<Descriptor> {
  const bytes = encodeManifest({ kind: "index", mediaType: mediaTypes.ociIndex, manifests: children, annotations });
  return await writeBytes(store, mediaTypes.ociIndex, bytes);
}

/** A store in memory with one image. */
export async function anImage(parts: ImageParts = {}): Promise<{ readonly store: MemoryStore; readonly root: Descriptor }> {
  const store = memoryStore();
  return { store, root: await writeImage(store, parts) };
}
