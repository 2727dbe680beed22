import type { BranchBy, Outline } from "../git/index.ts";
import { type Makefile, makefileNames, makefileOf } from "./makefile.ts";

/** Reads a file of the repository by its path; undefined where there is none. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** What a repository has that a setup has to do with. */
export interface Found {
  readonly root: string;
  /** Owner (a group in a group at GitLab has several parts) and name at the remote's host, where the remote has an address of that form. */
  readonly remote: { readonly host: string; readonly owner: string; readonly name: string } | undefined;
  /** What the remote is called here, whatever its address. */
  readonly remoteName: string | undefined;
  readonly branch: string;
  readonly branchBy: BranchBy;
  /** Dockerfiles, the likeliest first. */
  readonly dockerfiles: readonly string[];
  /** Whether those are not in git yet. */
  readonly uncommitted: boolean;
  /** The makefile that make takes, as it is. */
  readonly makefile: Makefile;
  /** Whether a makefile of the repository publishes with waybill by itself, not by what init wrote. */
  readonly ownTargets: boolean;
  /** The package manager whose lock file is in the root, of those whose cache a workflow can keep without more. */
  readonly packageManager: "npm" | "yarn" | undefined;
  readonly tracked: readonly string[];
}

const isDockerfile = /(?:^|\/)(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.(?:dockerfile|containerfile)$/i;
/** Texts beside Dockerfiles, templates of them, and what tests keep. */
const isNone =
  /\.(?:dockerignore|md|txt|j2|tmpl|tpl|template|erb)$|(?:^|\/)(?:node_modules|vendor|testdata|fixtures?|tests?|examples?|\.devcontainer)\//i;

/** Looks for what init needs to know. */
export async function findIn(outline: Outline, read: ReadText): Promise<Found> {
  const { root, branch, branchBy, remote, source, tracked, untracked } = outline;
  const committed = dockerfilesOf(tracked);
  const makefile = makefileOf(await firstOf(makefileNames, read));
  return {
    root,
    remote: remoteOf(source),
    remoteName: remote,
    branch,
    branchBy,
    dockerfiles: committed.length > 0 ? committed : dockerfilesOf(untracked),
    uncommitted: committed.length === 0,
    makefile,
    ownTargets: await hasOwnTargets(makefile, tracked, read),
    packageManager: tracked.includes("package-lock.json") ? "npm" : tracked.includes("yarn.lock") ? "yarn" : undefined,
    tracked,
  };
}

/** Dockerfiles among paths: `Dockerfile` in the root first, then `docker/Dockerfile`, then by depth and name. */
function dockerfilesOf(paths: readonly string[]): readonly string[] {
  const rank = (path: string): number =>
    path === "Dockerfile" ? 0 : path === "docker/Dockerfile" ? 1 : path.split("/").length + (/(?:file|File)$/.test(path) ? 1 : 1.5);
  return paths
    .filter((path) => isDockerfile.test(path) && !isNone.test(path))
    .toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

function remoteOf(source: string | undefined): Found["remote"] {
  const [, host, owner, name] = /^https:\/\/([^/]+)\/([\w.-]+(?:\/[\w.-]+)*)\/([\w.-]+)$/.exec(source ?? "") ?? [];
  return host === undefined || owner === undefined || name === undefined ? undefined : { host, owner, name };
}

/** A push-ci that starts waybill, in any makefile that is tracked: make files include each other. */
async function hasOwnTargets(makefile: Makefile, tracked: readonly string[], read: ReadText): Promise<boolean> {
  if (!makefile.own.has("push-ci") || !makefile.own.has("docker-validate")) return false;
  const others = tracked.filter((path) => /(?:^|\/)(?:(?:GNU)?[Mm]akefile|make\.[\w-]+)$|\.mk$/.test(path)).slice(0, 200);
  for (const path of others) {
    const { text, own } = makefileOf({ path, text: (await read(path)) ?? "" });
    if (own.has("push-ci") && /waybill/.test(text)) return true;
  }
  return false;
}

async function firstOf(paths: readonly string[], read: ReadText): Promise<{ readonly path: string; readonly text: string } | undefined> {
  for (const path of paths) {
    const text = await read(path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}
