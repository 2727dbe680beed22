import type { Descriptor, Manifest } from "../../oci/index.ts";
import { readManifest, type Store } from "../../store/index.ts";
import type { StepOptions } from "../deliver.ts";
import { releaseTagOf } from "../plan.ts";
import type { Plan } from "../types.ts";

/** An ancestor's image at the primary. */
export interface AncestorImage {
  readonly sha: string;
  readonly root: Descriptor;
  readonly manifest: Manifest;
}

/** The images of a commit's ancestors at the primary. */
export interface AncestorImages {
  readonly store: Store;
  /** Full names, newest first. */
  readonly shas: readonly string[];
  /** An ancestor's image, or undefined where it has none. Asked for once, however many look at it. Throws what the registry answers. */
  image(sha: string): Promise<AncestorImage | undefined>;
}

/** Looks at the images of ancestors, each at most once. */
export function ancestorImages(plan: Plan, shas: readonly string[], options: StepOptions): AncestorImages {
  const { store } = plan.destinations[0];
  const found = new Map<string, Promise<AncestorImage | undefined>>();
  const look = async (sha: string): Promise<AncestorImage | undefined> => {
    const root = await store.resolve(releaseTagOf(plan, sha), options);
    return root && { sha, root, manifest: await readManifest(store, root, options) };
  };
  return {
    store,
    shas,
    image(sha) {
      const image = found.get(sha) ?? look(sha);
      found.set(sha, image);
      return image;
    },
  };
}
