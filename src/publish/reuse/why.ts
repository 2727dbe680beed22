import type { KeyPart } from "../../build/index.ts";
import { Failure } from "../../failure/index.ts";
import type { Digest } from "../../oci/index.ts";
import { parseTag } from "../../oci/index.ts";
import { type PublishRecord, readRecord, recordsOf } from "../../trace/index.ts";
import type { PlannedImage } from "../planned.ts";

/** One input in which two commits differ. */
export interface Difference {
  readonly kind: string;
  readonly name: string;
  /** What it is in each of the two; undefined where it is not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What is known of why a commit's image was built. */
export interface Rebuilt {
  readonly differences: readonly Difference[];
  /** What is to be said of it, a line each. */
  readonly lines: readonly string[];
  readonly before: Known;
  readonly after: Known;
}

/** What is known of one commit's image. */
interface Known {
  readonly commit: string;
  /** The content key; of what the image was really built upon, where its record says that. */
  readonly key: Digest;
  readonly record: Partial<PublishRecord> | undefined;
}

/**
 * Compares what went into the images of two commits, part by part. Where an image has a record at the primary, it counts what that says
 * it was built upon: a base's tag may have moved since.
 * @throws Failure of either plan; what the primary's registry answers
 */
export async function whyRebuilt(
  before: PlannedImage,
  after: PlannedImage,
  distance: number | undefined,
  signal?: AbortSignal,
): Promise<Rebuilt> {
  const [one, other] = await Promise.all([known(before, signal), known(after, signal)]);
  const differences = differencesOf(one.parts, other.parts);
  return {
    differences,
    lines: differences.length > 0 ? [] : equalLines(after, one, other, distance),
    before: one.known,
    after: other.known,
  };
}

async function known({ plan, key, failure }: PlannedImage, signal: AbortSignal | undefined) {
  if (key === undefined) throw failure ?? new Failure("DEFECT", "the plan was made without a key");
  const record = await recordOf(plan, signal);
  const then = new Map(record?.bases?.map(({ name, digest }) => [name, digest]));
  const parts = key.parts.map((part) => (part.kind === "base" ? { ...part, value: then.get(part.name) ?? part.value } : part));
  return { known: { commit: plan.commit.sha, key: record?.contentKey ?? key.key, record }, parts, key };
}

async function recordOf({ destinations: [{ store }], releaseTag }: PlannedImage["plan"], signal: AbortSignal | undefined) {
  const root = await store.resolve(parseTag(releaseTag), { signal });
  const [record] = root === undefined ? [] : await recordsOf(store, root.digest, { signal });
  return record === undefined ? undefined : await readRecord(store, record, { signal });
}

function differencesOf(before: readonly KeyPart[], after: readonly KeyPart[]): readonly Difference[] {
  const id = ({ kind, name }: KeyPart): string => `${kind}\0${name}`;
  const [one, other] = [new Map(before.map((part) => [id(part), part])), new Map(after.map((part) => [id(part), part]))];
  return [...new Set([...one.keys(), ...other.keys()])]
    .sort()
    .map((key) => ({ part: one.get(key) ?? other.get(key), before: one.get(key)?.value, after: other.get(key)?.value }))
    .flatMap(({ part, ...values }) =>
      part === undefined || values.before === values.after ? [] : [{ kind: part.kind, name: part.name, ...values }],
    );
}

/** Why a commit with the same inputs may have been built all the same. */
function equalLines(
  { plan }: PlannedImage,
  one: Awaited<ReturnType<typeof known>>,
  other: Awaited<ReturnType<typeof known>>,
  distance: number | undefined,
): readonly string[] {
  const { reuse } = plan.image.build;
  const { record } = other.known;
  const lines = ["nothing that goes into the image differs"];
  if (record?.reused !== undefined) return [...lines, `${other.known.commit} was not built: its content is ${record.reused.commit}'s`];
  if (record === undefined)
    lines.push(`${plan.destinations[0].name} has no record of ${other.known.commit}, so nobody can tell whether it was built`);
  if (one.known.record === undefined)
    lines.push(`${plan.destinations[0].name} has no image of ${one.known.commit} with a record to take the content from`);
  if (!reuse.enabled) lines.push("build.reuse is off");
  if (other.key.unfit !== undefined) lines.push(other.key.unfit);
  if (distance === undefined) lines.push("the first is no first-parent ancestor of the second");
  else if (distance > reuse.depth)
    lines.push(`the first lies ${distance} commits before the second, and build.reuse.depth is ${reuse.depth}`);
  if (other.key.ages)
    lines.push(
      `a program runs that may see the network, so content is reused for ${reuse.maxAgeMs / 3_600_000} hours after its origin's commit only`,
    );
  return lines;
}
