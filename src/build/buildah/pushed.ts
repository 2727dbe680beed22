import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../failure/index.ts";
import {
  configLimit,
  type Descriptor,
  type Digest,
  encodeConfig,
  encodedOf,
  encodeManifest,
  manifestLimit,
  mediaTypes,
  parseConfig,
  parseManifest,
} from "../../oci/index.ts";
import { type Store, storeSource, writeBytes } from "../../store/index.ts";
import { packLayerFile } from "../layer-file.ts";
import { ociLayerType } from "../stamp/media-types.ts";
import type { KnownLayer } from "./bases.ts";
import { contentConfig } from "./config.ts";

/** What reading a pushed folder takes. */
export interface Pushed {
  readonly dir: string;
  /** The base images' layers: they stay as their registry has them. */
  readonly known: ReadonlyMap<Digest, KnownLayer>;
  /** A file for a layer while it is packed. */
  readonly file: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings an image that buildah pushed to a folder (`dir:`) into a store, as an OCI image. New layers are packed here, so that the
 * same files give the same layer on every machine.
 * @throws Failure IMAGE_INVALID
 */
export async function importPushed({ dir, known, file, signal }: Pushed, into: Store): Promise<Descriptor> {
  const manifest = parseManifest(await bounded(join(dir, "manifest.json"), manifestLimit));
  if (manifest.kind !== "manifest") throw new Failure("IMAGE_INVALID", "buildah pushed an index");
  const blob = ({ digest }: Descriptor): string => join(dir, encodedOf(digest));
  const config = contentConfig(parseConfig(await bounded(blob(manifest.config), configLimit)));
  const { diff_ids: diffIds } = config.rootfs;
  if (diffIds.length !== manifest.layers.length)
    throw new Failure("IMAGE_INVALID", `it has ${manifest.layers.length} layers and the digests of ${diffIds.length}`);
  const layers: Descriptor[] = [];
  for (const [at, layer] of manifest.layers.entries()) {
    const diffId = diffIds[at];
    const had = diffId && known.get(diffId);
    if (had) {
      await into.write(had.descriptor, storeSource(had.store, had.descriptor, { signal }), { signal });
      layers.push({ ...had.descriptor, mediaType: ociLayerType(had.descriptor.mediaType) });
      continue;
    }
    const packed = await packLayerFile(blob(layer), file, into, signal);
    if (packed.diffId !== diffId) throw new Failure("IMAGE_INVALID", `the layer ${layer.digest} is not the one that its config names`);
    layers.push(packed.descriptor);
  }
  const written = await writeBytes(into, mediaTypes.ociConfig, encodeConfig(config), { signal });
  const image = encodeManifest({ kind: "manifest", mediaType: mediaTypes.ociManifest, config: written, layers });
  return await writeBytes(into, mediaTypes.ociManifest, image, { signal });
}

async function bounded(path: string, limit: number): Promise<Uint8Array> {
  if ((await stat(path)).size > limit) throw new Failure("IMAGE_INVALID", `a file of it is larger than ${limit} bytes`);
  return await readFile(path);
}
