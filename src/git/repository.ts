import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure/index.ts";
import type { Answer } from "./ancestry.ts";
import { objectReader } from "./batch.ts";
import { type Branches, branchWith, type Tip, tipOf } from "./branches.ts";
import { type Commit, parseCommit } from "./commit.ts";
import type { Elsewhere } from "./elsewhere.ts";
import { type GitOptions, git, gitOutput } from "./git.ts";
import { historyOf } from "./history.ts";
import { abbreviated, type CommitSha, parseCommitSha } from "./names.ts";
import { findPlace, type Place } from "./open.ts";
import { type Pushed, type PushQuestion, pushedCommits } from "./pushed.ts";
import { recentObjects } from "./recent.ts";
import { fetchCommit, mainRemote } from "./remote.ts";
import { sourceLink } from "./source.ts";
import { folderDiffers } from "./tree/differs.ts";
import type { Files } from "./tree/files.ts";
import { commitFiles, type TreeSource } from "./tree/tree.ts";

/** A git repository, read through git itself: commits, history, branches and files. Nothing in it is changed but what a fetch brings. */
export interface Repository extends AsyncDisposable {
  /** The root of the work tree; the git folder itself where there is none. */
  readonly root: string;
  readonly objectFormat: "sha1" | "sha256";
  /**
   * A commit by its full name, HEAD unless given. One that is not here is fetched where there is a remote.
   * @throws Failure COMMIT_UNKNOWN, COMMIT_ABBREVIATED
   */
  commit(name?: string): Promise<Commit>;
  /** The commit's branch: the CI's, where it is named; else the first of the candidates (names or patterns) that contains it. */
  branchOf(sha: string, candidates: readonly string[], named?: string): Promise<string | undefined>;
  /** A branch's newest commit, freshly fetched where that is asked for. */
  branchTip(branch: string, options: { readonly fetch: boolean; readonly knownHead?: string | undefined }): Promise<Tip | undefined>;
  /**
   * Whether one commit can be reached from another. A shallow clone is deepened once, and a missing commit fetched, before the answer
   * is `unknown`.
   */
  isAncestor(ancestor: string, descendant: string): Promise<Answer>;
  /** Whether a commit is on the first-parent history of a tip; as above. */
  isFirstParentAncestor(sha: string, tip: string): Promise<Answer>;
  /** The first-parent history after a commit up to and with a tip, newest first; all that is known where it does not lead there. */
  firstParentsSince(sha: string, tip: string): Promise<readonly string[]>;
  /** The first-parent ancestors of a commit, newest first and without it; a shallow clone is deepened as far as that takes. */
  ancestors(of: string, depth: number): Promise<readonly string[]>;
  /** The commits that a push brought. */
  pushed(push: PushQuestion): Promise<Pushed>;
  /** A link to the repository without credentials, from its remote's address. */
  source(): Promise<string | undefined>;
  /** Paths that differ from HEAD in the work tree. */
  changes(): Promise<readonly string[]>;
  /** One file of a commit as it is in git, or undefined. @throws Failure CONTEXT_INVALID above 4 MiB */
  readFile(sha: string, path: string): Promise<Uint8Array | undefined>;
  /** The files of a commit in a folder. */
  tree(sha: string, dir: string): Promise<Files>;
  /**
   * Whether any file, link or submodule that counts differs between two commits in a folder: in content or mode, or because only one of
   * them has it. They are compared as git has them; attributes above the folder may make something else of them. Nothing is fetched
   * and no file read for it, so that it takes a moment.
   * @param one a commit by its full name, like the other
   * @param dir the folder, relative to the root; `.` for all
   * @param counts asked for paths that differ, relative to the folder and with `/`, until one counts
   * @returns undefined where that cannot be told from what is here: in a clone without folders (`--filter=tree:0`), where a commit is
   * missing or has no such folder, and where a tree is damaged or has names that are not UTF-8
   */
  differs(one: string, other: string, dir: string, counts: (path: string) => boolean): Promise<boolean | undefined>;
}

const fileLimit = 4 * 1024 * 1024;

/** How a repository is opened. */
export interface OpenOptions {
  /** The forge, which is asked for history that is not here before that is fetched. */
  readonly elsewhere?: Elsewhere | undefined;
  /** A folder of objects that are read besides the repository's own. */
  readonly alternates?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the repository that a folder is in.
 * @throws Failure NOT_A_REPOSITORY, GIT_FAILED, PROGRAM_MISSING
 */
export async function openRepository(dir: string, { elsewhere, alternates, signal }: OpenOptions = {}): Promise<Repository> {
  const place = await findPlace(dir, signal);
  const where: GitOptions = { cwd: place.root, alternates, signal };
  const objects = objectReader(where);
  const branches: Branches = { place, objects, where };
  const rubbish: string[] = [];
  const submodules: Repository[] = [];
  const closing = new AbortController();
  /** The folder that was asked for last: planning, key and build list the same one. */
  let last: { readonly name: string; readonly files: Files } | undefined;
  const comparing = { read: recentObjects(objects, place), objectFormat: place.objectFormat };
  const history = historyOf({ place, objects, where, elsewhere });
  const source: TreeSource = {
    place,
    objects,
    where,
    closing: closing.signal,
    temporary: (path) => void rubbish.push(path),
    async submodule(path, sha) {
      const opened = await openSubmodule(place, path, sha, signal);
      submodules.push(opened);
      await opened.commit(sha);
      return await opened.tree(sha, ".");
    },
  };
  return {
    root: place.root,
    objectFormat: place.objectFormat,
    commit: (name) => commitOf(name, branches),
    branchOf: async (sha, candidates, named) => named ?? (await branchWith(sha, candidates, branches)),
    branchTip: (branch, options) => tipOf(branch, options, branches),
    ...history,
    pushed: (push) => pushedCommits(push, place, where),
    source: async () => sourceLink(mainRemote(place)?.url ?? ""),
    changes: () => changesOf(place, where),
    async readFile(sha, path) {
      const object = await objects.read(`${sha}:${path}`);
      if (object?.type !== "blob") return undefined;
      if (object.content.length > fileLimit)
        throw new Failure(
          "CONTEXT_INVALID",
          `${path} has ${object.content.length} bytes, more than the ${fileLimit} that are read of such a file`,
        );
      return object.content;
    },
    async tree(sha, folder) {
      const name = `${sha}:${folder}`;
      if (last?.name !== name) last = { name, files: commitFiles(sha, folder, source) };
      return last.files;
    },
    differs: (one, other, dir, counts) => folderDiffers(one, other, dir, counts, comparing),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await objects.close();
      for (const one of submodules) await one[Symbol.asyncDispose]();
      for (const path of rubbish) await rm(path, { recursive: true, force: true });
    },
  };
}

async function commitOf(name: string | undefined, { place, objects, where }: Branches): Promise<Commit> {
  const digits = place.objectFormat === "sha256" ? 64 : 40;
  const sha = name === undefined ? undefined : parseCommitSha(name);
  if (sha !== undefined && sha.length < digits) throw abbreviated(sha);
  const read = async (): Promise<Commit | undefined> => {
    const object = await objects.read(`${sha ?? "HEAD"}^{commit}`);
    return object && parseCommit(object);
  };
  const found = await read();
  if (found !== undefined) return found;
  if (sha === undefined)
    throw new Failure("COMMIT_UNKNOWN", `the repository in ${place.root} has no commit yet`, { hint: "Commit something first." });
  const remote = mainRemote(place);
  const fetched = remote && (await fetchCommit(remote, sha, place, where));
  const arrived = fetched?.ok ? await read() : undefined;
  if (arrived !== undefined) return arrived;
  const tried = remote === undefined ? "" : `, and ${remote.name} did not give it${fetched?.ok === false ? ` (${fetched.why})` : ""}`;
  throw new Failure("COMMIT_UNKNOWN", `the repository in ${place.root} has no commit ${sha}${tried}`, {
    hint: "Look whether the name is right; in CI, check the commit out with its history (fetch-depth: 0).",
    facts: { commit: sha as CommitSha },
  });
}

async function changesOf(place: Place, where: GitOptions): Promise<readonly string[]> {
  if (place.bare) return [];
  const result = await git(["status", "--porcelain", "-z", "--untracked-files=normal", "--no-renames", "--ignore-submodules=dirty"], where);
  // What is checked out is only mentioned: where git cannot tell, nothing is.
  return result.exitCode === 0
    ? result.stdout
        .toString("utf8")
        .split("\0")
        .filter(Boolean)
        .map((line) => line.slice(3))
    : [];
}

async function openSubmodule(place: Place, path: string, sha: string, signal: AbortSignal | undefined): Promise<Repository> {
  const missing = new Failure("CONTEXT_INVALID", `the submodule ${path} (${sha}) is not here`, {
    hint: "Fetch it: git submodule update --init --recursive (in a workflow: checkout with submodules: recursive).",
  });
  if (place.bare) throw missing;
  const dir = join(place.root, path);
  // In a submodule that was never fetched, git finds the repository around it.
  const top = await gitOutput(["rev-parse", "--show-superproject-working-tree"], { cwd: dir, signal }).catch(() => Buffer.alloc(0));
  if (top.toString("utf8").trim() === "") throw missing;
  return await openRepository(dir, { signal });
}
