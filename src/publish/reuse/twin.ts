import type { ContentKey } from "../../build/index.ts";
import { Failure } from "../../failure/index.ts";
import { annotationKeys, isDigest, type Manifest } from "../../oci/index.ts";
import { readManifest, type Store } from "../../store/index.ts";
import { isRecorded } from "../../trace/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { Twin } from "../types.ts";
import type { AncestorImage, AncestorImages } from "./ancestors.ts";

/** What is looked for among the ancestors: the newest first, the next ones side by side. */
const waves: readonly number[] = [1, 7, 16, 32];
/** Clocks of committers may be a little ahead. */
const aheadMs = 10 * 60_000;

/**
 * Looks for an image with the content key among a commit's ancestors, newest first.
 * @param maxAgeMs how long content that grows old is taken
 * @throws what the primary's registry answers
 */
export async function findTwin(
  { store, shas, image }: AncestorImages,
  key: ContentKey,
  maxAgeMs: number,
  options: StepOptions & { readonly now: number },
): Promise<Twin | undefined> {
  let at = 0;
  for (let wave = 0; at < shas.length; wave++) {
    const some = shas.slice(at, at + (waves[wave] ?? 32));
    at += some.length;
    const images = await Promise.all(some.map(async (sha) => await unlessDamaged(() => image(sha))));
    for (const one of images) {
      const twin = one && twinOf(one, key, maxAgeMs, options.now);
      // A damaged image is no twin, whatever it says.
      if (twin !== undefined && one !== undefined && (await isWhole(store, one.manifest, options))) {
        return { ...twin, recorded: await isRecorded(store, one.root.digest, options) };
      }
    }
  }
  return undefined;
}

function twinOf(
  { sha, root, manifest }: AncestorImage,
  key: ContentKey,
  maxAgeMs: number,
  now: number,
): Omit<Twin, "recorded"> | undefined {
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

/** Whether all that a manifest names is there. */
async function isWhole(store: Store, manifest: Manifest, options: StepOptions): Promise<boolean> {
  const parts =
    manifest.kind === "index"
      ? manifest.manifests.map(async (child) => {
          const below = await unlessDamaged(() => readManifest(store, child, options));
          return below !== undefined && (await isWhole(store, below, options));
        })
      : [manifest.config, ...manifest.layers].map(async (part) => (await unlessDamaged(() => store.has(part, options))) ?? false);
  return (await Promise.all(parts)).every(Boolean);
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
