import { type BuildContext, type Engine, fillTemplate, type ImageSource, stamp } from "../build/index.ts";
import { rfc3339 } from "../oci/index.ts";
import type { Store } from "../store/index.ts";
import type { StepOptions } from "./deliver.ts";
import { commitWords } from "./plan.ts";
import { inState } from "./survey/judge.ts";
import type { DockerfileText, Image, Plan, Survey } from "./types.ts";

/** What building takes from the outside; made only when a build is really needed. */
export interface Workshop {
  readonly context: BuildContext;
  readonly images: ImageSource;
  readonly engine: Engine;
  /** Where the content is put together. */
  readonly store: Store;
}

/** Opens the workshop for a plan's Dockerfile. */
export type OpenWorkshop = (dockerfile: DockerfileText) => Promise<Workshop>;

/**
 * Step 4: the image to deliver: one that a destination holds, else one that is built now and stamped.
 * @throws Failure of the engine; DOCKERFILE_MISSING and the like, kept since the plan was made
 */
export async function obtain(plan: Plan, survey: Survey, open: OpenWorkshop, options: StepOptions): Promise<Image> {
  if (survey.source !== undefined) {
    const adopted = inState(survey.surveyed, "present").some(
      ({ state }) => state.adopted && state.root.digest === survey.source?.root.digest,
    );
    return { ...survey.source, built: false, adopted, engine: undefined, content: undefined };
  }
  if (plan.build.kind === "impossible") throw plan.build.failure;
  const workshop = await open(plan.build.dockerfile);
  const { build } = plan.image;
  const built = await workshop.engine.build(
    {
      context: workshop.context,
      dockerfile: plan.build.dockerfile,
      target: build.target,
      args: build.args,
      platform: plan.platform,
      epoch: build.epoch,
      images: workshop.images,
      contexts: build.contexts,
    },
    workshop.store,
    options,
  );
  const root = await stamp(workshop.store, built.content, stampOf(plan), options);
  return { root, store: workshop.store, built: true, adopted: false, engine: workshop.engine.name, content: built.content };
}

function stampOf(plan: Plan) {
  const { commit, image } = plan;
  const created = rfc3339(commit.committedAt);
  return {
    revision: commit.sha,
    created,
    source: plan.source,
    version: plan.releaseTag,
    env: filled(image.build.stamp.env, "build.stamp.env", plan),
    labels: filled(image.build.stamp.labels, "build.stamp.labels", plan),
    origin: { revision: commit.sha, created },
  };
}

function filled(templates: Readonly<Record<string, string>>, key: string, plan: Plan): Record<string, string> {
  const words = commitWords(plan.commit);
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, fillTemplate(template, words, `${key}.${name}`)]));
}
