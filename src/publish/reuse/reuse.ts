import type { BuildRequest, ContentKey } from "../../build/index.ts";
import { partFailure } from "../../failure/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { Plan, Twin } from "../types.ts";
import type { AncestorImages } from "./ancestors.ts";
import { argumentsThatCarry } from "./carried.ts";
import { ancestorLayers } from "./layers.ts";
import { findTwin } from "./twin.ts";

/** What of ancestors' images need not be made again. */
export interface Reusable {
  /** The ancestor's image whose content is this commit's too. */
  readonly twin?: Twin | undefined;
  /** Layers that need not be packed again, by their keys; they are looked for while the build begins. */
  readonly layers?: BuildRequest["known"];
}

/**
 * What of ancestors' images need not be made again. What stands in the way of reuse is said; a primary that cannot be asked costs a build and
 * no more.
 * @param engine the engine that would build: only assemble packs layers by itself
 */
export async function reusable(
  plan: Plan,
  key: ContentKey | undefined,
  engine: string,
  ancestors: Promise<AncestorImages | undefined>,
  options: StepOptions,
): Promise<Reusable> {
  const { reuse } = plan.image.build;
  if (!reuse.enabled) return {};
  const wanted = key !== undefined && mayBeReused(key, plan, options) ? key : undefined;
  if (wanted === undefined && engine !== "assemble") return {};
  const images = await unlessFailing(() => ancestors, options);
  if (images === undefined) return {};
  const twin = wanted && (await unlessFailing(() => findTwin(images, wanted, reuse.maxAgeMs, { ...options, now: Date.now() }), options));
  if (twin !== undefined) options.emit({ kind: "message", level: "info", text: describe(twin) });
  if (twin !== undefined || engine !== "assemble") return { twin };
  const layers = ancestorLayers(images, options);
  // Heard by whoever packs a layer.
  layers.catch(() => {});
  return { layers };
}

/** What a look at ancestors gives; one that fails is told, and costs a build and no more. */
async function unlessFailing<T>(look: () => Promise<T>, { emit, signal }: StepOptions): Promise<T | undefined> {
  try {
    return await look();
  } catch (thrown) {
    const failure = partFailure(thrown, signal);
    emit({ kind: "message", level: "warning", text: `no ancestor's content could be looked for: ${failure.message}`, hint: failure.hint });
    return undefined;
  }
}

/** Whether content of the key may be another commit's too; what stands in the way is said. */
function mayBeReused(key: ContentKey, plan: Plan, { emit }: StepOptions): boolean {
  if (key.unfit !== undefined) {
    emit({ kind: "message", level: "warning", text: `built for each commit: ${key.unfit}`, hint: "Mend it, or set build.reuse to false." });
    return false;
  }
  const carrying = argumentsThatCarry(key, plan.commit);
  if (carrying.length === 0) return true;
  emit({
    kind: "message",
    level: "warning",
    text: `built for each commit: the build argument ${carrying.join(", ")} carries the commit, so no two commits have the same content`,
    hint: "Take it out of build.args and set it with build.stamp.env or build.stamp.labels, which are filled in without a build.",
  });
  return false;
}

function describe({ revision, origin, root }: Twin): string {
  const built = origin.revision === revision ? "" : `, built from ${origin.revision.slice(0, 12)}`;
  return `nothing that goes into the image has changed since ${revision.slice(0, 12)} (${root.digest}${built}): stamped, not built`;
}
