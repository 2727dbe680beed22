import type { Push, Settings } from "../config/index.ts";
import { Failure, throwIfAborted } from "../failure/index.ts";
import { openRepository, type Pushed } from "../git/index.ts";
import type { Report } from "../report/index.ts";
import { chosenImages } from "./inputs.ts";
import { type PublishOptions, publishCommit } from "./repository.ts";

/** What publishing all that a push brought takes. */
export interface PushOptions extends PublishOptions {
  /** Commits that are named one by one: those after the first, up to and with the second. */
  readonly range?: { readonly before: string; readonly after: string } | undefined;
  /** The push that the run is for, where the CI says so. */
  readonly push: () => Promise<Push | undefined>;
}

/** What came of a run. */
export interface PushReports {
  /** Whether every commit was asked for. */
  readonly every: boolean;
  /** A report for each commit, oldest first; the last one's is the run's own. */
  readonly reports: readonly [Report, ...Report[]];
}

/** The most commits of one push; what is older is told, and can be named in a range. */
const mostPushed = 100;
/** The most commits of a range that a person names. */
const mostNamed = 1000;

/**
 * Publishes the commit that the run is for or, where the settings or a range ask for every commit, each one that the push brought to its
 * branch's first-parent history, oldest first. A commit that fails does not stop those after it. Moving tags are written once, at the end:
 * for the newest commit, or for the newest that was published where that failed.
 * @throws Failure as {@link publishRepository} does; CONFIG_INVALID where commits would be built with files that were made for another one
 */
export async function publishPush(options: PushOptions): Promise<PushReports> {
  await using repository = await openRepository(options.repo, options);
  const settings = await options.settings(repository);
  const every = options.range !== undefined || (settings.everyCommit && options.commit === undefined);
  if (every) refuseGenerated(settings, options.only);
  const push = every ? await pushOf(options) : undefined;
  if (push === undefined) return { every, reports: [await publishCommit(repository, settings, options)] };
  const commits = limited(await repository.pushed(push), push, options);
  const publishAt = async (sha: string, last: boolean, startedAt: number): Promise<Report> =>
    await publishCommit(repository, last ? settings : still(settings), {
      ...options,
      commit: undefined,
      environment: { commit: sha, branch: push.branch, from: options.range === undefined ? "the push" : "--every-commit" },
      facts: { ...options.facts, startedAt },
    });
  const reports: Report[] = [];
  for (const [index, sha] of commits.entries()) {
    if (options.signal?.aborted) break;
    options.emit({ kind: "message", level: "info", text: `commit ${index + 1} of ${commits.length}: ${sha}` });
    reports.push(await publishAt(sha, index === commits.length - 1, index === 0 ? options.facts.startedAt : Date.now()));
  }
  const [first, ...others] = await movedOn(reports, options, (sha) => publishAt(sha, true, Date.now()));
  throwIfAborted(first === undefined ? options.signal : undefined);
  if (first === undefined) throw new Failure("DEFECT", "a push has no commit");
  return { every, reports: [first, ...others] };
}

type Range = { readonly before: string | undefined; readonly after: string; readonly branch?: string | undefined };

/** The push to publish; undefined, with the reason told, where the one commit of the run is meant. */
async function pushOf({ range, push, environment, emit }: PushOptions): Promise<Range | undefined> {
  if (range !== undefined) return range;
  const found = await push();
  const single = (why: string): undefined => emit({ kind: "message", level: "info", text: `one commit is published: ${why}` }) as undefined;
  if (found === undefined) return single("the run is for no push to a branch, or the CI does not say what the branch named before");
  const { commit, from } = environment ?? {};
  return commit !== undefined && commit !== found.after ? single(`${from} names another one than what was pushed`) : found;
}

/** The commits to publish, oldest first; what they are, and which are left out, is told. */
function limited({ commits, how }: Pushed, push: Range, { emit, range }: PushOptions): readonly string[] {
  const count = `${commits.length} ${commits.length === 1 ? "commit" : "commits"}`;
  const where = push.branch === undefined ? "" : ` to ${push.branch}`;
  if (how === "unknown") {
    const why =
      push.before === undefined
        ? "the branch is new, and no other is here to tell its own commits from"
        : `${push.before}, which it named before, is not to be had`;
    emit({
      kind: "message",
      level: "warning",
      text: `only the newest commit of the push${where} is published: ${why}`,
      hint: "Check the whole history out (fetch-depth: 0), or name the commits: waybill publish --every-commit BEFORE..AFTER.",
    });
    return commits;
  }
  const words: Readonly<Record<Exclude<Pushed["how"], "unknown">, string>> = {
    forward: `the push${where} brought ${count}`,
    forced: `the push${where} was forced, and brought ${count} that ${push.before?.slice(0, 12)} does not have`,
    created: `${push.branch ?? "the branch"} is new, with ${count} that no other branch has`,
  };
  emit({
    kind: "message",
    level: "info",
    text: range === undefined ? words[how] : `${count} from ${push.before?.slice(0, 12)} to ${push.after.slice(0, 12)}`,
  });
  const most = range === undefined ? mostPushed : mostNamed;
  if (commits.length <= most) return commits;
  const left = commits.length - most;
  emit({
    kind: "message",
    level: "warning",
    text: `the newest ${most} are published; ${left} before them are left out, up to ${commits[left - 1]}`,
    hint: `Publish them by their range: waybill publish --no-latest --every-commit ${push.before ?? "BEFORE"}..${commits[left - 1]}.`,
  });
  return commits.slice(left);
}

/** Moving tags are written for one commit of a push only. */
function still(settings: Settings): Settings {
  return { ...settings, images: settings.images.map((image) => ({ ...image, moving: [] })) };
}

/** Where the newest commit failed, moves tags on to the newest that was published, and adds what became of them to its report. */
async function movedOn(
  reports: readonly Report[],
  { signal, dryRun }: PushOptions,
  again: (sha: string) => Promise<Report>,
): Promise<readonly Report[]> {
  const newest = reports.findLastIndex(({ exitCode }) => exitCode === 0);
  const report = reports[newest];
  if (report === undefined || newest === reports.length - 1 || dryRun || signal?.aborted) return reports;
  return reports.with(newest, withMoved(report, await again(report.commit.sha)));
}

function withMoved(report: Report, moved: Report): Report {
  const images = report.images.map((image, index) => {
    const other = moved.images[index];
    const destinations = image.destinations.map((one, at) => {
      const tags = other?.destinations[at]?.tags.filter(({ tag }) => tag !== image.releaseTag) ?? [];
      return { ...one, tags: [...one.tags, ...tags], failure: one.failure ?? other?.destinations[at]?.failure };
    });
    return { ...image, destinations, previous: other?.previous, failure: other?.failure, exitCode: other?.exitCode ?? image.exitCode };
  });
  const { exitCode, failures, warnings } = moved;
  return { ...report, images, exitCode, failures, warnings: [...report.warnings, ...warnings] };
}

function refuseGenerated(settings: Settings, only: readonly string[] | undefined): void {
  const found = chosenImages(settings, only).find(({ build }) => build.generated.length > 0);
  if (found === undefined) return;
  throw new Failure(
    "CONFIG_INVALID",
    `every commit cannot be published of ${found.name}: build.generated names files that a build step made for the checkout's commit only`,
    { hint: "Make those files in the Dockerfile, or publish one commit for each push (everyCommit: false)." },
  );
}
