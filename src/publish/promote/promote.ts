import { setTimeout as sleep } from "node:timers/promises";
import { Failure, partFailure, worstExit } from "../../failure/index.ts";
import type { Descriptor, Tag } from "../../oci/index.ts";
import type { Tagging } from "../../report/index.ts";
import { copy, type Store } from "../../store/index.ts";
import { recordsOf } from "../../trace/index.ts";
import { surveyChecks, validate } from "../../validate/index.ts";
import { deliverImage, type StepOptions } from "../deliver.ts";
import { inState, judge } from "../survey/judge.ts";
import { survey } from "../survey/survey.ts";
import type { Plan, Sourced } from "../types.ts";
import { isPrerelease, isVersion } from "./version.ts";

/** What a promotion takes. */
export interface Promotion {
  /** The commit's plan: where its image is looked for. */
  readonly plan: Plan;
  /** Versions, which are created and never moved, and tags that move. */
  readonly tags: readonly [Tag, ...Tag[]];
  /** Where the tags are written; the plan's destinations unless given. */
  readonly targets?: readonly { readonly name: string; readonly store: Store }[] | undefined;
  /** Longest that an image which is not there yet is waited for, in milliseconds. */
  readonly waitMs: number;
}

/** What came of it at one target. */
export interface Promoted {
  readonly target: string;
  /** Whether the image was brought there now, or was there; undefined where it could not be brought. */
  readonly delivery?: "delivered" | "present" | undefined;
  readonly tags: readonly Tagging[];
  /** Milliseconds. */
  readonly ms: number;
  readonly failure?: Failure | undefined;
}

/** What came of a promotion. */
export interface PromotionResult {
  readonly root: Descriptor;
  readonly promoted: readonly Promoted[];
  /** Tags that were left alone, and why. */
  readonly left: readonly { readonly tag: Tag; readonly why: string }[];
  readonly exitCode: number;
}

const pollMs = 5000;

/**
 * Gives the image of a commit further tags, or brings it to further places; it is never built. The image is the one that the plan's
 * destinations hold under the release tag, and it is checked where it arrives before a tag names it. Its records go with it.
 * @throws Failure NOT_FOUND where no destination holds the image in time; TAG_CONFLICT, DESTINATIONS_DISAGREE, CHECK_FAILED
 */
export async function promote(promotion: Promotion, options: StepOptions): Promise<PromotionResult> {
  const { plan, tags } = promotion;
  const reserved = tags.find((tag) => tag === plan.releaseTag || plan.moving.some((moving) => moving.tag === tag));
  if (reserved !== undefined) {
    throw new Failure("USAGE", `the tag ${reserved} is publish's: it says which commit it names`, {
      hint: "Promote to a version, or to a tag of another name.",
    });
  }
  const source = await awaited(promotion, options);
  const trial = tags.find((tag) => isVersion(tag) && isPrerelease(tag));
  const left = trial === undefined ? [] : tags.filter((tag) => !isVersion(tag)).map((tag) => ({ tag, why: `${trial} is a prerelease` }));
  for (const { tag, why } of left) options.emit({ kind: "message", level: "info", text: `${tag} is left alone: ${why}` });
  const wanted = tags.filter((tag) => !left.some((one) => one.tag === tag));
  const targets = promotion.targets ?? plan.destinations;
  const promoted = await Promise.all(targets.map((target) => promoteAt(target, source, wanted, plan, options)));
  const failures = promoted.flatMap(({ failure }) => failure ?? []);
  return { root: source.root, promoted, left, exitCode: worstExit(failures.map((failure) => failure.exitCode)) };
}

/** The image, from the primary or a trusted destination; waited for, where tag and branch were pushed together. */
async function awaited({ plan, waitMs }: Promotion, options: StepOptions): Promise<Sourced> {
  const deadline = Date.now() + waitMs;
  for (let told = false; ; ) {
    const found = await survey(plan, options.signal);
    const forbidden = judge(plan, found.surveyed);
    if (forbidden !== undefined) throw forbidden;
    if (found.source !== undefined) return found.source;
    if (Date.now() >= deadline) {
      const [failed] = inState(found.surveyed, "failed");
      throw (
        failed?.state.failure ??
        new Failure("NOT_FOUND", `no destination holds an image of commit ${plan.commit.sha}`, {
          hint: "Publish the commit first: waybill publish --commit SHA; or wait for it with --wait 10m.",
          facts: { commit: plan.commit.sha, tag: plan.releaseTag },
        })
      );
    }
    if (!told) options.emit({ kind: "message", level: "info", text: `waiting for the image of ${plan.commit.sha}` });
    told = true;
    await sleep(Math.min(pollMs, Math.max(deadline - Date.now(), 1)), undefined, { signal: options.signal });
  }
}

async function promoteAt(
  { name, store }: { readonly name: string; readonly store: Store },
  source: Sourced,
  tags: readonly Tag[],
  plan: Plan,
  options: StepOptions,
): Promise<Promoted> {
  const done: Tagging[] = [];
  const started = performance.now();
  let delivery: Promoted["delivery"];
  const promoted = (failure?: Failure): Promoted => ({ target: name, delivery, tags: done, ms: performance.now() - started, failure });
  try {
    const delivered = await deliverImage(source, store, options);
    if (delivered.kind === "failed") throw delivered.failure;
    delivery = delivered.kind === "delivered" && delivered.pieces.written + delivered.pieces.mounted === 0 ? "present" : delivered.kind;
    const expected = { platform: plan.platform, revision: plan.commit.sha };
    const findings = await validate({ store, root: source.root, expected }, { signal: options.signal, checks: surveyChecks });
    const error = findings.find(({ level }) => level === "error");
    if (error !== undefined) throw new Failure("CHECK_FAILED", `${name}: ${error.message}`, { hint: error.hint });
    await copyRecords(source, store, options);
    for (const tag of tags) {
      const tagging = await tagAt(name, store, tag, source.root, options);
      options.emit({ kind: "tag", destination: name, ...tagging });
      done.push(tagging);
    }
    return promoted();
  } catch (thrown) {
    return promoted(partFailure(thrown, options.signal));
  }
}

/** A version names one image for ever; any other tag goes where it is told. */
async function tagAt(name: string, store: Store, tag: Tag, root: Descriptor, { signal }: StepOptions): Promise<Tagging> {
  const tagged = await store.tag(tag, root, { signal, ifAbsent: isVersion(tag) });
  if (tagged.outcome === "present" && tagged.holds.digest !== root.digest) {
    throw new Failure("TAG_CONFLICT", `${name}:${tag} holds ${tagged.holds.digest}, and a version is never moved`, {
      hint: "Promote to a new version.",
      facts: { destination: name, tag, digest: tagged.holds.digest },
    });
  }
  return { tag, digest: root.digest, outcome: tagged.outcome === "present" ? "kept" : tagged.outcome };
}

async function copyRecords(source: Sourced, store: Store, options: StepOptions): Promise<void> {
  if (store === source.store) return;
  for (const record of await recordsOf(source.store, source.root.digest, options)) await copy(source.store, store, record, options);
}
