import { type ContentKey, type EngineExplanation, explainEngine } from "../build/index.ts";
import type { CommitFromEnvironment, Settings } from "../config/index.ts";
import { type Failure, toFailure } from "../failure/index.ts";
import type { Repository } from "../git/index.ts";
import type { Emit } from "../report/index.ts";
import type { StepOptions } from "./deliver.ts";
import { planLines } from "./describe.ts";
import { gitHistory, pushed } from "./git-history.ts";
import { chosenImages, gapInputs, inputsOf, type Registries } from "./inputs.ts";
import { makePlan } from "./plan.ts";
import { computeKey } from "./reuse/key.ts";
import { judge, wouldFail } from "./survey/judge.ts";
import { survey } from "./survey/survey.ts";
import { foresee } from "./tag/foresee.ts";
import type { Foreseen, Plan, PublishedCommit, Surveyed } from "./types.ts";

/** What would be done for one image, as far as it is known before a destination is asked. */
export interface PlannedImage {
  readonly plan: Plan;
  /** The plan in words. */
  readonly lines: readonly string[];
  /** What the Dockerfile needs, and what this machine has to build it. */
  readonly engine?: EngineExplanation | undefined;
  /** The content key, where it was asked for and can be had. */
  readonly key?: ContentKey | undefined;
  /** What is at the destinations, where they were asked. */
  readonly outlook?: Outlook | undefined;
  /** Why there is no key. */
  readonly failure?: Failure | undefined;
}

/** What the destinations hold for the commit, and what publishing would do to their tags. */
export interface Outlook {
  readonly surveyed: readonly Surveyed[];
  /** Empty where publishing would not begin. */
  readonly foreseen: readonly Foreseen[];
  /** What publishing would end with: a conflict, a disagreement, a destination that gives no answer, what cannot be built. */
  readonly failure?: Failure | undefined;
}

/** What planning takes. */
export interface PlanningOptions {
  readonly repository: Repository;
  readonly settings: Settings;
  readonly commit: PublishedCommit;
  /** What the CI says of the commit. */
  readonly environment?: CommitFromEnvironment | undefined;
  readonly only?: readonly string[] | undefined;
  readonly registries: Registries;
  /** Compute content keys too; for that the registries of base images are asked what their tags name. */
  readonly keys: boolean;
  /** Ask the destinations what they hold. */
  readonly look?: boolean | undefined;
  /** The environment that engines would run in, where they are to be looked for: programs of this machine are asked. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Plans a commit's images. Destinations are asked only where `look` says so; nothing is built or written.
 * @throws Failure CONFIG_INVALID, CONFIG_MISSING
 */
export async function planRepository(options: PlanningOptions): Promise<readonly PlannedImage[]> {
  const { repository, settings, commit, registries, signal } = options;
  const planned: PlannedImage[] = [];
  for (const image of chosenImages(settings, options.only)) {
    const plan = await makePlan(commit, { image, repository, adopt: false, storeFor: (one) => registries.repository(one) });
    const outlook = options.look ? await outlookOf(plan) : undefined;
    planned.push({ plan, lines: planLines(plan), engine: await engineOf(plan), outlook, ...(options.keys ? await keyed(plan) : {}) });
  }
  return planned;

  async function outlookOf(plan: Plan): Promise<Outlook> {
    const found = await survey(plan, signal);
    const { surveyed } = found;
    const forbidden = judge(plan, surveyed);
    if (forbidden !== undefined) return { surveyed, foreseen: [], failure: forbidden };
    const steps: StepOptions = { emit: options.emit, signal };
    const history = () => gitHistory(repository, { ...pushed(options.environment), emit: options.emit });
    return { surveyed, foreseen: await foresee(plan, surveyed, history, steps), failure: wouldFail(plan, found) };
  }

  async function engineOf({ build, image }: Plan): Promise<EngineExplanation | undefined> {
    if (options.env === undefined || build.kind === "impossible") return undefined;
    const { engine, target, builder } = image.build;
    const inputs = gapInputs(image, commit.sha, repository, build.dockerfile.ignore);
    return await explainEngine(engine, build.dockerfile, { target, builder, inputs, env: options.env, signal });
  }

  async function keyed(plan: Plan): Promise<Pick<PlannedImage, "key" | "failure">> {
    if (plan.build.kind === "impossible") return { failure: plan.build.failure };
    try {
      const inputs = await inputsOf(plan.image, commit.sha, repository, registries);
      return { key: await computeKey(plan.image, plan.platform, plan.build, inputs, signal) };
    } catch (thrown) {
      return { failure: toFailure(thrown) };
    }
  }
}
