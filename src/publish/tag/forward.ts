import type { History } from "../history.ts";
import type { MovingTag } from "../types.ts";

/** What a moving tag names now, as far as that can be told. */
export type Current = { readonly kind: "absent" } | { readonly kind: "commit"; readonly sha: string } | { readonly kind: "unlabelled" };

/** Whether a tag moves, and why or why not; a warning where a person should look. */
export interface Move {
  readonly move: boolean;
  readonly adopted?: boolean;
  readonly why: string;
  readonly level: "info" | "warning";
}

const stay = (why: string, level: "info" | "warning" = "info"): Move => ({ move: false, why, level });

/**
 * Whether the commit is one that a branch's moving tag may name: on the first-parent history of the branch's tip.
 * Gives the reason why not, or undefined.
 */
export async function offBranch(moving: MovingTag, sha: string, history: History): Promise<Move | undefined> {
  if (moving.never) return stay("its policy is never");
  const tip = await history.tip(moving.branch);
  if (tip === undefined) return stay(`there is no branch ${moving.branch} here to follow`, "warning");
  const onBranch = await history.isFirstParent(sha, tip);
  if (onBranch === "unknown") return stay(`the history is too shallow to tell whether ${short(sha)} is on ${moving.branch}`, "warning");
  return onBranch ? undefined : stay(`commit ${short(sha)} is not on ${moving.branch}`);
}

/** Whether a tag that names `current` moves to a commit that is on the tag's branch: forward only. */
export async function forward(moving: MovingTag, current: Current, sha: string, history: History): Promise<Move> {
  const { tag, adopt, always } = moving;
  if (current.kind === "absent") return { move: true, why: `${tag} did not exist`, level: "info" };
  if (current.kind === "unlabelled") {
    if (adopt) return { move: true, adopted: true, why: `${tag} named no commit and was taken over`, level: "info" };
    return stay(`${tag} holds an image that names no commit; give --latest=adopt to take it over`, "warning");
  }
  if (current.sha === sha) return { move: true, why: `${tag} names this commit already`, level: "info" };
  const ahead = await history.isAncestor(current.sha, sha);
  if (ahead === true) return { move: true, why: `${tag} moves forward from ${short(current.sha)}`, level: "info" };
  const behind = await history.isAncestor(sha, current.sha);
  if (behind === true) return stay(`${tag} names ${short(current.sha)}, which is newer than ${short(sha)}`);
  if (ahead === "unknown" || behind === "unknown") {
    if (adopt)
      return {
        move: true,
        adopted: true,
        why: `${tag} named ${short(current.sha)}, which is not in this history, and was taken over`,
        level: "info",
      };
    return stay(
      `${tag} names ${short(current.sha)}, which is not in this repository's history; give --latest=adopt to take it over`,
      "warning",
    );
  }
  if (always) return { move: true, why: `${tag} leaves ${short(current.sha)}, from which ${short(sha)} does not descend`, level: "info" };
  return stay(
    `${tag} names ${short(current.sha)}, from which ${short(sha)} does not descend; give --latest=always if the branch was rewritten`,
    "warning",
  );
}

function short(sha: string): string {
  return sha.slice(0, 12);
}
