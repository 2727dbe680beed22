import { type Failure, toFailure, worstFailure } from "../failure/index.ts";
import type { Emit } from "../report/index.ts";
import { check, findingsOf, verdict } from "./check.ts";
import { contentsOf, previousOf } from "./contents.ts";
import { deliver, failureOf, type StepOptions } from "./deliver.ts";
import { describePlan } from "./describe.ts";
import { type OpenWorkshop, obtain } from "./obtain.ts";
import { type RunFacts, record } from "./record.ts";
import type { Ancestors } from "./reuse/ancestors.ts";
import { type StartImage, startNew } from "./smoke.ts";
import { stepper } from "./step.ts";
import { describeLeft, inState, judge, wouldFail } from "./survey/judge.ts";
import { describeSurvey, survey } from "./survey/survey.ts";
import { foresee } from "./tag/foresee.ts";
import { type FreshHistory, moveTags } from "./tag/moving.ts";
import { release } from "./tag/release.ts";
import type { Image, Known, Plan, Released } from "./types.ts";

/** One image to publish, with everything that its steps take from the outside. */
export interface Job {
  readonly plan: () => Promise<Plan>;
  readonly open: OpenWorkshop;
  readonly history: FreshHistory;
  readonly ancestors: Ancestors;
  /** Starts the image before its tags are written, where that is asked for. */
  readonly start?: StartImage | undefined;
  readonly facts: RunFacts;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
  /** Survey, then stop: nothing is written anywhere. */
  readonly dryRun: boolean;
}

/**
 * The main job for one image: plan, survey, obtain, deliver, check, tag, record; each step takes what the one before it
 * gave. (Choosing the commit, step 1, is done once for all images of a repository.)
 *
 * Never throws but for a defect or an interruption: what went wrong stands in the result, beside what is known until then.
 */
export async function publishImage(job: Job): Promise<Known> {
  const options: StepOptions = { emit: job.emit, signal: job.signal };
  const step = stepper(job.emit, job.signal);
  let known: Known = { steps: step.timings };
  try {
    const plan = await step("plan", job.plan, describePlan);
    known = { ...known, plan };

    const surveyed = await step("survey", () => survey(plan, job.signal), describeSurvey);
    known = { ...known, survey: surveyed };
    const forbidden = judge(plan, surveyed.surveyed);
    if (forbidden !== undefined) return { ...known, failure: forbidden };
    const left = inState(surveyed.surveyed, "unlabelled");
    if (left.length > 0) {
      job.emit({ kind: "message", level: "warning", ...describeLeft(plan, left) });
      return known;
    }
    if (job.dryRun) {
      known = { ...known, foreseen: await foresee(plan, surveyed.surveyed, job.history, options) };
      const failure = wouldFail(plan, surveyed);
      return failure === undefined ? known : { ...known, failure };
    }

    const image = await step("obtain", () => obtain(plan, surveyed, job.open, job.ancestors, options), describeImage);
    known = { ...known, image };

    const [deliveries, contents] = await step(
      "deliver",
      () => Promise.all([deliver(plan, surveyed, image, options), contentsOf(image, plan.platform, options)]),
      ([all]) => {
        const moved = all.filter((one) => one.outcome.kind === "delivered").length;
        return moved === 0 ? "nothing to upload" : `to ${moved} of ${all.length} ${all.length === 1 ? "destination" : "destinations"}`;
      },
    );
    known = { ...known, deliveries, contents };

    const [checked, started] = await step(
      "check",
      async () => {
        const all = await check(plan, deliveries, image, options);
        // What is wrong already need not be started.
        return [all, verdict(findingsOf(all)) === undefined ? await startNew(plan, all, image, job.start, options) : undefined] as const;
      },
      ([all, up]) => {
        const findings = findingsOf(all, up);
        return findings.length === 0 ? "no findings" : `${findings.length} ${findings.length === 1 ? "finding" : "findings"}`;
      },
    );
    known = { ...known, checked, started };
    const refused = verdict(findingsOf(checked, started));
    if (refused !== undefined) return { ...known, failure: refused };

    const tagged = await step(
      "tag",
      async () => moveTags(plan, await release(plan, checked, image, options), job.history, options),
      ({ tagged: all }) => describeTags(all) || "no tag was written",
    );
    known = { ...known, image: tagged.image, released: tagged };

    const [recorded, previous, inForce] = await step(
      "record",
      () =>
        Promise.all([
          record(plan, tagged, { checked, started }, job.facts, options),
          previousOf(plan, tagged, options),
          tagged.image === image ? contents : contentsOf(tagged.image, plan.platform, options),
        ]),
      ([{ written }]) =>
        written === 0 ? "every image has its record" : `attached at ${written} ${written === 1 ? "destination" : "destinations"}`,
    );
    known = { ...known, released: recorded.released, previous, contents: inForce };
    const partial = firstFailure(known);
    return partial === undefined ? known : { ...known, failure: partial };
  } catch (thrown) {
    const failure = toFailure(thrown);
    return { ...known, failure };
  }
}

/** What became of each tag, and at how many destinations where there are several. */
function describeTags(tagged: Released["tagged"]): string {
  const counts = new Map<string, number>();
  for (const { tag, outcome } of tagged.flatMap((one) => one.tags))
    counts.set(`${tag} ${outcome}`, (counts.get(`${tag} ${outcome}`) ?? 0) + 1);
  return [...counts].map(([what, count]) => (tagged.length === 1 ? what : `${what} at ${count} of ${tagged.length}`)).join(", ");
}

function describeImage({ built, engine, root, reused }: Image): string {
  if (built) return `built with ${engine}: ${root.digest}`;
  return reused === undefined
    ? `nothing to build: ${root.digest} is there`
    : `stamped with the content of ${reused.revision.slice(0, 12)}: ${root.digest}`;
}

/** The failure that decides the exit code where several destinations failed: the worst. */
function firstFailure({ deliveries, released }: Known): Failure | undefined {
  return worstFailure([...(released?.tagged.map((one) => one.failure) ?? []), ...(deliveries?.map(failureOf) ?? [])]);
}
