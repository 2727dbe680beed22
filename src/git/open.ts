import { access, constants, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure, quoteForeign } from "../failure/index.ts";
import { type GitOptions, git } from "./git.ts";

/** A repository's places and kind, as git tells them. */
export interface Place {
  /** The root of the work tree; the git folder itself where there is none. */
  readonly root: string;
  /** The folder that all work trees share. */
  readonly commonDir: string;
  readonly bare: boolean;
  /** Whether the history may end too early; what is fetched changes it. */
  shallow: boolean;
  readonly objectFormat: "sha1" | "sha256";
  readonly remotes: readonly Remote[];
  /** Whether objects may be missing here that a remote has (a partial clone); what is fetched changes it. */
  partial: boolean;
  /** Whether folders may be among them, and not only the content of files: the clone was made with another filter than `blob:…`. */
  readonly treeless: boolean;
}

/** A remote, as the configuration names it. */
export interface Remote {
  readonly name: string;
  readonly url: string;
}

/** What git is asked, in one go; the last, the way up to the root, it answers with nothing outside of a work tree. */
const asked = [
  "--git-common-dir",
  "--is-bare-repository",
  "--is-shallow-repository",
  "--show-object-format",
  "--is-inside-work-tree",
  "--show-cdup",
] as const;

/**
 * Finds the repository that a folder is in.
 * @throws Failure NOT_A_REPOSITORY, FILE_FAILED where the folder cannot be entered, GIT_FAILED, PROGRAM_MISSING
 */
export async function findPlace(dir: string, signal: AbortSignal | undefined): Promise<Place> {
  const folder = await stat(dir).catch(() => undefined);
  if (!folder?.isDirectory())
    throw new Failure("NOT_A_REPOSITORY", `there is no folder ${dir}`, { hint: "Name a folder in a git repository with --repo." });
  // Without this it would be git that could not be started.
  if (
    !(await access(dir, constants.R_OK | constants.X_OK).then(
      () => true,
      () => false,
    ))
  )
    throw new Failure("FILE_FAILED", `${dir} cannot be entered: permission denied`, {
      hint: "Look at who may read the folder and enter it.",
    });
  const where: GitOptions = { cwd: dir, signal };
  const [facts, config] = await Promise.all([
    git(["rev-parse", ...asked], where),
    git(["config", "-z", "--get-regexp", "^(remote\\..*\\.(url|promisor|partialclonefilter)|extensions\\.partialclone)$"], where),
  ]);
  if (facts.exitCode !== 0) throw notARepository(dir, facts.stderr);
  const [common = "", bare = "", shallow = "", format = "", inside = "", up = ""] = facts.stdout.toString("utf8").trimEnd().split("\n");
  const commonDir = resolve(dir, common);
  const settings = parseSettings(config.stdout.toString("utf8"));
  return {
    // Where the way to the folder has links in it, `..` is another folder than a path without its last part.
    root: inside === "true" ? resolve(await realpath(dir), up) : commonDir,
    commonDir,
    bare: bare === "true",
    shallow: shallow === "true",
    objectFormat: format === "sha256" ? "sha256" : "sha1",
    remotes: settings.flatMap(([key, value]) => {
      const name = /^remote\.(.+)\.url$/.exec(key)?.[1];
      return name === undefined ? [] : [{ name, url: value }];
    }),
    partial: settings.some(isPromise),
    treeless:
      settings.some(isPromise) && !settings.some(([key, value]) => key.endsWith(".partialclonefilter") && value.startsWith("blob:")),
  };
}

/** Whether a setting says that a remote has what is missing here. */
function isPromise([key, value]: readonly [string, string]): boolean {
  return key === "extensions.partialclone" || (key.endsWith(".promisor") && value === "true");
}

function parseSettings(text: string): readonly (readonly [string, string])[] {
  return text.split("\0").flatMap((entry) => {
    const end = entry.indexOf("\n");
    return end === -1 ? [] : [[entry.slice(0, end), entry.slice(end + 1)] as const];
  });
}

function notARepository(dir: string, stderr: string): Failure {
  if (stderr.includes("dubious ownership")) {
    return new Failure("NOT_A_REPOSITORY", `git does not trust the repository in ${dir}, because it belongs to another user`, {
      hint: `If it is yours: git config --global --add safe.directory ${dir}`,
    });
  }
  if (stderr.includes("not a git repository")) {
    return new Failure("NOT_A_REPOSITORY", `${dir} is not in a git repository`, {
      hint: "Run waybill in a git repository, or name one with --repo.",
    });
  }
  return new Failure("GIT_FAILED", `git cannot read the repository in ${dir}: ${quoteForeign(stderr)}`, {
    hint: "Look whether git status works there.",
  });
}
