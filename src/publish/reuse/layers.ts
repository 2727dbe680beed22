import type { KnownLayer } from "../../build/index.ts";
import { partFailure } from "../../failure/index.ts";
import { annotationKeys } from "../../oci/index.ts";
import { readConfig, type Store } from "../../store/index.ts";
import type { StepOptions } from "../deliver.ts";
import { type AncestorImage, type AncestorImages, inWaves } from "./ancestors.ts";

/**
 * The layers of the newest ancestor that has an image at the primary, by their keys: what the next build packs into the same bytes need
 * not be packed. Only keys that a stamp noted count, and only layers that are still there.
 * @returns undefined where its layers cannot be told by keys; nothing but an empty map where there is no image
 */
export async function ancestorLayers(
  { store, shas, image }: AncestorImages,
  options: StepOptions,
): Promise<ReadonlyMap<string, KnownLayer> | undefined> {
  try {
    for (const some of inWaves(shas)) {
      const asked = some.map(image);
      // Of those behind the newest nobody needs to know how they fared.
      for (const one of asked) one.catch(() => {});
      for (const one of asked) {
        const newest = await one;
        if (newest !== undefined) return await layersOf(store, newest, options);
      }
    }
    return new Map();
  } catch (thrown) {
    // Layers that cannot be had are packed again.
    options.emit({ kind: "detail", text: `no ancestor's layers could be looked for: ${partFailure(thrown, options.signal).message}` });
    return undefined;
  }
}

async function layersOf(
  store: Store,
  { sha, manifest }: AncestorImage,
  options: StepOptions,
): Promise<ReadonlyMap<string, KnownLayer> | undefined> {
  const keys = keysIn(manifest.annotations?.[annotationKeys.layerKeys]);
  if (manifest.kind !== "manifest" || keys.size === 0 || manifest.annotations?.[annotationKeys.revision] !== sha) return undefined;
  const [config, ...there] = await Promise.all([
    readConfig(store, manifest.config, options),
    ...manifest.layers.map(async (descriptor) => keys.has(descriptor.digest) && (await store.has(descriptor, options))),
  ]);
  const known = new Map<string, KnownLayer>();
  for (const [index, descriptor] of manifest.layers.entries()) {
    const [key, diffId] = [keys.get(descriptor.digest), config.rootfs.diff_ids[index]];
    if (key !== undefined && diffId !== undefined && there[index]) known.set(key, { descriptor, diffId, store });
  }
  return known;
}

function keysIn(text = "{}"): ReadonlyMap<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    return new Map(Object.entries(Object(value)).filter((pair): pair is [string, string] => typeof pair[1] === "string"));
  } catch {
    return new Map();
  }
}
