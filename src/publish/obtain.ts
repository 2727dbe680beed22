import {
  type BuildContext,
  type BuildRequest,
  type ContentKey,
  type Engine,
  fillTemplate,
  type ImageSource,
  type KnownLayer,
  stamp,
} from "../build/index.ts";
import { mediaTypes, rfc3339 } from "../oci/index.ts";
import { layeredStore, lentStore, memoryStore, type Store } from "../store/index.ts";
import { sendAhead } from "./ahead.ts";
import type { StepOptions } from "./deliver.ts";
import { commitWords } from "./plan.ts";
import { keyOf } from "./reuse/key.ts";
import { type Ancestors, reusable } from "./reuse/reuse.ts";
import { inState } from "./survey/judge.ts";
import type { DockerfileText, Image, Plan, Survey, Twin } from "./types.ts";

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

/** Opens the workshop for a plan's Dockerfile. */
export type OpenWorkshop = (dockerfile: DockerfileText) => Promise<Workshop>;

/**
 * Step 4: the image to deliver: one that a destination holds; else the content of an ancestor that was made from the same inputs,
 * stamped for this commit; else one that is built now and stamped.
 * @throws Failure of the engine; DOCKERFILE_MISSING and the like, kept since the plan was made
 */
export async function obtain(plan: Plan, survey: Survey, open: OpenWorkshop, ancestors: Ancestors, options: StepOptions): Promise<Image> {
  if (survey.source !== undefined) {
    const adopted = inState(survey.surveyed, "present").some(
      ({ state }) => state.adopted && state.root.digest === survey.source?.root.digest,
    );
    return { ...survey.source, built: false, adopted };
  }
  if (plan.build.kind === "impossible") throw plan.build.failure;
  const workshop = await open(plan.build.dockerfile);
  const earlier = plan.image.build.reuse.enabled ? ancestors(plan.image.build.reuse.depth) : undefined;
  // Heard by whoever looks for ancestors' images.
  earlier?.catch(() => {});
  const key = await keyOf(plan, plan.build, workshop, options);
  const { twin, layers } = await reusable(plan, survey, key, plan.build.engine, (depth) => earlier ?? ancestors(depth), options);
  return twin === undefined
    ? await build({ plan, survey, dockerfile: plan.build.dockerfile, workshop, key, known: layers }, options)
    : await stampAgain(plan, twin, key, options);
}

/** What is built, for whom, and out of what. */
interface Order {
  readonly plan: Plan;
  readonly survey: Survey;
  readonly dockerfile: DockerfileText;
  readonly workshop: Workshop;
  readonly key: ContentKey | undefined;
  readonly known: ReadonlyMap<string, KnownLayer>;
}

async function build(order: Order, options: StepOptions): Promise<Image> {
  const engine = await order.workshop.engine();
  const wanted = inState(order.survey.surveyed, "absent").map(({ destination }) => destination.store);
  const packing = order.workshop.extras.compression === "zstd" ? mediaTypes.ociLayerZstd : mediaTypes.ociLayerGzip;
  const ahead = sendAhead(await order.workshop.store(), wanted, packing, options);
  try {
    return { ...(await buildInto(ahead.store, engine, order, options)), ahead };
  } catch (thrown) {
    await ahead.stop();
    throw thrown;
  }
}

async function buildInto(scratch: Store, engine: Engine, order: Order, options: StepOptions): Promise<Image> {
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
  const taken = Object.values(built.layerKeys ?? {}).filter((one) => known.has(one)).length;
  if (taken > 0)
    options.emit({
      kind: "message",
      level: "info",
      text: `${taken} ${taken === 1 ? "layer is" : "layers are"} an ancestor's, and not packed again`,
    });
  // What was not packed lies where it was found: it is mounted from there, or read when somebody needs it.
  const store = built.elsewhere === undefined ? scratch : lentStore(scratch, built.elsewhere);
  const { commit } = plan;
  const origin = { revision: commit.sha, created: rfc3339(commit.committedAt) };
  const root = await stamp(store, built.content, { ...stampOf(plan), origin, contentKey: key?.key, layerKeys: built.layerKeys }, options);
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
    layersTaken: taken,
  };
}

/** The same layers under a configuration and a manifest of this commit's own; nothing is read but those. */
async function stampAgain(plan: Plan, twin: Twin, key: ContentKey | undefined, options: StepOptions): Promise<Image> {
  const store = layeredStore(memoryStore({ name: "the stamped image" }), plan.destinations[0].store);
  const by = { ...stampOf(plan), origin: twin.origin, contentKey: key?.key, restamped: true };
  const root = await stamp(store, twin.root, by, options);
  return { root, store, built: false, adopted: false, content: twin.content, contentKey: key?.key, bases: key?.bases, reused: twin };
}

function stampOf(plan: Plan) {
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

function filled(templates: Readonly<Record<string, string>>, key: string, plan: Plan): Record<string, string> {
  const words = commitWords(plan.commit);
  return Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, fillTemplate(template, words, `${key}.${name}`)]));
}
