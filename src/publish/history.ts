import type { Answer } from "../git/index.ts";

/** What the moving tags ask of the history: the questions only, so that a branch is fetched once a round. */
export interface History {
  /** The branch's newest commit, as freshly as it can be had in this round. */
  tip(branch: string): Promise<string | undefined>;
  isFirstParent(sha: string, tip: string): Promise<Answer>;
  isAncestor(ancestor: string, descendant: string): Promise<Answer>;
  /** Commits of the first-parent history after `sha` up to and with `tip`, newest first. */
  between(sha: string, tip: string): Promise<readonly string[]>;
}
