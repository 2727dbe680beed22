import { type ContentKey, stamp } from "../build/index.ts";
import { mediaTypes } from "../oci/index.ts";
import { bytesSource, layeredStore, memoryStore } from "../store/index.ts";
import { sendAhead } from "./ahead.ts";
import { buildInto, type Order, stampOf, type Workshop } from "./build.ts";
import type { StepOptions } from "./deliver.ts";
import { type Ancestors, lookBack } from "./reuse/ancestors.ts";
import { keyOf } from "./reuse/key.ts";
import { reusable } from "./reuse/reuse.ts";
import { inState } from "./survey/judge.ts";
import type { DockerfileText, Image, Plan, Survey, Twin } from "./types.ts";

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
  const earlier = lookBack(plan, survey, ancestors, options);
  // Heard by whoever looks for what can be reused.
  earlier.catch(() => {});
  const key = await keyOf(plan, plan.build, workshop, options);
  const { twin, layers } = await reusable(plan, key, plan.build.engine, earlier, options);
  return twin === undefined
    ? await build({ plan, survey, dockerfile: plan.build.dockerfile, workshop, key, known: layers }, options)
    : await stampAgain(plan, twin, key, options);
}

async function build(order: Order & { readonly survey: Survey }, options: StepOptions): Promise<Image> {
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

/** The same layers under a configuration and a manifest of this commit's own; nothing is read but those. */
async function stampAgain(plan: Plan, twin: Twin, key: ContentKey | undefined, options: StepOptions): Promise<Image> {
  const upper = memoryStore({ name: "the stamped image" });
  for (const { descriptor, bytes } of twin.read) await upper.write(descriptor, bytesSource(bytes));
  const store = layeredStore(upper, plan.destinations[0].store);
  const by = { ...stampOf(plan), origin: twin.origin, contentKey: key?.key, restamped: true };
  const root = await stamp(store, twin.root, by, options);
  return {
    root,
    store,
    built: false,
    adopted: false,
    content: twin.content,
    contentKey: key?.key,
    bases: key?.bases,
    there: twin.there,
    reused: twin,
  };
}
