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
import { copy, readConfig, readManifest, type Store } from "../../store/index.ts";
import { entryPath, layerEntries } from "../../validate/index.ts";
import type { FoundImage, StepOptions } from "../engine.ts";
import { ociLayerType } from "../stamp/media-types.ts";
import { layerFiles } from "./layer-files.ts";
import { type Node, type RootFs, rootFs, split } from "./rootfs.ts";

/** An image to build upon, with its content in the store that is built into. */
export interface Base {
  readonly config: ImageConfig;
  /** Layers as they stand in the image that is built: OCI's media types. */
  readonly layers: readonly Descriptor[];
  /** Its files; read from the layers when they are first asked for. */
  files(): Promise<RootFs>;
}

/** The most entries that a base image's layers may have together. */
const entryLimit = 2_000_000;

/**
 * Brings one platform's image of what was found into a store.
 * @throws Failure BASE_MISSING where it has no image for the platform
 */
export async function loadBase(name: string, found: FoundImage, platform: Platform, into: Store, options: StepOptions): Promise<Base> {
  const { signal } = options;
  const { descriptor, manifest, config } = await imageFor(name, found, platform, signal);
  await copy(found.store, into, descriptor, options);
  let files: Promise<RootFs> | undefined;
  return {
    config,
    layers: manifest.layers.map((layer) => ({ ...layer, mediaType: ociLayerType(layer.mediaType) })),
    files: async () => {
      files ??= filesOf(into, manifest.layers, signal);
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

/** The files of an image: layer over layer, whiteouts applied (image-spec, "Applying Changesets"). */
async function filesOf(store: Store, layers: readonly Descriptor[], signal: AbortSignal | undefined): Promise<RootFs> {
  const fs = rootFs();
  let left = entryLimit;
  for (const layer of layers) {
    const content = layerFiles(store, layer, { signal });
    const written = new Set<string>();
    let index = -1;
    for await (const { header } of layerEntries(store, layer, { signal })) {
      index += 1;
      left -= 1;
      if (left < 0) throw new Failure("IMAGE_INVALID", `the base image has more than ${entryLimit} files`);
      const at = index;
      const path = entryPath(header.name);
      if (path === undefined || path === "") continue;
      const [parent, name] = split(path);
      if (name === ".wh..wh..opq") removeBelow(fs, parent, written);
      else if (name.startsWith(".wh.")) {
        const gone = parent === "" ? name.slice(4) : `${parent}/${name.slice(4)}`;
        if (!written.has(gone)) fs.remove(gone);
      } else {
        const { mode, uid, gid, type, linkname, size } = header;
        const owner = { mode: mode & 0o7777, uid, gid };
        const node = nodeOf(fs, type, linkname, { ...owner, size, open: () => content.open(at) });
        if (node === undefined) continue;
        if (node.kind !== "directory") fs.remove(path);
        fs.set(path, node);
        written.add(path);
      }
    }
  }
  return fs;
}

function nodeOf(
  fs: RootFs,
  type: string,
  linkname: string,
  file: {
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    readonly size: number;
    readonly open: () => AsyncIterable<Uint8Array>;
  },
): Node | undefined {
  const { mode, uid, gid } = file;
  if (type === "file" || type === "contiguous-file") return { kind: "file", ...file };
  if (type === "directory") return { kind: "directory", mode, uid, gid };
  if (type === "symlink") return { kind: "symlink", target: linkname, mode: 0o777, uid, gid };
  if (type === "link") {
    const target = entryPath(linkname);
    return target === undefined ? undefined : fs.get(target);
  }
  return { kind: "special", mode, uid, gid };
}

/** Removes what lower layers have below a directory. */
function removeBelow(fs: RootFs, parent: string, written: ReadonlySet<string>): void {
  for (const name of fs.children(parent)) {
    const path = parent === "" ? name : `${parent}/${name}`;
    if (![...written].some((one) => one === path || one.startsWith(`${path}/`))) fs.remove(path);
  }
}
