import { gzipSync, zstdCompressSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import type { ImageSource } from "../../src/build/index.ts";
import { Failure } from "../../src/failure/index.ts";
import {
  type Descriptor,
  digestOf,
  encodeConfig,
  encodeManifest,
  type ImageConfig,
  mediaTypes,
  parsePlatform,
  parseTag,
  type RuntimeConfig,
} from "../../src/oci/index.ts";
import type { Store } from "../../src/store/index.ts";
import { put } from "./images.ts";

/** A tar header as it is, and a file's content. */
export type RawEntry = Pick<Header, "name"> & Partial<Header> & { readonly content?: string | Uint8Array };

/** What an image to build upon is made of. */
export interface BaseOptions {
  readonly layers?: readonly (readonly RawEntry[])[];
  readonly config?: RuntimeConfig;
  /** What else its config says. */
  readonly more?: Partial<ImageConfig>;
  readonly platform?: string;
  readonly packing?: "gzip" | "zstd" | "none";
  /** Docker's media types instead of OCI's. */
  readonly docker?: boolean;
  readonly tag?: string;
}

const time = new Date("2001-02-03T04:05:06Z");

/** Writes an image whose layers are made of exactly the given entries; the same options give the same image. */
export async function aBaseImage(store: Store, options: BaseOptions = {}): Promise<Descriptor> {
  const { packing = "gzip", docker = false } = options;
  const tars = await Promise.all((options.layers ?? [[]]).map(rawTar));
  const layers: Descriptor[] = [];
  for (const tar of tars) {
    const type = docker
      ? mediaTypes.dockerLayerGzip
      : { gzip: mediaTypes.ociLayerGzip, zstd: mediaTypes.ociLayerZstd, none: mediaTypes.ociLayer }[packing];
    layers.push(await put(store, type, packing === "none" ? tar : packing === "zstd" ? zstdCompressSync(tar) : gzipSync(tar)));
  }
  const config = encodeConfig({
    ...parsePlatform(options.platform ?? "linux/amd64"),
    created: "2001-02-03T04:05:06Z",
    ...options.more,
    ...(options.config === undefined ? {} : { config: options.config }),
    rootfs: { type: "layers", diff_ids: tars.map((tar) => digestOf(tar)) },
    history: tars.map((_, at) => ({ created: "2001-02-03T04:05:06Z", created_by: `layer ${at}` })),
  });
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const configDescriptor = await put(store, docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig, config);
  const image = await put(store, mediaType, encodeManifest({ kind: "manifest", mediaType, config: configDescriptor, layers }));
  if (options.tag !== undefined) await store.tag(parseTag(options.tag), image);
  return image;
}

/** A source with images by the name that a Dockerfile gives them. */
export function imagesOf(store: Store, images: Readonly<Record<string, Descriptor>>): ImageSource {
  return {
    async image(reference) {
      const root = images[reference];
      if (root === undefined) throw new Failure("BASE_MISSING", `there is no image ${reference}`);
      return { pinned: `registry.example/${reference}@${root.digest}`, root, store };
    },
  };
}

/** An archive of exactly the given entries. */
export async function rawTar(entries: readonly RawEntry[]): Promise<Uint8Array> {
  const archive = pack();
  for (const { content, ...header } of entries) archive.entry({ mtime: time, ...header }, Buffer.from(content ?? ""));
  archive.finalize();
  return Buffer.concat(await Array.fromAsync(archive as unknown as AsyncIterable<Uint8Array>));
}
