import type { ContentKey } from "../../build/index.ts";
import { Failure } from "../../failure/index.ts";
import { annotationKeys, configLimit, type Descriptor, isDigest, type Manifest, manifestLimit, parseManifest } from "../../oci/index.ts";
import { readBytes, type Store } from "../../store/index.ts";
import { isRecorded } from "../../trace/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { Twin } from "../types.ts";
import { type AncestorImage, type AncestorImages, inWaves } from "./ancestors.ts";

/** Clocks of committers may be a little ahead. */
const aheadMs = 10 * 60_000;

/**
 * Looks for an image with the content key among a commit's ancestors, newest first. Where git shows that a file which the key holds is
 * another one in an ancestor, nobody is asked for its image.
 * @param maxAgeMs how long content that grows old is taken
 * @throws what the primary's registry answers
 */
export async function findTwin(
  { store, shas, differs, image }: AncestorImages,
  key: ContentKey,
  maxAgeMs: number,
  options: StepOptions & { readonly now: number },
): Promise<Twin | undefined> {
  for (const some of inWaves(shas)) {
    const images = await Promise.all(
      some.map(async (sha) => ((await differs(sha, key.holds)) ? undefined : await unlessDamaged(() => image(sha)))),
    );
    for (const one of images) {
      const twin = one && twinOf(one, key, maxAgeMs, options.now);
      if (twin === undefined || one === undefined) continue;
      const [parts, recorded] = await Promise.all([
        unlessDamaged(() => partsOf(store, one.manifest, options)),
        isRecorded(store, one.held.descriptor.digest, options),
      ]);
      // A damaged image is no twin, whatever it says.
      if (parts !== undefined) return { ...twin, recorded, there: parts.there, read: [one.held, ...parts.read] };
    }
  }
  return undefined;
}

function twinOf(
  { sha, held: { descriptor: root }, manifest }: AncestorImage,
  key: ContentKey,
  maxAgeMs: number,
  now: number,
): Omit<Twin, "recorded" | "there" | "read"> | undefined {
  const annotations = manifest.annotations ?? {};
  if (annotations[annotationKeys.contentKey] !== key.key || annotations[annotationKeys.revision] !== sha) return undefined;
  const content = annotations[annotationKeys.contentDigest];
  const revision = annotations[annotationKeys.originRevision];
  const created = annotations[annotationKeys.originCreated] ?? "";
  const digest = annotations[annotationKeys.originDigest] ?? root.digest;
  if (content === undefined || !isDigest(content) || revision === undefined || !isDigest(digest)) return undefined;
  const age = now - Date.parse(created);
  if (!(age >= -aheadMs) || (key.ages && age > maxAgeMs)) return undefined;
  return { revision: sha, root, origin: { revision, created, digest }, content };
}

/** What a manifest names: the blobs that the store has, and what of it was read on the way. */
type Parts = Pick<Twin, "there" | "read">;

/**
 * All that a manifest names. Manifests and configs are read, because a stamp needs them.
 * @throws Failure NOT_FOUND where something is missing, and what tells that it is damaged
 */
async function partsOf(store: Store, manifest: Manifest, options: StepOptions): Promise<Parts> {
  if (manifest.kind === "index") {
    const below = await Promise.all(
      manifest.manifests.map(async (descriptor): Promise<Parts> => {
        const bytes = await readBytes(store, descriptor, manifestLimit, options);
        const { there, read } = await partsOf(store, parseManifest(bytes, descriptor.mediaType), options);
        return { there, read: [{ descriptor, bytes }, ...read] };
      }),
    );
    return { there: below.flatMap(({ there }) => there), read: below.flatMap(({ read }) => read) };
  }
  const { config, layers } = manifest;
  const held = async (layer: Descriptor): Promise<void> => {
    if (!(await store.has(layer, options))) throw new Failure("NOT_FOUND", `${store.name} has no ${layer.digest}`);
  };
  const [bytes] = await Promise.all([readBytes(store, config, configLimit, options), ...layers.map(held)]);
  return { there: [config, ...layers], read: [{ descriptor: config, bytes }] };
}

const damage: ReadonlySet<string> = new Set(["NOT_FOUND", "IMAGE_INVALID", "CONTENT_MISMATCH", "DIGEST_INVALID"]);

/** What the work gives, or undefined where what it looks at is damaged. */
async function unlessDamaged<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof Failure && damage.has(thrown.code)) return undefined;
    throw thrown;
  }
}
