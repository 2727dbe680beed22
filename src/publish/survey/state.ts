import { Failure, partFailure } from "../../failure/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import { isRecorded } from "../../trace/index.ts";
import { surveyChecks, validate } from "../../validate/index.ts";
import type { Destination, Identity, Plan, State, Surveyed } from "../types.ts";
import { identify } from "./identity.ts";

/** What one destination holds for the plan's commit. A registry that does not answer is a state, not an exception. */
export async function surveyDestination(plan: Plan, destination: Destination, signal?: AbortSignal): Promise<Surveyed> {
  const started = performance.now();
  let state: State;
  try {
    state = await stateOf(plan, destination, signal);
  } catch (thrown) {
    const failure = partFailure(thrown, signal);
    state = { kind: "failed", failure };
  }
  return { destination, state, ms: performance.now() - started };
}

async function stateOf(plan: Plan, destination: Destination, signal?: AbortSignal): Promise<State> {
  const root = await destination.store.resolve(plan.releaseTag, { signal });
  return root === undefined ? { kind: "absent" } : await stateOfImage(plan, destination, root, signal);
}

/** What an image that was found under the release tag is. */
export async function stateOfImage(plan: Plan, { store, name }: Destination, root: Descriptor, signal?: AbortSignal): Promise<State> {
  const sha = plan.commit.sha;
  let identity: Identity;
  try {
    identity = await identify(store, root, { signal, commit: sha, source: plan.source });
  } catch (thrown) {
    if (!(thrown instanceof Failure) || !damaged.has(thrown.code)) throw thrown;
    const { message, hint } = thrown;
    return { kind: "broken", root, findings: [{ level: "error", code: "unreadable", message, hint, where: { destination: name } }] };
  }
  const { revision, manifest } = identity;
  if (revision !== undefined && revision !== sha) return { kind: "conflict", root, revision };
  // The record says that the image passed all checks; without one, the image's program is looked at as well.
  const recorded = await isRecorded(store, root.digest, { signal });
  const expected = { platform: plan.platform, ...(revision === undefined ? {} : { revision: sha }) };
  const findings = await validate({ store, root, expected }, { signal, ...(recorded ? { checks: surveyChecks } : {}) });
  const located = findings.map((finding) => ({ ...finding, where: { ...finding.where, destination: name } }));
  if (located.some((finding) => finding.level === "error")) return { kind: "broken", root, findings: located };
  if (revision === undefined && !plan.adopt) return { kind: "unlabelled", root, findings: located };
  return { kind: "present", root, manifest, recorded, adopted: revision === undefined };
}

/** Failures that mean damaged content, rather than a registry that cannot be asked. */
const damaged: ReadonlySet<string> = new Set(["IMAGE_INVALID", "NOT_FOUND", "CONTENT_MISMATCH", "DIGEST_INVALID"]);
