import { type Manifest, parseManifest } from "../../oci/index.ts";
import { findManifest, type HeldManifest, type Store } from "../../store/index.ts";
import type { StepOptions } from "../deliver.ts";
import { releaseTagOf } from "../plan.ts";
import type { Plan, Survey } from "../types.ts";

/** The first-parent ancestors of the commit. */
export interface Ancestors {
  /** Their full names, newest first; so many at most. */
  readonly list: (depth: number) => Promise<readonly string[]>;
  /** Whether a file of the context that counts is another one in an ancestor; undefined where that cannot be told at once. */
  readonly differs: (ancestor: string, counts: (path: string) => boolean) => Promise<boolean | undefined>;
}

/** An ancestor's image at the primary. */
export interface AncestorImage {
  readonly sha: string;
  readonly held: HeldManifest;
  /** The same, read. */
  readonly manifest: Manifest;
}

/** How many ancestors are asked at once: what is looked for is most often the very newest's. */
const waves: readonly number[] = [1, 7, 16, 32];

/** Ancestors, newest first, in groups that are asked at once. */
export function* inWaves(shas: readonly string[]): Generator<readonly string[]> {
  for (let at = 0, wave = 0; at < shas.length; wave++) {
    const some = shas.slice(at, at + (waves[wave] ?? 32));
    at += some.length;
    yield some;
  }
}

/** The images of a commit's ancestors at the primary. */
export interface AncestorImages {
  readonly store: Store;
  /** Full names, newest first. */
  readonly shas: readonly string[];
  readonly differs: Ancestors["differs"];
  /** An ancestor's image, or undefined where it has none. Asked for once, however many look at it. Throws what the registry answers. */
  image(sha: string): Promise<AncestorImage | undefined>;
}

/**
 * The images of the commit's ancestors at the primary, each looked at at most once; undefined where there is nothing to look at: reuse is
 * off, or the primary does not answer. The newest is asked for at once, because nearly every run wants it: while it comes the content key
 * is made.
 * @throws Failure GIT_FAILED
 */
export async function lookBack(
  plan: Plan,
  { surveyed }: Survey,
  ancestors: Ancestors,
  options: StepOptions,
): Promise<AncestorImages | undefined> {
  const { reuse } = plan.image.build;
  const down = surveyed.some(({ destination, state }) => destination.primary && state.kind === "failed");
  if (!reuse.enabled || down) return undefined;
  const images = ancestorImages(plan, await ancestors.list(reuse.depth), ancestors.differs, options);
  const [newest] = images.shas;
  // Heard by whoever looks at it.
  if (newest !== undefined) images.image(newest).catch(() => {});
  return images;
}

function ancestorImages(plan: Plan, shas: readonly string[], differs: Ancestors["differs"], options: StepOptions): AncestorImages {
  const { store } = plan.destinations[0];
  const found = new Map<string, Promise<AncestorImage | undefined>>();
  const look = async (sha: string): Promise<AncestorImage | undefined> => {
    const held = await findManifest(store, releaseTagOf(plan, sha), options);
    return held && { sha, held, manifest: parseManifest(held.bytes, held.descriptor.mediaType) };
  };
  return {
    store,
    shas,
    differs,
    image(sha) {
      const image = found.get(sha) ?? look(sha);
      found.set(sha, image);
      return image;
    },
  };
}
