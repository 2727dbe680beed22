import { type GitOptions, git, gitFailure } from "./git.ts";

/** An answer about history that may end too early (a shallow clone). */
export type Answer = boolean | "unknown";

/** Whether the first commit can be reached from the second, or is it. Unknown where one of them is not here. */
export async function reaches(ancestor: string, descendant: string, where: GitOptions): Promise<Answer> {
  const argv = ["merge-base", "--is-ancestor", ancestor, descendant];
  const result = await git(argv, where);
  if (result.exitCode === 0 || result.exitCode === 1) return result.exitCode === 0;
  if (result.exitCode === 128) return "unknown";
  throw gitFailure(argv, result);
}

/**
 * Whether a commit is on the first-parent history that ends in a tip. What can be reached from the commit is left out, so that
 * the walk ends next to it: the last commit before that must have it as its first parent.
 */
export async function onFirstParents(sha: string, tip: string, where: GitOptions): Promise<Answer> {
  if (sha === tip) return true;
  const argv = ["rev-list", "--first-parent", "--parents", tip, `^${sha}`];
  const result = await git(argv, where);
  if (result.exitCode === 128) return "unknown";
  if (result.exitCode !== 0) throw gitFailure(argv, result);
  const last = result.stdout.toString("utf8").trimEnd().split("\n").at(-1) ?? "";
  return last.split(" ")[1] === sha;
}

/** The first-parent history from a commit backwards, newest first and with it; nothing where the commit is not here. */
export async function firstParentsOf(from: string, limit: number, where: GitOptions): Promise<readonly string[]> {
  const argv = ["rev-list", "--first-parent", `--max-count=${limit}`, from];
  const result = await git(argv, where);
  if (result.exitCode === 128) return [];
  if (result.exitCode !== 0) throw gitFailure(argv, result);
  return result.stdout.toString("utf8").split("\n").filter(Boolean);
}
