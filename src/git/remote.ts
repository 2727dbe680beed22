import { Failure, quoteForeign } from "../failure/index.ts";
import { type GitOptions, git, gitOutput, remoteMs } from "./git.ts";
import type { Place, Remote } from "./open.ts";

/** What a remote answered. */
export type FromRemote<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** The remote that a checkout comes from: origin, else the only or first one. */
export function mainRemote({ remotes }: Place): Remote | undefined {
  return remotes.find(({ name }) => name === "origin") ?? remotes[0];
}

async function ask(argv: readonly string[], where: GitOptions, input?: string): Promise<FromRemote<string>> {
  const result = await git(argv, where, { timeoutMs: remoteMs, input });
  if (result.exitCode === 0) return { ok: true, value: result.stdout.toString("utf8") };
  return {
    ok: false,
    why: result.exitCode === 124 ? "the remote did not answer in time" : quoteForeign(result.stderr) || `git ended with ${result.exitCode}`,
  };
}

/** The last fetch into each repository. */
const turns = new Map<string, Promise<unknown>>();

/** Fetches in turn: two at once into one repository stumble over git's locks. */
async function inTurn(argv: readonly string[], where: GitOptions, input?: string): Promise<FromRemote<string>> {
  const turn = Promise.resolve(turns.get(where.cwd)).then(() => ask(argv, where, input));
  const over = turn.catch(() => {});
  turns.set(where.cwd, over);
  try {
    return await turn;
  } finally {
    if (turns.get(where.cwd) === over) turns.delete(where.cwd);
  }
}

/** The newest commit of a branch at the remote, without fetching it; undefined where the remote has no such branch. */
export async function remoteTip(remote: Remote, branch: string, where: GitOptions): Promise<FromRemote<string | undefined>> {
  const answer = await ask(["ls-remote", "--quiet", "--heads", "--", remote.name, `refs/heads/${branch}`], where);
  if (!answer.ok) return answer;
  const line = answer.value.split("\n").find((one) => one.endsWith(`\trefs/heads/${branch}`));
  return { ok: true, value: line?.split("\t")[0] };
}

const fetching = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-maintenance"];
/** Commits and trees come; the content of files when it is read. */
const contentless = "--filter=blob:none";

/**
 * Fetches a branch into its remote-tracking branch, as an ordinary fetch does. Where a shallow clone's history ends, a branch that
 * was rewritten before may bring all of its own, so that it comes without the files' content there.
 */
export async function fetchBranch(remote: Remote, branch: string, place: Place, where: GitOptions): Promise<FromRemote<string>> {
  const refs = `+refs/heads/${branch}:refs/remotes/${remote.name}/${branch}`;
  if (!place.shallow) return await inTurn([...fetching, "--", remote.name, refs], where);
  return await withoutContent(["--", remote.name, refs], place, where);
}

/** Fetches one commit that no branch here has; in a shallow clone nothing before it. */
export async function fetchCommit(remote: Remote, sha: string, place: Place, where: GitOptions): Promise<FromRemote<string>> {
  return await inTurn([...fetching, ...(place.shallow ? ["--depth=1"] : []), "--", remote.name, sha], where);
}

/** Fetches so many commits more behind the end of a shallow clone's history, without the content of their files. */
export async function deepenBy(remote: Remote, sha: string, depth: number, place: Place, where: GitOptions): Promise<FromRemote<string>> {
  return await withoutContent([`--deepen=${depth}`, "--", remote.name, sha], place, where);
}

/** Fetches the history that a shallow clone lacks, without the content of its files. */
export async function deepen(remote: Remote, place: Place, where: GitOptions): Promise<FromRemote<string>> {
  return await withoutContent(["--unshallow", "--", remote.name], place, where);
}

/** Fetches into a shallow clone, which is a partial one from then on, and perhaps whole: its remote may be shallow itself. */
async function withoutContent(argv: readonly string[], place: Place, where: GitOptions): Promise<FromRemote<string>> {
  const answer = await inTurn([...fetching, contentless, ...argv], where);
  if (!answer.ok) return answer;
  place.partial = true;
  place.shallow = (await gitOutput(["rev-parse", "--is-shallow-repository"], where)).toString("utf8").trim() === "true";
  return answer;
}

/**
 * Fetches objects that a partial clone lacks, all at once rather than one by one when they are read.
 * @throws Failure GIT_FAILED
 */
export async function fetchObjects(remote: Remote, ids: readonly string[], where: GitOptions): Promise<void> {
  const argv = ["-c", "fetch.negotiationAlgorithm=noop", ...fetching, contentless, "--stdin", "--", remote.name];
  const answer = await inTurn(argv, where, `${ids.join("\n")}\n`);
  if (answer.ok) return;
  throw new Failure(
    "GIT_FAILED",
    `${ids.length} files of the commit are not here, and the remote ${remote.name} did not give them: ${answer.why}`,
    {
      hint: "Give the job read access to the repository, or check it out without a filter.",
    },
  );
}
