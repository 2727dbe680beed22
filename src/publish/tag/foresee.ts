import { partFailure } from "../../failure/index.ts";
import type { ForeseenTag } from "../../report/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { History } from "../history.ts";
import type { Destination, Foreseen, MovingTag, Plan, Surveyed } from "../types.ts";
import { forward, offBranch } from "./forward.ts";
import { currentAt, type FreshHistory } from "./moving.ts";

/** Says for every destination which tags would be created, moved and kept, and why; writes nothing. */
export async function foresee(
  plan: Plan,
  surveyed: readonly Surveyed[],
  fresh: FreshHistory,
  options: StepOptions,
): Promise<readonly Foreseen[]> {
  const history = fresh();
  return await Promise.all(
    surveyed.map(async ({ destination, state }) => {
      if (state.kind !== "absent" && state.kind !== "present") return { destination, tags: [] };
      const release: ForeseenTag =
        state.kind === "present"
          ? { tag: plan.releaseTag, outcome: "kept", why: "it names this commit's image" }
          : { tag: plan.releaseTag, outcome: "created", why: "the commit has no image there" };
      const moving = await Promise.all(plan.moving.map((one) => foreseeMoving(plan, destination, one, history, options)));
      return { destination, tags: [release, ...moving] };
    }),
  );
}

async function foreseeMoving(
  plan: Plan,
  destination: Destination,
  moving: MovingTag,
  history: History,
  options: StepOptions,
): Promise<ForeseenTag> {
  const { tag } = moving;
  try {
    const refused = await offBranch(moving, plan.commit, history);
    if (refused !== undefined) return { tag, outcome: "kept", why: refused.why };
    const current = await currentAt(plan, destination, tag, options);
    const { move, adopted, why } = await forward(moving, current, plan.commit.sha, history);
    if (!move) return { tag, outcome: "kept", why };
    if (current.kind === "absent") return { tag, outcome: "created", why };
    const named = current.kind === "commit" && current.sha === plan.commit.sha;
    return { tag, outcome: named ? "kept" : adopted ? "adopted" : "moved", why };
  } catch (thrown) {
    return { tag, outcome: "unknown", why: partFailure(thrown, options.signal).message };
  }
}
