import { reaches } from "./ancestry.ts";
import type { ObjectReader } from "./batch.ts";
import { type GitOptions, gitOutput } from "./git.ts";
import type { Place } from "./open.ts";
import { fetchBranch, mainRemote, remoteTip } from "./remote.ts";

/** A branch's newest commit, and how it is known. */
export interface Tip {
  readonly sha: string;
  /** `origin`, `refs/remotes/origin/main`, `refs/heads/main`, `the push`. */
  readonly from: string;
  /** Why the remote could not be asked, where it could not. */
  readonly fetchFailed?: string | undefined;
}

/** What the questions about branches are asked of. */
export interface Branches {
  readonly place: Place;
  readonly objects: ObjectReader;
  readonly where: GitOptions;
}

/** A pattern of branch names in which `*` stands for anything but `/`, and `**` for anything. */
function matches(pattern: string, branch: string): boolean {
  if (!pattern.includes("*")) return pattern === branch;
  const source = pattern
    .split(/(\*+)/)
    .map((part) => (part === "*" ? "[^/]*" : part.startsWith("**") ? ".*" : part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&")));
  return new RegExp(`^${source.join("")}$`).test(branch);
}

/** Names of branches that git allows, and that are no expression; not all such names. */
const plain = /^(?!.*(?:\.lock(?:\/|$)|(?:^|\/)HEAD$))[\w-]+(?:[./][\w-]+)*$/i;
/**
 * Where git looks for a name of which there is no ref, full ones included (gitrevisions, "<refname>"): a tag may be called
 * refs/heads/main. What it takes for an answer of git describe, as main-g1a2b, it finds with all of these.
 */
const otherwise = ["refs/*", "refs/tags/*", "refs/heads/*", "refs/remotes/*", "refs/remotes/*/HEAD"];

/** Whether the commit is the tip of a branch, which takes no process to see. Also false where a name could be taken for something else. */
async function isTip(sha: string, branch: string, { place, objects }: Branches): Promise<boolean> {
  const remote = mainRemote(place)?.name;
  if (!plain.test(branch) || (remote !== undefined && !plain.test(remote))) return false;
  const names = async (refs: readonly string[]): Promise<readonly string[]> => {
    const found = await Promise.all(refs.map((ref) => objects.read(`${ref}^{commit}`)));
    return refs.filter((_, index) => found[index]?.id === sha);
  };
  const refs = [...(remote === undefined ? [] : [`refs/remotes/${remote}/${branch}`]), `refs/heads/${branch}`];
  for (const ref of await names(refs)) if ((await names(otherwise.map((form) => form.replace("*", ref)))).length === 0) return true;
  return false;
}

/** The first of the candidates (names, or patterns like `release/*`) whose remote-tracking or local tip contains the commit. */
export async function branchWith(sha: string, candidates: readonly string[], at: Branches): Promise<string | undefined> {
  const [first] = candidates;
  if (first === undefined) return undefined;
  if (await isTip(sha, first, at)) return first;
  const { place, where } = at;
  const remote = mainRemote(place)?.name;
  const spaces = [...(remote === undefined ? [] : [`refs/remotes/${remote}/`]), "refs/heads/"];
  const listed = await gitOutput(["for-each-ref", "--format=%(refname)", "--contains", sha, ...spaces], where);
  const names = listed
    .toString("utf8")
    .split("\n")
    .flatMap((ref) => {
      const space = spaces.find((one) => ref.startsWith(one));
      return space === undefined || ref.endsWith("/HEAD") ? [] : [ref.slice(space.length)];
    });
  for (const candidate of candidates) {
    const found = names.find((name) => matches(candidate, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A branch's newest commit: the remote's, fetched where it is not here yet; without a remote the local branch's. A commit that
 * is known to have been pushed as the branch's head counts where it is ahead of that.
 */
export async function tipOf(
  branch: string,
  options: { readonly fetch: boolean; readonly knownHead?: string | undefined },
  at: Branches,
): Promise<Tip | undefined> {
  const tip = await knownTip(branch, options.fetch, at);
  const { knownHead } = options;
  if (knownHead === undefined || tip?.sha === knownHead) return tip;
  const pushed = { sha: knownHead, from: "the push", ...(tip?.fetchFailed === undefined ? {} : { fetchFailed: tip.fetchFailed }) };
  if (tip === undefined) return (await at.objects.read(`${knownHead}^{commit}`)) === undefined ? undefined : pushed;
  return (await reaches(tip.sha, knownHead, at.where)) === true ? pushed : tip;
}

async function knownTip(branch: string, fetch: boolean, { place, objects, where }: Branches): Promise<Tip | undefined> {
  const remote = mainRemote(place);
  const local = async (ref: string): Promise<Tip | undefined> => {
    const object = await objects.read(`${ref}^{commit}`);
    return object && { sha: object.id, from: ref };
  };
  if (remote === undefined) return await local(`refs/heads/${branch}`);
  const tracking = `refs/remotes/${remote.name}/${branch}`;
  if (!fetch) return (await local(tracking)) ?? (await local(`refs/heads/${branch}`));
  const asked = await remoteTip(remote, branch, where);
  if (!asked.ok) return await withFailure(await local(tracking), asked.why, () => local(`refs/heads/${branch}`));
  if (asked.value === undefined) return undefined;
  if ((await objects.read(`${asked.value}^{commit}`)) !== undefined) return { sha: asked.value, from: remote.name };
  const fetched = await fetchBranch(remote, branch, place, where);
  if (!fetched.ok) return await withFailure(await local(tracking), fetched.why, () => local(`refs/heads/${branch}`));
  return await local(tracking);
}

async function withFailure(tip: Tip | undefined, why: string, otherwise: () => Promise<Tip | undefined>): Promise<Tip | undefined> {
  const known = tip ?? (await otherwise());
  return known && { ...known, fetchFailed: why };
}
