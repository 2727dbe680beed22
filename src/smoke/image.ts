import { Failure, quoteForeign } from "../failure/index.ts";
import {
  type Descriptor,
  formatPlatform,
  type ImageConfig,
  type ImageManifest,
  isAttestation,
  machinePlatform,
  type Platform,
  platformMatches,
} from "../oci/index.ts";
import { readConfig, readManifest, type Store, type Waiting } from "../store/index.ts";

/** One platform's image, ready to be handed over. */
export interface Runnable {
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/**
 * The image at a root that is to be run: of an index the one for the platform, else for this machine, else the only one.
 * @throws Failure NOT_FOUND where there is none; CHECK_FAILED where an image without an index is for another platform than was asked for
 */
export async function runnable(store: Store, root: Descriptor, platform: Platform | undefined, options: Waiting): Promise<Runnable> {
  const manifest = await readManifest(store, root, options);
  const images = await Promise.all(
    manifest.kind === "manifest"
      ? [withConfig(store, manifest, options)]
      : manifest.manifests.filter((child) => !isAttestation(child)).map((child) => childOf(store, child, options)),
  );
  const wanted = platform ?? machinePlatform();
  const fitting = images.find(({ config }) => platformMatches(wanted, config));
  const only = platform === undefined && images.length === 1 ? images[0] : undefined;
  const found = fitting ?? only;
  if (found !== undefined) return found;
  const there = images.map(({ config }) => quoteForeign(formatPlatform(config), 60)).join(", ") || "nothing";
  throw new Failure("NOT_FOUND", `${store.name} has no image for ${formatPlatform(wanted)} in ${root.digest}: it holds ${there}`, {
    hint: "Name one of them with --platform.",
    facts: { digest: root.digest },
  });
}

async function childOf(store: Store, child: Descriptor, options: Waiting): Promise<Runnable> {
  const manifest = await readManifest(store, child, options);
  if (manifest.kind === "index") throw new Failure("IMAGE_INVALID", `${child.digest} is an index within an index`);
  return await withConfig(store, manifest, options);
}

async function withConfig(store: Store, manifest: ImageManifest, options: Waiting): Promise<Runnable> {
  return { manifest, config: await readConfig(store, manifest.config, options) };
}
