import { setTimeout as sleep } from "node:timers/promises";
import { partFailure } from "../failure/index.ts";
import type { Digest, Tag } from "../oci/index.ts";
import type { StepOptions } from "./deliver.ts";
import type { Destination, Plan } from "./types.ts";

/** What one destination holds under a commit's release tag, beside what the fleet holds. */
export interface Replica {
  readonly destination: string;
  /** `same`: the fleet's digest; `drifted`: another one; `missing`; `failed`: it could not be asked. */
  readonly state: "same" | "drifted" | "missing" | "failed";
  readonly digest?: Digest | undefined;
  readonly why?: string | undefined;
}

/** Whether one commit is one digest everywhere. */
export interface Fleet {
  readonly tag: Tag;
  /** The digest that counts: the primary's, else the first that is found. */
  readonly digest: Digest | undefined;
  readonly replicas: readonly Replica[];
  readonly agree: boolean;
}

const pollMs = 5000;

/**
 * Asks every destination which digest it holds for the commit. Replication takes its time: what is missing is asked for again until the
 * deadline; what has drifted never comes back by itself.
 * @param waitMs longest to wait for what is missing, in milliseconds
 */
export async function verifyFleet(plan: Plan, waitMs: number, options: StepOptions): Promise<Fleet> {
  const deadline = Date.now() + waitMs;
  for (let told = false; ; told = true) {
    const fleet = await look(plan, options);
    const waiting = fleet.replicas.some(({ state }) => state === "missing" || state === "failed");
    if (!waiting || fleet.replicas.some(({ state }) => state === "drifted") || Date.now() >= deadline) return fleet;
    if (!told) options.emit({ kind: "message", level: "info", text: `waiting for ${fleet.tag} at ${names(fleet)}` });
    await sleep(Math.min(pollMs, Math.max(deadline - Date.now(), 1)), undefined, { signal: options.signal });
  }
}

async function look({ destinations, releaseTag: tag }: Plan, { signal }: StepOptions): Promise<Fleet> {
  const found = await Promise.all(destinations.map(async (destination) => ({ destination, ...(await held(destination, tag, signal)) })));
  const digest = found.find(({ destination }) => destination.primary)?.digest ?? found.find((one) => one.digest !== undefined)?.digest;
  const replicas = found.map(({ destination, digest: holds, why }): Replica => {
    if (why !== undefined) return { destination: destination.name, state: "failed", why };
    if (holds === undefined) return { destination: destination.name, state: "missing" };
    return { destination: destination.name, state: holds === digest ? "same" : "drifted", digest: holds };
  });
  return { tag, digest, replicas, agree: replicas.every(({ state }) => state === "same") };
}

async function held(
  { store }: Destination,
  tag: Tag,
  signal: AbortSignal | undefined,
): Promise<{ readonly digest?: Digest | undefined; readonly why?: string | undefined }> {
  try {
    return { digest: (await store.resolve(tag, { signal }))?.digest };
  } catch (thrown) {
    return { why: partFailure(thrown, signal).message };
  }
}

function names({ replicas }: Fleet): string {
  return replicas
    .filter(({ state }) => state !== "same")
    .map(({ destination }) => destination)
    .join(", ");
}
