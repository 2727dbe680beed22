import type { Answer } from "./ancestry.ts";

/** A service that has the whole history, where a checkout has a part of it: the forge that it comes from. */
export interface Elsewhere {
  /** The repository that it speaks of, as a link without credentials. */
  readonly source: string;
  /** Whether the first commit can be reached from the second, or is it. */
  isAncestor(ancestor: string, descendant: string): Promise<Answer>;
  /**
   * The first-parent history after `sha` up to and with `tip`, newest first; false where it does not lead to `sha`, "unknown" where
   * the service does not say.
   */
  firstParentsSince(sha: string, tip: string): Promise<readonly string[] | false | "unknown">;
}
