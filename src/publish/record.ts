import { partFailure } from "../failure/index.ts";
import { formatPlatform, rfc3339 } from "../oci/index.ts";
import { attachRecord, isRecorded, type PublishRecord } from "../trace/index.ts";
import { findingsOf } from "./check.ts";
import type { StepOptions } from "./deliver.ts";
import type { Known, Plan, Released, TaggedDestination } from "./types.ts";

/** What only the run knows, and only the record says. */
export interface RunFacts {
  readonly waybill: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Link, actor and the like; never a credential. */
  readonly run?: Readonly<Record<string, string>> | undefined;
}

/** What the last step did. */
export interface Recorded {
  readonly released: Released;
  /** At how many destinations a record was attached now. */
  readonly written: number;
}

/** Step 8: attaches the record wherever the image is released and has none. What is there is not repeated. */
export async function record(
  plan: Plan,
  released: Released,
  found: Pick<Known, "checked" | "started">,
  facts: RunFacts,
  options: StepOptions,
): Promise<Recorded> {
  const text = recordOf(plan, released, found, facts);
  const all = await Promise.all(released.tagged.map((one) => recordAt(one, released, text, options)));
  return { released: { ...released, tagged: all.map((one) => one.tagged) }, written: all.filter((one) => one.written).length };
}

async function recordAt(
  one: TaggedDestination,
  { image }: Released,
  text: PublishRecord,
  { signal }: StepOptions,
): Promise<{ readonly tagged: TaggedDestination; readonly written: boolean }> {
  if (!one.released) return { tagged: one, written: false };
  const { store } = one.destination;
  try {
    const missing = !(await isRecorded(store, image.root.digest, { signal }));
    if (missing) await attachRecord(store, image.root, text, { signal });
    return { tagged: one, written: missing };
  } catch (thrown) {
    const failure = partFailure(thrown, signal);
    return { tagged: { ...one, failure: one.failure ?? failure }, written: false };
  }
}

function recordOf(
  plan: Plan,
  { image, tagged }: Released,
  { checked = [], started }: Pick<Known, "checked" | "started">,
  facts: RunFacts,
): PublishRecord {
  const { commit } = plan;
  return {
    schemaVersion: 1,
    kind: "publish",
    waybill: facts.waybill,
    digest: image.root.digest,
    commit: { sha: commit.sha, tree: commit.tree, committedAt: rfc3339(commit.committedAt), branch: commit.branch },
    source: plan.source,
    platform: formatPlatform(plan.platform),
    built: image.built,
    engine: image.engine,
    content: image.content,
    contentKey: image.contentKey,
    build: image.stats,
    bases: image.bases,
    reused: image.reused && { commit: image.reused.revision, digest: image.reused.root.digest, origin: image.reused.origin },
    destinations: tagged.map(({ destination, released, failure }) => ({
      name: destination.name,
      uri: `${destination.name}:${plan.releaseTag}`,
      outcome: released ? "released" : (failure?.code ?? "left"),
    })),
    findings: findingsOf(checked, started).map(({ level, code, message }) => ({ level, code, message })),
    smoke: started && { ...started.image, wanted: started.wanted },
    run: facts.run,
    startedAt: new Date(facts.startedAt).toISOString(),
    ms: Math.round(Date.now() - facts.startedAt),
  };
}
