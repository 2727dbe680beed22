/**
 * How moving tags move: `forward` from an ancestor only; `adopt` also takes over a tag that names no commit of this history; `always`
 * besides leaves a commit from which the new one does not descend, as after a forced push; `never` leaves the tag as it is, and says so.
 */
export type LatestPolicy = "forward" | "adopt" | "always" | "never";

/** Whether a text is the name of a policy. */
export function isLatestPolicy(text: unknown): text is LatestPolicy {
  return text === "forward" || text === "adopt" || text === "always" || text === "never";
}
