import { Failure, partFailure } from "../../failure/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import type { Tagging } from "../../report/index.ts";
import { deliverImage, type StepOptions } from "../deliver.ts";
import { stateOfImage } from "../survey/state.ts";
import type { Checked, Destination, Image, Plan, Released, TaggedDestination } from "../types.ts";

/**
 * Step 7, first half: the release tag. It is created at the primary first, only if still absent, and read back; where
 * another publisher was faster, its image replaces ours everywhere. No other destination gets the tag before the primary
 * has it.
 * @throws Failure TAG_CONFLICT, CHECK_FAILED where the faster publisher's image is not this commit's
 */
export async function release(plan: Plan, checked: readonly Checked[], image: Image, options: StepOptions): Promise<Released> {
  const [primary, ...others] = checked;
  if (primary === undefined) throw new Failure("DEFECT", "a plan without a destination reached the tags");
  const first = await releaseAt(plan, primary, image, options);
  if (!first.tagged.released) {
    const kept = others.map((one) => untagged(one, primary.destination));
    return { image, tagged: [first.tagged, ...kept] };
  }
  const inForce = first.winner === undefined ? image : await takeOver(plan, primary.destination, first.winner, options);
  const rest = await Promise.all(
    others.map(async (one) => (await releaseAt(plan, await follow(one, image, inForce, options), inForce, options)).tagged),
  );
  return { image: inForce, tagged: [first.tagged, ...rest] };
}

interface AtDestination {
  readonly tagged: TaggedDestination;
  /** What the tag holds instead of our image, at the primary. */
  readonly winner: Descriptor | undefined;
}

async function releaseAt(plan: Plan, { destination, outcome }: Checked, image: Image, options: StepOptions): Promise<AtDestination> {
  if (outcome.kind === "failed") return { tagged: failed(destination, outcome.failure), winner: undefined };
  const { emit, signal } = options;
  const { releaseTag: tag } = plan;
  try {
    const written = await destination.store.tag(tag, image.root, { ifAbsent: true, signal });
    const holds = await destination.store.resolve(tag, { signal });
    if (holds === undefined) throw new Failure("REGISTRY_PROTOCOL", `${destination.name} took the tag ${tag} but does not know it`);
    const won = holds.digest === image.root.digest;
    if (!won && !destination.primary) throw occupied(destination, plan, holds);
    const tagging: Tagging = { tag, digest: holds.digest, outcome: won && written.outcome === "created" ? "created" : "kept" };
    const why = won ? undefined : "another publisher of this commit was faster; its image is kept and delivered everywhere";
    emit({ kind: "tag", destination: destination.name, ...tagging, why });
    return {
      tagged: { destination, tags: [why === undefined ? tagging : { ...tagging, why }], released: true, failure: undefined },
      winner: won ? undefined : holds,
    };
  } catch (thrown) {
    const failure = partFailure(thrown, signal);
    return { tagged: failed(destination, failure), winner: undefined };
  }
}

/** The faster publisher's image, after it was looked at like any other that is found under the release tag. */
async function takeOver(plan: Plan, primary: Destination, winner: Descriptor, { signal }: StepOptions): Promise<Image> {
  const state = await stateOfImage(plan, primary, winner, signal);
  if (state.kind === "conflict") throw occupied(primary, plan, winner, state.revision);
  if (state.kind !== "present") {
    throw new Failure(
      "CHECK_FAILED",
      `another publisher created ${primary.name}:${plan.releaseTag} with ${winner.digest}, which is ${state.kind}`,
      {
        hint: `Delete the tag ${plan.releaseTag} there and run the same command again.`,
      },
    );
  }
  return { root: winner, store: primary.store, built: false, adopted: state.adopted };
}

/** Brings a destination that has our image by digest to the image that is in force. */
async function follow(one: Checked, ours: Image, inForce: Image, options: StepOptions): Promise<Checked> {
  if (inForce.root.digest === ours.root.digest || one.outcome.kind === "failed") return one;
  return { ...one, outcome: await deliverImage(inForce, one.destination.store, options) };
}

function occupied(destination: Destination, plan: Plan, holds: Descriptor, revision?: string): Failure {
  const whose = revision === undefined ? "another image" : `an image of commit ${revision}`;
  return new Failure("TAG_CONFLICT", `${destination.name}:${plan.releaseTag} holds ${whose} (${holds.digest})`, {
    hint: `A release tag is never overwritten. Delete the tag ${plan.releaseTag} there if that image is wrong, and run the same command again.`,
    facts: { destination: destination.name, tag: plan.releaseTag, digest: holds.digest, revision },
  });
}

function untagged({ destination, outcome }: Checked, primary: Destination): TaggedDestination {
  const failure = new Failure(
    "REGISTRY_UNREACHABLE",
    `${destination.name} has the image by digest but not its release tag, because ${primary.name}, the primary, comes first`,
    { hint: "Run the same command again when the primary answers: it fills what is missing." },
  );
  return failed(destination, outcome.kind === "failed" ? outcome.failure : failure);
}

function failed(destination: Destination, failure: Failure): TaggedDestination {
  return { destination, tags: [], released: false, failure };
}
