import { partFailure } from "../../failure/index.ts";
import { annotationKeys, type Descriptor, type Digest, parseTag } from "../../oci/index.ts";
import { readConfig, readManifest, type Store } from "../../store/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { Plan } from "../types.ts";

/** A layer that an ancestor's image has at the primary. */
export interface AncestorLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** How many ancestors are asked at once for the newest one that has an image, and how many at most. */
const window = 8;
const most = 16;

/**
 * The layers of the newest ancestor that has an image at the primary, by their keys: what the next build packs into the same bytes need
 * not be packed. Only keys that a stamp noted count, and only layers that are still there.
 */
export async function ancestorLayers(
  plan: Plan,
  ancestors: readonly string[],
  options: StepOptions,
): Promise<ReadonlyMap<string, AncestorLayer>> {
  const { store } = plan.destinations[0];
  try {
    for (let at = 0; at < Math.min(ancestors.length, most); at += window) {
      const some = ancestors.slice(at, at + window);
      const roots = await Promise.all(some.map((sha) => store.resolve(parseTag(plan.image.release.replaceAll("{sha}", sha)), options)));
      const found = roots.findIndex((root) => root !== undefined);
      const [root, sha] = [roots[found], some[found]];
      if (root !== undefined && sha !== undefined) return await layersOf(store, root, sha, options);
    }
  } catch (thrown) {
    // Layers that cannot be had are packed again.
    options.emit({ kind: "detail", text: `no ancestor's layers could be looked for: ${partFailure(thrown, options.signal).message}` });
  }
  return new Map();
}

async function layersOf(store: Store, root: Descriptor, sha: string, options: StepOptions): Promise<ReadonlyMap<string, AncestorLayer>> {
  const known = new Map<string, AncestorLayer>();
  const manifest = await readManifest(store, root, options);
  const keys = keysIn(manifest.annotations?.[annotationKeys.layerKeys]);
  if (manifest.kind !== "manifest" || keys.size === 0 || manifest.annotations?.[annotationKeys.revision] !== sha) return known;
  const config = await readConfig(store, manifest.config, options);
  await Promise.all(
    manifest.layers.map(async (descriptor, index) => {
      const [key, diffId] = [keys.get(descriptor.digest), config.rootfs.diff_ids[index]];
      if (key !== undefined && diffId !== undefined && (await store.has(descriptor, options))) known.set(key, { descriptor, diffId });
    }),
  );
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
