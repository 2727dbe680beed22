import { type Failure, partFailure } from "../failure/index.ts";
import type { Digest } from "../oci/index.ts";
import type { Emit } from "../report/index.ts";
import { copy } from "../store/index.ts";
import type { Sent } from "./ahead.ts";
import { disagree, inState } from "./survey/judge.ts";
import type { Delivery, Image, Plan, Sourced, Survey, Surveyed } from "./types.ts";

type Delivered = Extract<Delivery["outcome"], { readonly kind: "delivered" }>;

/** Options of a step that talks to registries. */
export interface StepOptions {
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Step 5: brings the image to every destination by digest, all at once; no tag is written. A destination that fails
 * does not stop the others.
 * @throws Failure DESTINATIONS_DISAGREE where a destination holds another image of the commit
 */
export async function deliver(plan: Plan, { surveyed }: Survey, image: Image, options: StepOptions): Promise<readonly Delivery[]> {
  for (const one of inState(surveyed, "present")) {
    if (one.state.root.digest !== image.root.digest)
      throw disagree(plan, one, image.root.digest, image.built ? "the image built now" : "the source");
  }
  return await Promise.all(surveyed.map((one) => deliverTo(one, image, options)));
}

async function deliverTo({ destination, state }: Surveyed, image: Image, options: StepOptions): Promise<Delivery> {
  const started = performance.now();
  const delivery = { destination, state };
  if (state.kind === "present") return { ...delivery, outcome: { kind: "present" }, ms: 0 };
  if (state.kind === "failed") return { ...delivery, outcome: { kind: "failed", failure: state.failure }, ms: 0 };
  const sent = await image.ahead?.sent(destination.store);
  const seen = destination.primary ? (image.there ?? []) : [];
  for (const descriptor of seen) options.emit({ kind: "transfer", state: "existed", to: destination.store.name, descriptor, bytes: 0 });
  const there = new Set([...(sent?.layers ?? []), ...seen.map(({ digest }) => digest)]);
  const outcome = await deliverImage(image, destination.store, { ...options, there });
  const whole = outcome.kind === "delivered" && sent !== undefined ? together(outcome, sent) : outcome;
  return { ...delivery, outcome: whole, ms: performance.now() - started };
}

/** What was sent ahead counts as it fared then; to the copy it was there. */
function together({ bytes, pieces }: Delivered, sent: Sent): Delivered {
  const { written, existed, mounted } = sent.pieces;
  return {
    kind: "delivered",
    bytes: bytes + sent.bytes,
    pieces: {
      written: pieces.written + written,
      existed: Math.max(0, pieces.existed - written - mounted - existed) + existed,
      mounted: pieces.mounted + mounted,
    },
  };
}

/** Copies an image by digest into one store; what fails there is data, so that the other destinations go on. */
export async function deliverImage(
  image: Sourced,
  to: Sourced["store"],
  { emit, signal, there }: StepOptions & { readonly there?: ReadonlySet<Digest> | undefined },
): Promise<Delivery["outcome"]> {
  try {
    const { bytes, written, existed, mounted } = await copy(image.store, to, image.root, { emit, signal, there });
    return { kind: "delivered", bytes, pieces: { written, existed, mounted } };
  } catch (thrown) {
    const failure = partFailure(thrown, signal);
    return { kind: "failed", failure };
  }
}

/** The failure of a delivery, or undefined. */
export function failureOf(delivery: Delivery): Failure | undefined {
  return delivery.outcome.kind === "failed" ? delivery.outcome.failure : undefined;
}
