import type { ContentKey } from "../../build/index.ts";
import { Failure } from "../../failure/index.ts";
import { type Annotations, annotationKeys, type Descriptor, isDigest, parseTag } from "../../oci/index.ts";
import { readManifest, type Store } from "../../store/index.ts";
import { isRecorded } from "../../trace/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { Plan, Twin } from "../types.ts";

/** What is looked for among the ancestors: the newest first, the next ones side by side. */
const waves: readonly number[] = [1, 7, 16, 32];
/** Clocks of committers may be a little ahead. */
const aheadMs = 10 * 60_000;

/**
 * Looks for an image with the content key among a commit's ancestors, newest first.
 * @param ancestors full names, newest first
 * @throws what the primary's registry answers
 */
export async function findTwin(
  plan: Plan,
  key: ContentKey,
  ancestors: readonly string[],
  options: StepOptions & { readonly now: number },
): Promise<Twin | undefined> {
  const { store } = plan.destinations[0];
  let at = 0;
  for (let wave = 0; at < ancestors.length; wave++) {
    const some = ancestors.slice(at, at + (waves[wave] ?? 32));
    at += some.length;
    const found = await Promise.all(some.map((sha) => candidate(plan, store, sha, key, options)));
    for (const one of found) {
      // A damaged image is no twin, whatever it says.
      if (one !== undefined && (await isWhole(store, one.root, options))) {
        return { ...one, recorded: await isRecorded(store, one.root.digest, options) };
      }
    }
  }
  return undefined;
}

async function candidate(
  plan: Plan,
  store: Store,
  sha: string,
  key: ContentKey,
  options: StepOptions & { readonly now: number },
): Promise<Omit<Twin, "recorded"> | undefined> {
  const root = await store.resolve(parseTag(plan.image.release.replaceAll("{sha}", sha)), options);
  if (root === undefined) return undefined;
  const annotations = await annotationsOf(store, root, options);
  if (annotations?.[annotationKeys.contentKey] !== key.key || annotations[annotationKeys.revision] !== sha) return undefined;
  const content = annotations[annotationKeys.contentDigest];
  const revision = annotations[annotationKeys.originRevision];
  const created = annotations[annotationKeys.originCreated] ?? "";
  const digest = annotations[annotationKeys.originDigest] ?? root.digest;
  if (content === undefined || !isDigest(content) || revision === undefined || !isDigest(digest)) return undefined;
  const age = options.now - Date.parse(created);
  if (!(age >= -aheadMs) || (key.ages && age > plan.image.build.reuse.maxAgeMs)) return undefined;
  return { revision: sha, root, origin: { revision, created, digest }, content };
}

async function annotationsOf(store: Store, root: Descriptor, options: StepOptions): Promise<Annotations | undefined> {
  try {
    return (await readManifest(store, root, options)).annotations;
  } catch (thrown) {
    if (isDamage(thrown)) return undefined;
    throw thrown;
  }
}

/** Whether all that a manifest names is there. */
async function isWhole(store: Store, root: Descriptor, options: StepOptions): Promise<boolean> {
  try {
    const manifest = await readManifest(store, root, options);
    if (manifest.kind === "index")
      return (await Promise.all(manifest.manifests.map((child) => isWhole(store, child, options)))).every(Boolean);
    return (await Promise.all([manifest.config, ...manifest.layers].map((part) => store.has(part, options)))).every(Boolean);
  } catch (thrown) {
    if (isDamage(thrown)) return false;
    throw thrown;
  }
}

function isDamage(thrown: unknown): boolean {
  return thrown instanceof Failure && ["NOT_FOUND", "IMAGE_INVALID", "CONTENT_MISMATCH", "DIGEST_INVALID"].includes(thrown.code);
}
