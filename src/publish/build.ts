import {
  type BuildContext,
  type BuildRequest,
  type ContentKey,
  diskFailure,
  type Engine,
  fillTemplate,
  type ImageSource,
  stamp,
} from "../build/index.ts";
import { rfc3339 } from "../oci/index.ts";
import { lentStore, type Store } from "../store/index.ts";
import type { StepOptions } from "./deliver.ts";
import { type CommitWords, commitWords } from "./plan.ts";
import type { DockerfileText, Image, Plan } from "./types.ts";

/** What building takes from the outside; made only when something is really needed. */
export interface Workshop {
  readonly context: BuildContext;
  readonly images: ImageSource;
  /** What engines with programs of their own take: paths are absolute. */
  readonly extras: Pick<BuildRequest, "secrets" | "ssh" | "cache" | "compression">;
  /** Chooses the engine, for which the machine may have to be looked at. */
  engine(): Promise<Engine>;
  /** Where the content is put together. */
  store(): Promise<Store>;
}

/** What of a plan building takes. */
type Buildable = Pick<Plan, "image" | "platform" | "source" | "releaseTag"> & {
  /** The name is no commit's where a checkout with edits is built. */
  readonly commit: CommitWords;
};

/** What is built, and out of what. */
export interface Order {
  readonly plan: Buildable;
  readonly dockerfile: DockerfileText;
  readonly workshop: Workshop;
  readonly key: ContentKey | undefined;
  readonly known?: BuildRequest["known"];
}

/**
 * Builds the content into a store, and stamps it.
 * @throws Failure of the engine
 */
export async function buildInto(scratch: Store, engine: Engine, order: Order, options: StepOptions): Promise<Image> {
  const { plan, dockerfile, workshop, key, known } = order;
  const { build: settings } = plan.image;
  const built = await engine.build(
    {
      context: workshop.context,
      dockerfile,
      target: settings.target,
      args: settings.args,
      platform: plan.platform,
      epoch: settings.epoch,
      images: workshop.images,
      contexts: settings.contexts,
      ...workshop.extras,
      pins: key?.pins,
      known,
    },
    scratch,
    options,
  );
  const layers = await known;
  const taken = Object.values(built.layerKeys ?? {}).flatMap((one) => layers?.get(one)?.descriptor ?? []);
  if (taken.length > 0)
    options.emit({
      kind: "message",
      level: "info",
      text: `${taken.length} ${taken.length === 1 ? "layer is" : "layers are"} an ancestor's, and not packed again`,
    });
  // What was not packed lies where it was found: it is mounted from there, or read when somebody needs it.
  const store = built.elsewhere === undefined ? scratch : lentStore(scratch, built.elsewhere);
  const { commit } = plan;
  const origin = { revision: commit.sha, created: rfc3339(commit.committedAt) };
  const by = { ...stampOf(plan), origin, contentKey: key?.key, layerKeys: built.layerKeys };
  const root = await stamp(store, built.content, by, options).catch((thrown: unknown) => {
    throw diskFailure(thrown);
  });
  return {
    root,
    store,
    built: true,
    adopted: false,
    engine: engine.name,
    content: built.content.digest,
    contentKey: key?.key,
    stats: built.stats,
    bases: key?.bases ?? built.bases,
    there: taken,
  };
}

/** What binds content to the plan's commit. */
export function stampOf(plan: Buildable) {
  const { commit, image } = plan;
  return {
    revision: commit.sha,
    created: rfc3339(commit.committedAt),
    source: plan.source,
    version: plan.releaseTag,
    env: filled(image.build.stamp.env, "build.stamp.env", plan),
    labels: filled(image.build.stamp.labels, "build.stamp.labels", plan),
  };
}

function filled(templates: Readonly<Record<string, string>>, key: string, plan: Buildable): Record<string, string> {
  const words = commitWords(plan.commit);
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, fillTemplate(template, words, `${key}.${name}`)]));
}
