import { Failure, quoteForeign } from "../../failure/index.ts";
import {
  type Descriptor,
  formatPlatform,
  type ImageConfig,
  type ImageManifest,
  isAttestation,
  type Platform,
  platformMatches,
} from "../../oci/index.ts";
import { readConfig, readManifest, type Store, storeSource } from "../../store/index.ts";
import type { TarHeader } from "../../tar/index.ts";
import { entryPath, layerEntries } from "../../validate/index.ts";
import type { FoundImage, StepOptions } from "../engine.ts";
import { ociLayerType } from "../stamp/media-types.ts";
import { attributesOf, specialOf } from "./entry-node.ts";
import { type LayerFiles, layerFiles } from "./layer-files.ts";
import { layerLinks } from "./layer-links.ts";
import { join, type Node, type RootFs, rootFs, split } from "./rootfs.ts";

/** An image to build upon. Its layers stay where they are until somebody needs what is in their files. */
export interface Base {
  readonly config: ImageConfig;
  /** Layers as they stand in the image that is built: OCI's media types. */
  readonly layers: readonly Descriptor[];
  /** Where its layers lie. */
  readonly store: Store;
  /**
   * Its files; their names and attributes are read from the layers when they are first asked for.
   * @param contents whether what is in them will be wanted: then each layer is fetched before it is read, and not read twice
   */
  files(contents: boolean): Promise<RootFs>;
}

/** The most entries that a base image's layers may have together. */
const entryLimit = 2_000_000;
/** Files that owners are looked up in are kept as they pass by, up to so many bytes: the layer need not be fetched for them. */
const keptNames = /(?:^|\/)(?:passwd|group)$/;
const keptBytes = 1 << 18;

/**
 * Finds one platform's image in what was found.
 * @param into where layers are fetched to
 * @throws Failure BASE_MISSING where it has no image for the platform
 */
export async function loadBase(name: string, found: FoundImage, platform: Platform, into: Store, options: StepOptions): Promise<Base> {
  const { signal } = options;
  const { store } = found;
  const { manifest, config } = await imageFor(name, found, platform, signal);
  const fetched = new Map<string, Promise<Store>>();
  /** Brings a layer into the store that is built into, once. */
  const fetch = (layer: Descriptor): Promise<Store> => {
    const fetching = fetched.get(layer.digest) ?? into.write(layer, storeSource(store, layer, { signal }), { signal }).then(() => into);
    fetched.set(layer.digest, fetching);
    // Heard by whoever waits for it.
    fetching.catch(() => {});
    return fetching;
  };
  let files: Promise<RootFs> | undefined;
  return {
    config,
    layers: manifest.layers.map((layer) => ({ ...layer, mediaType: ociLayerType(layer.mediaType) })),
    store,
    files: async (contents) => {
      files ??= filesOf(manifest.layers, { list: contents ? fetch : async () => store, fetch, signal });
      return (await files).fork();
    },
  };
}

/**
 * The image of a platform in what was found, with its configuration; the first one where no platform is named.
 * @throws Failure BASE_MISSING where it has no image for the platform
 */
export async function imageFor(
  name: string,
  { store, root, pinned }: FoundImage,
  platform: Platform | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly descriptor: Descriptor; readonly manifest: ImageManifest; readonly config: ImageConfig }> {
  const manifest = await readManifest(store, root, { signal });
  const children = manifest.kind === "index" ? manifest.manifests.filter((child) => !isAttestation(child)) : [root];
  const seen: string[] = [];
  for (const descriptor of children) {
    if (platform !== undefined && descriptor.platform !== undefined && !platformMatches(platform, descriptor.platform)) {
      seen.push(formatPlatform(descriptor.platform));
      continue;
    }
    const image = descriptor === root ? manifest : await readManifest(store, descriptor, { signal });
    if (image.kind !== "manifest") continue;
    const config = await readConfig(store, image.config, { signal });
    if (platform === undefined || platformMatches(platform, config)) return { descriptor, manifest: image, config };
    seen.push(formatPlatform(config));
  }
  const has = seen.length === 0 ? "no image" : seen.map((one) => quoteForeign(one, 60)).join(", ");
  throw new Failure(
    "BASE_MISSING",
    `${name} (${pinned}) is not there for ${platform === undefined ? "any platform" : formatPlatform(platform)}; it has ${has}`,
    {
      hint: "Build upon an image of this platform, or for another one with --platform.",
    },
  );
}

/** One entry of a layer, and what is in it where that is kept. */
interface Entry {
  readonly header: TarHeader;
  readonly kept: readonly Uint8Array[] | undefined;
}

/** How many layers are read at once: unpacking has threads of its own. */
const layersAtOnce = 4;

/** The files of an image: layer over layer, whiteouts applied (image-spec, "Applying Changesets"). */
async function filesOf(
  layers: readonly Descriptor[],
  { list, fetch, signal }: { readonly list: Place; readonly fetch: Place; readonly signal: AbortSignal | undefined },
): Promise<RootFs> {
  const fs = rootFs();
  const budget = { left: entryLimit };
  const reading: Promise<readonly Entry[]>[] = [];
  const begin = (layer: Descriptor | undefined): void => {
    if (layer === undefined) return;
    const entries = list(layer).then((store) => entriesOf(store, layer, budget, signal));
    // Heard when the layer's turn comes.
    entries.catch(() => {});
    reading.push(entries);
  };
  for (const layer of layers.slice(0, layersAtOnce)) begin(layer);
  try {
    for (const [at, layer] of layers.entries()) {
      lay(
        fs,
        (await reading[at]) ?? [],
        layerFiles(() => fetch(layer), layer, { signal }),
        `the layer ${layer.digest}`,
      );
      begin(layers[at + layersAtOnce]);
    }
  } finally {
    await Promise.allSettled(reading);
  }
  return fs;
}

async function entriesOf(
  store: Store,
  layer: Descriptor,
  budget: { left: number },
  signal: AbortSignal | undefined,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const { header, content } of layerEntries(store, layer, { signal })) {
    budget.left -= 1;
    if (budget.left < 0) throw new Failure("IMAGE_INVALID", `the base image has more than ${entryLimit} files`);
    const kept = keptNames.test(header.name) && header.size <= keptBytes ? await Array.fromAsync(content) : undefined;
    entries.push({ header, kept });
  }
  return entries;
}

/** Lays one layer's entries over what is below. */
function lay(fs: RootFs, entries: readonly Entry[], content: LayerFiles, layer: string): void {
  const written = new Set<string>();
  const links = layerLinks(fs, layer);
  for (const [at, { header, kept }] of entries.entries()) {
    const path = entryPath(header.name);
    if (path === undefined || path === "") continue;
    const [parent, name] = split(path);
    if (name === ".wh..wh..opq") removeBelow(fs, parent, written);
    else if (name.startsWith(".wh.")) {
      const gone = parent === "" ? name.slice(4) : `${parent}/${name.slice(4)}`;
      if (!written.has(gone)) fs.remove(gone);
    } else {
      const open = (): AsyncIterable<Uint8Array> => (kept === undefined ? content.open(at) : chunksOf(kept));
      const node = header.type === "link" ? links.to(path, header) : nodeOf(header, open);
      if (node === undefined) continue;
      if (node.kind !== "directory") fs.remove(path);
      fs.set(path, node);
      written.add(path);
    }
  }
  links.settle();
}

/** Where a layer is read. */
type Place = (layer: Descriptor) => Promise<Store>;

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}

function nodeOf(header: TarHeader, open: () => AsyncIterable<Uint8Array>): Node | undefined {
  const { type, linkname, size } = header;
  const attributes = attributesOf(header);
  switch (type) {
    case "file":
      return { kind: "file", size, open, ...attributes };
    case "directory":
      return { kind: "directory", ...attributes };
    case "symlink":
      return { kind: "symlink", target: linkname, ...attributes, mode: 0o777 };
    case "link":
    case "unknown":
      return undefined;
    default:
      return specialOf(header, attributes);
  }
}

/** Removes what lower layers have below a directory. */
function removeBelow(fs: RootFs, parent: string, written: ReadonlySet<string>): void {
  for (const name of fs.children(parent)) {
    const path = join(parent, name);
    if (![...written].some((one) => one === path || one.startsWith(`${path}/`))) fs.remove(path);
  }
}
