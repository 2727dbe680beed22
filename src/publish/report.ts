import type { ImageSettings } from "../config/index.ts";
import { type Failure, failureReport, worstExit } from "../failure/index.ts";
import { formatPlatform, rfc3339 } from "../oci/index.ts";
import type { DestinationReport, ImageReport, ImageStatus, Report } from "../report/index.ts";
import { findingsOf } from "./check.ts";
import type { RunFacts } from "./record.ts";
import type { StepTiming } from "./step.ts";
import { inState } from "./survey/judge.ts";
import type { Destination, Known, PublishedCommit, Twin } from "./types.ts";

/** What a report is made of. */
export interface ReportParts {
  readonly commit: PublishedCommit;
  readonly published: readonly { readonly image: ImageSettings; readonly known: Known }[];
  readonly steps: readonly StepTiming[];
  readonly warnings: Report["warnings"];
  readonly dryRun: boolean;
  readonly facts: RunFacts;
}

/** What is known of a run, as data for people and programs. */
export function reportOf({ commit, published, steps, warnings, dryRun, facts }: ReportParts): Report {
  const images = published.map(({ image, known }) => imageReport(image, known, dryRun));
  const { sha, tree, branch, from, committedAt, subject } = commit;
  return {
    schemaVersion: 1,
    command: "publish",
    waybill: facts.waybill,
    exitCode: worstExit(images.map((image) => image.exitCode)),
    dryRun,
    commit: { sha, tree, branch, from, committedAt: rfc3339(committedAt), subject },
    images,
    steps: rounded(steps),
    warnings,
    failures: images.flatMap(({ failure }) => (failure === undefined ? [] : [failure])),
    startedAt: new Date(facts.startedAt).toISOString(),
    ms: Date.now() - facts.startedAt,
  };
}

function imageReport(image: ImageSettings, known: Known, dryRun: boolean): ImageReport {
  const { plan, failure } = known;
  const root = rootOf(known);
  const status = statusOf(known, dryRun);
  const primary = plan?.destinations[0];
  const released =
    known.released?.tagged.find(({ destination }) => destination.primary)?.released ?? (status === "left" || status === "present");
  const named = primary !== undefined && released && root !== undefined;
  return {
    name: image.name,
    status,
    exitCode: failure?.exitCode ?? 0,
    built: known.image?.built ?? false,
    engine:
      known.image?.engine ?? (status === "planned" && plan?.build.kind === "build" && root === undefined ? plan.build.engine : undefined),
    platform: plan && formatPlatform(plan.platform),
    releaseTag: plan?.releaseTag,
    digest: root?.digest,
    content: known.image?.content,
    contentKey: known.image?.contentKey,
    build: known.image?.stats,
    bases: known.image?.bases,
    reused: known.image?.reused && reusedOf(known.image.reused),
    layersTaken: known.image?.built ? known.image.there?.length : undefined,
    started: known.started?.image,
    contents: known.contents,
    previous: known.previous,
    uri: named ? `${primary.name}:${plan?.releaseTag}` : undefined,
    digestUri: named ? `${primary.name}@${root.digest}` : undefined,
    destinations: plan?.destinations.map((destination) => destinationReport(destination, known)) ?? [],
    findings: allFindings(known),
    steps: rounded(known.steps),
    failure: reported(failure),
  };
}

function reusedOf({ revision, root, origin }: Twin) {
  return { commit: revision, digest: root.digest, origin: origin.revision };
}

/** The image in force; before one was obtained, the one that the survey found. */
function rootOf({ image, survey }: Known) {
  if (image !== undefined) return image.root;
  return survey?.source?.root ?? (survey && inState(survey.surveyed, "unlabelled")[0]?.state.root);
}

function statusOf({ failure, survey, image, released }: Known, dryRun: boolean): ImageStatus {
  if (failure !== undefined) return "failed";
  if (survey !== undefined && inState(survey.surveyed, "unlabelled").length > 0) return "left";
  const complete = survey?.surveyed.every(({ state }) => state.kind === "present") ?? false;
  if (dryRun && !complete) return "planned";
  const wrote = image?.built || image?.reused || released?.tagged.some(({ tags }) => tags.some(({ outcome }) => outcome !== "kept"));
  return complete && !wrote ? "present" : "published";
}

function destinationReport(destination: Destination, known: Known): DestinationReport {
  const { survey, foreseen, deliveries, released } = known;
  const is = (one: { readonly destination: Destination }): boolean => one.destination === destination;
  const surveyed = survey?.surveyed.find(is);
  const delivery = deliveries?.find(is);
  const tagged = released?.tagged.find(is);
  const failure =
    tagged?.failure ??
    (delivery?.outcome.kind === "failed" ? delivery.outcome.failure : undefined) ??
    (surveyed?.state.kind === "failed" ? surveyed.state.failure : undefined);
  const delivered = delivery?.outcome.kind;
  const brought = delivered === "delivered" || delivered === "present";
  const root = rootOf(known);
  return {
    name: destination.name,
    primary: destination.primary,
    found: surveyed?.state.kind,
    delivery: delivery?.outcome.kind,
    digest: brought ? root?.digest : surveyed && "root" in surveyed.state ? surveyed.state.root.digest : undefined,
    state: failure !== undefined ? "failed" : brought && tagged?.released === false ? "untagged" : (delivered ?? surveyed?.state.kind),
    bytes: delivery?.outcome.kind === "delivered" ? delivery.outcome.bytes : 0,
    surveyMs: surveyed && Math.round(surveyed.ms),
    pieces: delivery?.outcome.kind === "delivered" ? delivery.outcome.pieces : undefined,
    ms: Math.round(delivery?.ms ?? 0),
    released: tagged?.released ?? surveyed?.state.kind === "present",
    tags: tagged?.tags ?? [],
    foreseen: foreseen?.find(is)?.tags,
    failure: reported(failure),
  };
}

/** What the survey saw in images that stay, and what the checks saw in what was delivered. */
function allFindings({ survey, checked = [], started }: Known): ImageReport["findings"] {
  const found =
    survey?.surveyed.flatMap(({ state }) => (state.kind === "broken" || state.kind === "unlabelled" ? state.findings : [])) ?? [];
  return [...found, ...findingsOf(checked, started)];
}

function reported(failure: Failure | undefined) {
  return failure && failureReport(failure);
}

function rounded(steps: readonly StepTiming[]) {
  return steps.map(({ step, ms, detail }) => ({ step, ms: Math.round(ms), detail }));
}
