import { toFailure } from "../failure/index.ts";
import { type Descriptor, isAttestation, type Manifest, type Platform, platformMatches } from "../oci/index.ts";
import type { Contents, Previous } from "../report/index.ts";
import { readManifest, type Store } from "../store/index.ts";
import type { StepOptions } from "./deliver.ts";
import type { Plan, Released, Sourced } from "./types.ts";

/**
 * What an image consists of. Nothing is asked of a registry for an image that was built or stamped now, and one manifest at most for
 * another. Never fails: an image that cannot be read has undefined contents, and the checks say why.
 */
export async function contentsOf(image: Sourced, platform: Platform, options: StepOptions): Promise<Contents | undefined> {
  try {
    const { store, root, manifest } = image;
    return await read(store, root, manifest ?? (await readManifest(store, root, options)), platform, options);
  } catch (thrown) {
    // Also where the run was interrupted: what goes on beside this says so.
    options.emit({ kind: "detail", text: `what ${image.root.digest} consists of could not be read: ${toFailure(thrown).message}` });
    return undefined;
  }
}

async function read(
  store: Store,
  root: Descriptor,
  manifest: Manifest,
  platform: Platform,
  options: StepOptions,
): Promise<Contents | undefined> {
  if (manifest.kind === "manifest") {
    const { config, layers } = manifest;
    const bytes = layers.reduce((sum, layer) => sum + layer.size, config.size);
    return { manifest: root.digest, config: config.digest, layers: layers.length, bytes };
  }
  const images = manifest.manifests.filter((child) => !isAttestation(child));
  const child = images.find((one) => one.platform !== undefined && platformMatches(platform, one.platform)) ?? images[0];
  if (child === undefined) return undefined;
  const below = await readManifest(store, child, options);
  // An index within an index is nobody's image.
  if (below.kind === "index") return undefined;
  const contents = await read(store, child, below, platform, options);
  return contents && { ...contents, index: root.digest };
}

/**
 * What `latest`, or else the first moving tag, named at the primary before the run; or names now, where it stayed with another image.
 * What deciding over the tag has read is not asked for again.
 */
export async function previousOf(plan: Plan, { image, tagged }: Released, options: StepOptions): Promise<Previous | undefined> {
  const primary = tagged.find(({ destination }) => destination.primary);
  const before = primary?.before?.find(({ tag }) => tag.startsWith("latest")) ?? primary?.before?.[0];
  if (primary === undefined || before === undefined || before.root.digest === image.root.digest) return undefined;
  const { tag, root, identity } = before;
  const contents = await contentsOf({ store: primary.destination.store, root, manifest: identity?.manifest }, plan.platform, options);
  return { tag, digest: root.digest, commit: identity?.revision, bytes: contents?.bytes };
}
