import type { History } from "../history.ts";
import type { MovingTag, PublishedCommit } from "../types.ts";

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
export async function offBranch({ branch, policy }: MovingTag, commit: PublishedCommit, history: History): Promise<Move | undefined> {
  if (policy === "never") return stay("its policy is never");
  const tip = await history.tip(branch);
  if (tip === undefined) return stay(`there is no branch ${branch} here to follow`, "warning");
  const { sha } = commit;
  const onBranch = await history.isFirstParent(sha, tip);
  if (onBranch === "unknown") return stay(`the history is too shallow to tell whether ${short(sha)} is on ${branch}`, "warning");
  if (onBranch) return undefined;
  if (commit.branch !== branch || (await history.isAncestor(sha, tip)) !== false) return stay(`commit ${short(sha)} is not on ${branch}`);
  if ((await history.isAncestor(tip, sha)) === true) return stay(`commit ${short(sha)} is not pushed to ${branch} yet`);
  return stay(`${branch} was rewritten: it no longer holds ${short(sha)}, and is at ${short(tip)} now`, "warning");
}

/**
 * Whether a tag that names `current` moves to a commit that is on the tag's branch: forward only, unless its policy is to follow a
 * rewritten branch. A branch was rewritten (by a forced push) where it no longer holds the commit that the tag names.
 */
export async function forward(moving: MovingTag, current: Current, sha: string, history: History): Promise<Move> {
  const { tag, branch, policy } = moving;
  const adopt = policy === "adopt" || policy === "always";
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
  if (ahead === "unknown" && !adopt) {
    const why = `the history is too shallow to tell whether ${short(sha)} comes after ${short(current.sha)}, which ${tag} names`;
    return stay(`${why}; give --latest=adopt to take it over`, "warning");
  }
  return aside({
    moving,
    adopt,
    named: current.sha,
    sha,
    reachable: behind === false,
    rewritten: await lost(current.sha, branch, history),
  });
}

/** A tag names a commit that the new one neither follows nor comes before. */
interface Aside {
  readonly moving: MovingTag;
  readonly adopt: boolean;
  readonly named: string;
  readonly sha: string;
  /** Whether the commit that the tag names can be had at all. */
  readonly reachable: boolean;
  readonly rewritten: boolean;
}

function aside({ moving: { tag, branch, policy }, adopt, named, sha, reachable, rewritten }: Aside): Move {
  const adopted = adopt && !reachable;
  const what = rewritten
    ? `${branch} was rewritten: it no longer holds ${short(named)}`
    : `${short(sha)} does not descend from ${short(named)}`;
  if (policy === "always" || adopted) return { move: true, adopted, why: `${what}, which ${tag} named`, level: "info" };
  const ways = reachable ? "--latest=always" : "--latest=always, or --latest=adopt where it is another repository's,";
  return stay(`${what}, which ${tag} names; give ${ways} to let ${tag} follow ${branch}`, "warning");
}

/** Whether a branch's tip does not come from a commit. */
async function lost(sha: string, branch: string, history: History): Promise<boolean> {
  const tip = await history.tip(branch);
  return tip !== undefined && (await history.isAncestor(sha, tip)) === false;
}

function short(sha: string): string {
  return sha.slice(0, 12);
}
