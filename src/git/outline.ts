import { type GitOptions, git, gitOutput } from "./git.ts";
import { findPlace } from "./open.ts";
import { mainRemote } from "./remote.ts";
import { sourceLink } from "./source.ts";

/** What a work tree is made of, for whoever sets something up in it. */
export interface Outline {
  /** The root of the work tree. */
  readonly root: string;
  readonly bare: boolean;
  /** Whether the history ends early, as checkouts of CI make it. */
  readonly shallow: boolean;
  /** The branch that the remote calls its default, else one that is usually called so, else the one that is checked out. */
  readonly branch: string;
  /** How that is known. */
  readonly branchBy: BranchBy;
  /** The name of the remote that the repository comes from. */
  readonly remote: string | undefined;
  /** A link to the repository without credentials, from its remote's address. */
  readonly source: string | undefined;
  /** Paths that git keeps, relative to the root. */
  readonly tracked: readonly string[];
  /** Paths that git neither keeps nor ignores. */
  readonly untracked: readonly string[];
}

/** `remote`: its default; `name`: main, master or trunk, which is here; `checkout`: what is checked out; `guess`: nothing tells. */
export type BranchBy = "remote" | "name" | "checkout" | "guess";

/**
 * Looks at the repository that a folder is in; it need not have a commit.
 * @throws Failure NOT_A_REPOSITORY, GIT_FAILED, PROGRAM_MISSING
 */
export async function outlineOf(dir: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Outline> {
  const place = await findPlace(dir, signal);
  const where: GitOptions = { cwd: place.root, signal };
  const remote = mainRemote(place);
  const list = async (...argv: readonly string[]): Promise<readonly string[]> =>
    place.bare ? [] : split(await gitOutput(["ls-files", "-z", ...argv], where), "\0");
  const [{ branch, by }, tracked, untracked] = await Promise.all([
    branchOf(remote?.name, where),
    list("--cached"),
    list("--others", "--exclude-standard"),
  ]);
  return {
    root: place.root,
    bare: place.bare,
    shallow: place.shallow,
    branch,
    branchBy: by,
    remote: remote?.name,
    source: sourceLink(remote?.url ?? ""),
    tracked,
    untracked,
  };
}

async function branchOf(remote: string | undefined, where: GitOptions): Promise<{ readonly branch: string; readonly by: BranchBy }> {
  const named = async (ref: string): Promise<string> => {
    const { exitCode, stdout } = await git(["symbolic-ref", "--quiet", ref], where);
    return exitCode === 0 ? stdout.toString("utf8").trim() : "";
  };
  const start = `refs/remotes/${remote}/`;
  const theirs = remote === undefined ? "" : await named(`${start}HEAD`);
  if (theirs.startsWith(start)) return { branch: theirs.slice(start.length), by: "remote" };
  const current = (await named("HEAD")).replace(/^refs\/heads\//, "");
  const listed = await gitOutput(["for-each-ref", "--format=%(refname)", "refs/heads/", ...(remote === undefined ? [] : [start])], where);
  const branches = split(listed, "\n").map((ref) => ref.replace(/^refs\/(?:heads|remotes\/[^/]+)\//, ""));
  const usual = ["main", "master", "trunk"].filter((name) => branches.includes(name));
  // A branch of a pull request may be checked out.
  const [first] = usual.includes(current) ? [current] : usual;
  if (first !== undefined) return { branch: first, by: "name" };
  return current === "" ? { branch: "main", by: "guess" } : { branch: current, by: "checkout" };
}

function split(bytes: Buffer, end: string): readonly string[] {
  return bytes.toString("utf8").split(end).filter(Boolean);
}
