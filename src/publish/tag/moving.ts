import { partFailure } from "../../failure/index.ts";
import { isFullName } from "../../git/index.ts";
import type { Descriptor, Tag } from "../../oci/index.ts";
import type { Tagging } from "../../report/index.ts";
import { findManifest } from "../../store/index.ts";
import type { StepOptions } from "../deliver.ts";
import type { History } from "../history.ts";
import { releaseTagOf } from "../plan.ts";
import { identify } from "../survey/identity.ts";
import type { Before, Destination, Identity, MovingTag, Plan, Released, TaggedDestination } from "../types.ts";
import { type Current, forward, type Move, offBranch } from "./forward.ts";

/** How often a moving tag is looked at again after it was written, at most. */
const rounds = 10;
/** How many newer commits are asked for at once, and at most. */
const window = 16;
const newest = 256;

/** Makes a history for one round: a branch is fetched at most once in it. */
export type FreshHistory = () => History;

/**
 * Step 7, second half: the moving tags, at every destination that has the release tag. A tag moves only for a commit that
 * is on its branch, and only forward; after it was written, it is moved on to the newest commit that has been released
 * meanwhile, until nothing changes. A destination that fails keeps its failure and does not stop the others.
 */
export async function moveTags(plan: Plan, released: Released, fresh: FreshHistory, options: StepOptions): Promise<Released> {
  let { tagged } = released;
  for (const moving of plan.moving) {
    const history = fresh();
    const refused = await offBranch(moving, plan.commit, history);
    tagged = await Promise.all(
      tagged.map(async (one) => {
        if (!one.released) return one;
        try {
          const { tagging, before } =
            refused === undefined
              ? await moveTag(plan, moving, one.destination, released.image.root, history, fresh, options)
              : await leaveTag(moving, one.destination, refused, options);
          return {
            ...one,
            tags: tagging === undefined ? one.tags : [...one.tags, tagging],
            before: before === undefined ? one.before : [...(one.before ?? []), before],
          };
        } catch (thrown) {
          return withFailure(one, thrown, options);
        }
      }),
    );
  }
  return { ...released, tagged };
}

/** What became of a moving tag, and what it named until then. */
interface Moved {
  readonly tagging: Tagging | undefined;
  readonly before: Before | undefined;
}

async function leaveTag({ tag }: MovingTag, destination: Destination, { why, level }: Move, options: StepOptions): Promise<Moved> {
  const held = await destination.store.resolve(tag, options);
  return { tagging: kept(tag, destination, held, why, level, options), before: held && { tag, root: held, identity: undefined } };
}

async function moveTag(
  plan: Plan,
  moving: MovingTag,
  destination: Destination,
  root: Descriptor,
  history: History,
  fresh: FreshHistory,
  options: StepOptions,
): Promise<Moved> {
  const { sha } = plan.commit;
  const held = (await findManifest(destination.store, moving.tag, options))?.descriptor;
  const identity = held && (await identityOf(plan, destination, held, options));
  const before = held && { tag: moving.tag, root: held, identity };
  const current = currentOf(identity);
  const move = await forward(moving, current, sha, history);
  if (!move.move) return { tagging: kept(moving.tag, destination, held, move.why, move.level, options), before };
  if (held?.digest !== root.digest) await destination.store.tag(moving.tag, root, options);
  const ours: Tagging = {
    tag: moving.tag,
    digest: root.digest,
    outcome: held === undefined ? "created" : held.digest === root.digest ? "kept" : move.adopted ? "adopted" : "moved",
    why: move.why,
  };
  const last = await chase(plan, moving, destination, { sha, root }, fresh, options);
  const tagging: Tagging =
    last.sha === sha
      ? ours
      : {
          tag: moving.tag,
          digest: last.root.digest,
          outcome: "moved",
          why: `${moving.tag} went on to ${last.sha.slice(0, 12)}, which was released meanwhile`,
        };
  options.emit({ kind: "tag", destination: destination.name, ...tagging });
  return { tagging, before };
}

interface Position {
  readonly sha: string;
  readonly root: Descriptor;
}

/**
 * Two publishers can each read the tag, then write it in the wrong order: whoever writes looks afterwards which newer
 * commits of the branch have been released, and moves the tag on. So the last writer always leaves it at the newest.
 */
async function chase(
  plan: Plan,
  moving: MovingTag,
  destination: Destination,
  from: Position,
  fresh: FreshHistory,
  options: StepOptions,
): Promise<Position> {
  let at = from;
  for (let round = 0; round < rounds; round++) {
    const history = fresh();
    const tip = await history.tip(moving.branch);
    if (tip === undefined || tip === at.sha) return at;
    const next = await newestReleased(plan, destination, await history.between(at.sha, tip), options);
    if (next === undefined) return at;
    await destination.store.tag(moving.tag, next.root, options);
    at = next;
  }
  return at;
}

/** The newest of the commits that has a release tag at the destination. */
async function newestReleased(
  plan: Plan,
  destination: Destination,
  commits: readonly string[],
  options: StepOptions,
): Promise<Position | undefined> {
  for (let start = 0; start < Math.min(commits.length, newest); start += window) {
    const some = commits.slice(start, start + window);
    const roots = await Promise.all(some.map((sha) => destination.store.resolve(releaseTagOf(plan, sha), options)));
    const found = roots.findIndex((root) => root !== undefined);
    const [sha, root] = [some[found], roots[found]];
    if (sha !== undefined && root !== undefined) return { sha, root };
  }
  return undefined;
}

/** What a moving tag names at a destination now. */
export async function currentAt(plan: Plan, destination: Destination, tag: Tag, options: StepOptions): Promise<Current> {
  const held = (await findManifest(destination.store, tag, options))?.descriptor;
  return currentOf(held && (await identityOf(plan, destination, held, options)));
}

async function identityOf({ commit, source }: Plan, { store }: Destination, held: Descriptor, { signal }: StepOptions): Promise<Identity> {
  // Read a moment ago, with the tag.
  return await identify(store, held, { signal, commit: commit.sha, source, remembered: true });
}

function currentOf(identity: Identity | undefined): Current {
  if (identity === undefined) return { kind: "absent" };
  const { revision } = identity;
  // A label may hold anything: a version, a branch's name.
  return revision === undefined || !isFullName(revision) ? { kind: "unlabelled" } : { kind: "commit", sha: revision };
}

function kept(
  tag: Tag,
  destination: Destination,
  held: Descriptor | undefined,
  why: string,
  level: "info" | "warning",
  options: StepOptions,
): Tagging | undefined {
  if (level === "warning") options.emit({ kind: "message", level, text: `${destination.name}:${tag} was left as it is: ${why}` });
  if (held === undefined) {
    if (level === "info") options.emit({ kind: "message", level, text: `${destination.name}:${tag} was not created: ${why}` });
    return undefined;
  }
  const tagging: Tagging = { tag, digest: held.digest, outcome: "kept", why };
  options.emit({ kind: "tag", destination: destination.name, ...tagging });
  return tagging;
}

function withFailure(one: TaggedDestination, thrown: unknown, { signal }: StepOptions): TaggedDestination {
  const failure = partFailure(thrown, signal);
  return { ...one, failure };
}
