import { Failure, worstFailure } from "../../failure/index.ts";
import type { Plan, State, Survey, Surveyed } from "../types.ts";

type At<K extends State["kind"]> = Surveyed & { readonly state: Extract<State, { kind: K }> };

/** The destinations that are in one state. */
export function inState<K extends State["kind"]>(surveyed: readonly Surveyed[], kind: K): readonly At<K>[] {
  return surveyed.filter((one): one is At<K> => one.state.kind === kind);
}

/**
 * What forbids the run to go on, or undefined. Nothing has been written when this is asked; nothing is ever settled by
 * overwriting.
 */
export function judge(plan: Plan, surveyed: readonly Surveyed[]): Failure | undefined {
  return (
    conflict(plan, surveyed) ??
    broken(plan, surveyed) ??
    disagreement(plan, surveyed) ??
    unlabelled(plan, surveyed) ??
    nobodyAnswers(surveyed)
  );
}

function conflict(plan: Plan, surveyed: readonly Surveyed[]): Failure | undefined {
  const [first] = inState(surveyed, "conflict");
  if (first === undefined) return undefined;
  const { root, revision } = first.state;
  return new Failure(
    "TAG_CONFLICT",
    `${first.destination.name}:${plan.releaseTag} holds ${root.digest}, which was made from commit ${revision} and not from ${plan.commit.sha}; nothing was written`,
    {
      hint: `A release tag is never overwritten. Find out who pushed that image; if it is wrong, delete the tag ${plan.releaseTag} there and run the same command again.`,
      facts: { destination: first.destination.name, tag: plan.releaseTag, digest: root.digest, revision, commit: plan.commit.sha },
    },
  );
}

function broken(plan: Plan, surveyed: readonly Surveyed[]): Failure | undefined {
  const [first] = inState(surveyed, "broken");
  if (first === undefined) return undefined;
  const reasons = first.state.findings.filter((finding) => finding.level === "error").map((finding) => finding.message);
  return new Failure(
    "CHECK_FAILED",
    `${first.destination.name}:${plan.releaseTag} holds ${first.state.root.digest}, which does not pass the checks: ${reasons.join("; ")}; nothing was written`,
    {
      hint: `A release tag is never overwritten. Delete the tag ${plan.releaseTag} there and run the same command again, or publish a new commit.`,
      facts: { destination: first.destination.name, tag: plan.releaseTag, digest: first.state.root.digest },
    },
  );
}

function disagreement(plan: Plan, surveyed: readonly Surveyed[]): Failure | undefined {
  const present = inState(surveyed, "present");
  const [first] = present;
  const other = present.find((one) => one.state.root.digest !== first?.state.root.digest);
  return first === undefined || other === undefined ? undefined : disagree(plan, first, other.state.root.digest, other.destination.name);
}

/** Two destinations that hold different images of one commit, side by side. */
export function disagree(plan: Plan, one: At<"present">, digest: string, name: string): Failure {
  return new Failure(
    "DESTINATIONS_DISAGREE",
    `two images of commit ${plan.commit.sha} exist: ${one.destination.name} holds ${one.state.root.digest}, ${name} holds ${digest}; nothing was overwritten`,
    {
      hint: `Decide which of the two is right, delete the tag ${plan.releaseTag} at the other destination, and run the same command again.`,
      facts: { tag: plan.releaseTag, one: one.state.root.digest, other: digest, at: one.destination.name, otherAt: name },
    },
  );
}

function unlabelled(plan: Plan, surveyed: readonly Surveyed[]): Failure | undefined {
  const found = inState(surveyed, "unlabelled");
  const [first] = found;
  const agreed = found.length === surveyed.length && found.every((one) => one.state.root.digest === first?.state.root.digest);
  if (first === undefined || agreed) return undefined;
  return new Failure(
    "TAG_CONFLICT",
    `${first.destination.name}:${plan.releaseTag} holds ${first.state.root.digest}, which names no commit (an older tool made it), and other destinations do not hold the same; nothing was written`,
    {
      hint: "Give --adopt to accept that image as this commit's and deliver it everywhere.",
      facts: { destination: first.destination.name, tag: plan.releaseTag, digest: first.state.root.digest },
    },
  );
}

/** Images of an older tool that every destination holds alike: what was found, and what the person may do. */
export function describeLeft(plan: Plan, left: readonly At<"unlabelled">[]): { readonly text: string; readonly hint: string } {
  const places = left.map(({ destination }) => `${destination.name}:${plan.releaseTag}`).join(", ");
  return {
    text: `${places} holds ${left[0]?.state.root.digest}, an image that names no commit (an older tool made it); it was checked and left as it is`,
    hint: "Give --adopt to accept it as this commit's.",
  };
}

function nobodyAnswers(surveyed: readonly Surveyed[]): Failure | undefined {
  const failed = inState(surveyed, "failed");
  return failed.length === surveyed.length ? failed[0]?.state.failure : undefined;
}

/** What a run would end with, as far as plan and survey tell: what cannot be built, and destinations that cannot be asked. */
export function wouldFail({ build }: Plan, { surveyed, source }: Survey): Failure | undefined {
  const unbuildable = source === undefined && build.kind === "impossible" ? build.failure : undefined;
  return worstFailure([unbuildable, ...inState(surveyed, "failed").map(({ state }) => state.failure)]);
}
