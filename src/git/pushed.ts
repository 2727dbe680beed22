import { reaches } from "./ancestry.ts";
import { type GitOptions, gitOutput } from "./git.ts";
import type { Place } from "./open.ts";
import { deepen, fetchCommit, mainRemote } from "./remote.ts";

/** A push to ask about. */
export interface PushQuestion {
  /** What the branch named before; undefined where it is new. */
  readonly before: string | undefined;
  readonly after: string;
  readonly branch?: string | undefined;
}

/** The commits that a push brought to its branch's first-parent history. */
export interface Pushed {
  /** Oldest first; the last is what the branch names now. Only that one where `how` is `unknown`. */
  readonly commits: readonly string[];
  /**
   * `forward`, the usual; `forced`, where the branch no longer has what it named before; `created`, with the commits that no other
   * branch here has; `unknown` where what it named before is not to be had, or a new branch has no other to be told from.
   */
  readonly how: "forward" | "forced" | "created" | "unknown";
}

/** Lists a push's commits. The history of a shallow clone is fetched for that, without the content of its files. */
export async function pushedCommits({ before, after, branch }: PushQuestion, place: Place, where: GitOptions): Promise<Pushed> {
  const unknown: Pushed = { commits: [after], how: "unknown" };
  const remote = mainRemote(place);
  if (place.shallow && (remote === undefined || !(await deepen(remote, place, where)).ok)) return unknown;
  if (before === undefined) {
    const others = await otherBranches(remote?.name, branch, where);
    return others.length === 0 ? unknown : { commits: await without(after, others, where), how: "created" };
  }
  let ancestor = await reaches(before, after, where);
  // What a forced push left behind is on no branch, so that no clone has it; GitHub gives it by its name for a while.
  if (ancestor === "unknown" && remote !== undefined && (await fetchCommit(remote, before, place, where)).ok)
    ancestor = await reaches(before, after, where);
  if (ancestor === "unknown") return unknown;
  return { commits: await without(after, [before], where), how: ancestor ? "forward" : "forced" };
}

/** First-parent commits up to and with a tip that cannot be reached from others, oldest first; at least the tip. */
async function without(tip: string, others: readonly string[], where: GitOptions): Promise<readonly string[]> {
  const input = [tip, ...others.map((one) => `^${one}`)].join("\n");
  const listed = await gitOutput(["rev-list", "--first-parent", "--reverse", "--stdin"], where, { input: `${input}\n` });
  const commits = listed.toString("utf8").split("\n").filter(Boolean);
  return commits.length === 0 ? [tip] : commits;
}

async function otherBranches(remote: string | undefined, branch: string | undefined, where: GitOptions): Promise<readonly string[]> {
  const space = remote === undefined ? "refs/heads/" : `refs/remotes/${remote}/`;
  const listed = await gitOutput(["for-each-ref", "--format=%(objectname) %(refname)", space], where);
  return listed
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const [sha = "", ref = ""] = line.split(" ");
      const name = ref.slice(space.length);
      return sha === "" || name === branch || name === "HEAD" ? [] : [sha];
    });
}
