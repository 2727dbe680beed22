import type { ContentKey } from "../../build/index.ts";
import { partFailure } from "../../failure/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { Plan, Survey, Twin } from "../types.ts";
import { argumentsThatCarry } from "./carried.ts";
import { findTwin } from "./twin.ts";

/** The first-parent ancestors of the commit, newest first. */
export type Ancestors = (depth: number) => Promise<readonly string[]>;

/**
 * The ancestor's image whose content is this commit's too, or undefined where it has to be built. What stands in the way of reuse is
 * said; a primary that cannot be asked costs a build and no more.
 */
export async function reusable(
  plan: Plan,
  { surveyed }: Survey,
  key: ContentKey,
  ancestors: Ancestors,
  options: StepOptions,
): Promise<Twin | undefined> {
  const { emit, signal } = options;
  const { reuse } = plan.image.build;
  if (!reuse.enabled) return undefined;
  if (key.unfit !== undefined) {
    emit({ kind: "message", level: "warning", text: `built for each commit: ${key.unfit}`, hint: "Mend it, or set build.reuse to false." });
    return undefined;
  }
  const carrying = argumentsThatCarry(key, plan.commit);
  if (carrying.length > 0) {
    emit({
      kind: "message",
      level: "warning",
      text: `built for each commit: the build argument ${carrying.join(", ")} carries the commit, so no two commits have the same content`,
      hint: "Take it out of build.args and set it with build.stamp.env or build.stamp.labels, which are filled in without a build.",
    });
    return undefined;
  }
  if (surveyed.some(({ destination, state }) => destination.primary && state.kind === "failed")) return undefined;
  try {
    const twin = await findTwin(plan, key, await ancestors(reuse.depth), { ...options, now: Date.now() });
    if (twin !== undefined) emit({ kind: "message", level: "info", text: describe(twin) });
    return twin;
  } catch (thrown) {
    const failure = partFailure(thrown, signal);
    emit({ kind: "message", level: "warning", text: `no ancestor's content could be looked for: ${failure.message}`, hint: failure.hint });
    return undefined;
  }
}

function describe({ revision, origin, root }: Twin): string {
  const built = origin.revision === revision ? "" : `, built from ${origin.revision.slice(0, 12)}`;
  return `nothing that goes into the image has changed since ${revision.slice(0, 12)} (${root.digest}${built}): stamped, not built`;
}
