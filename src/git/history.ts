import { type Answer, firstParentsOf, onFirstParents, reaches } from "./ancestry.ts";
import type { ObjectReader } from "./batch.ts";
import { parseCommit } from "./commit.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { GitOptions } from "./git.ts";
import { isFullName } from "./names.ts";
import type { Place } from "./open.ts";
import { deepen, deepenBy, fetchCommit, mainRemote } from "./remote.ts";
import { sourceLink } from "./source.ts";

/** Questions about history, each answered from what is here where that is enough. */
export interface History {
  isAncestor(ancestor: string, descendant: string): Promise<Answer>;
  isFirstParentAncestor(sha: string, tip: string): Promise<Answer>;
  /** The first-parent history after a commit up to and with a tip, newest first. */
  firstParentsSince(sha: string, tip: string): Promise<readonly string[]>;
  /** The first-parent ancestors of a commit, newest first and without it. */
  ancestors(of: string, depth: number): Promise<readonly string[]>;
}

/** What the history is read from. */
export interface HistoryPlace {
  readonly place: Place;
  readonly objects: ObjectReader;
  readonly where: GitOptions;
  /** Asked before anything is fetched, where it speaks of this repository. */
  readonly elsewhere?: Elsewhere | undefined;
}

/** How far back the commits after another one are looked for. */
const newest = 512;

/**
 * The history of a repository, which may end too early (a shallow clone) or lack a commit (one that a forced push took away).
 * What is here answers first, then the forge by its API, then what the remote gives: a shallow clone is deepened without the
 * files' content, once, and a missing commit is fetched by its name, once.
 */
export function historyOf({ place, objects, where, elsewhere: service }: HistoryPlace): History {
  const remote = mainRemote(place);
  const elsewhere = speaksOf(service, sourceLink(remote?.url ?? "")) ? service : undefined;
  let deepening: Promise<unknown> | undefined;
  const brought = new Map<string, Promise<unknown>>();
  /** First-parent ancestors that were listed, by the commit whose they are: what is among them needs no walk. */
  const listed = new Map<string, ReadonlySet<string>>();
  const listing = (of: string, ancestors: readonly string[]): readonly string[] => {
    listed.set(of, new Set(ancestors));
    return ancestors;
  };

  const isHere = async (sha: string): Promise<boolean> => (await objects.read(`${sha}^{commit}`)) !== undefined;
  /** Whether a commit that git shows as a first one has a parent in truth. */
  const isCut = async (sha: string | undefined): Promise<boolean> => {
    const object = sha === undefined ? undefined : await objects.read(`${sha}^{commit}`);
    return object !== undefined && parseCommit(object).parents.length > 0;
  };
  const deepenOnce = async (): Promise<void> => {
    deepening ??= remote === undefined ? Promise.resolve() : deepen(remote, place, where);
    await deepening;
  };
  const bring = async (sha: string): Promise<void> => {
    if (remote === undefined || (await isHere(sha))) return;
    const bringing = brought.get(sha) ?? fetchCommit(remote, sha, place, where);
    brought.set(sha, bringing);
    await bringing;
  };

  /** An answer from what is here: no, where the descendant's history is here whole and the other commit is not in it. */
  const local = async (ask: typeof reaches, ancestor: string, descendant: string): Promise<Answer> => {
    const answer = await ask(ancestor, descendant, where);
    if (place.shallow) return answer === true ? true : "unknown";
    return answer === "unknown" && !(await isHere(ancestor)) && (await isHere(descendant)) ? false : answer;
  };
  const answered = async (
    ask: typeof reaches,
    ancestor: string,
    descendant: string,
    other: (service: Elsewhere) => Promise<Answer>,
  ): Promise<Answer> => {
    // A name comes from an image's label too, so that it may be anything.
    if (!isFullName(descendant)) return "unknown";
    if (!isFullName(ancestor)) return false;
    if (listed.get(descendant)?.has(ancestor)) return true;
    const here = await local(ask, ancestor, descendant);
    if (here !== "unknown") return here;
    const there = elsewhere === undefined ? "unknown" : await other(elsewhere);
    if (there !== "unknown") return there;
    if (place.shallow) await deepenOnce();
    for (const sha of [ancestor, descendant]) await bring(sha);
    return await local(ask, ancestor, descendant);
  };

  return {
    isAncestor: (ancestor, descendant) => answered(reaches, ancestor, descendant, (service) => service.isAncestor(ancestor, descendant)),
    isFirstParentAncestor: (sha, tip) =>
      answered(onFirstParents, sha, tip, async (service) => {
        const since = await service.firstParentsSince(sha, tip);
        return typeof since === "object" ? true : since;
      }),
    async firstParentsSince(sha, tip) {
      const here = await firstParentsOf(tip, newest, where);
      const end = here.indexOf(sha);
      if (end !== -1) return here.slice(0, end);
      const there = place.shallow || here.length === 0 ? await elsewhere?.firstParentsSince(sha, tip) : undefined;
      if (typeof there === "object") return there;
      if (!place.shallow) return here;
      await deepenOnce();
      const all = await firstParentsOf(tip, newest, where);
      const found = all.indexOf(sha);
      return found === -1 ? all : all.slice(0, found);
    },
    async ancestors(of, depth) {
      const found = await firstParentsOf(of, depth + 1, where);
      if (found.length > depth || !place.shallow || remote === undefined || !(await isCut(found.at(-1))))
        return listing(of, found.slice(1));
      // Not the whole history for a few ancestors; a server that gives a commit only by a branch gives all.
      if (!(await deepenBy(remote, of, depth, place, where)).ok) await deepenOnce();
      return listing(of, (await firstParentsOf(of, depth + 1, where)).slice(1));
    },
  };
}

function speaksOf(service: Elsewhere | undefined, source: string | undefined): boolean {
  return service !== undefined && source !== undefined && service.source.toLowerCase() === source.toLowerCase();
}
