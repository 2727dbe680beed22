import type { FailureReport } from "../../failure/index.ts";
import { formatMs, howText, type ImageReport, type Report, statusText } from "../../report/index.ts";
import { code, type Markdown, md } from "../markdown.ts";
import type { Block } from "../page.ts";
import { commitName, commitsBlock } from "./commits.ts";
import { contentsBlock } from "./contents.ts";
import { destinationBlock } from "./destinations.ts";
import { failureBlock, findingsBlock, marks, warningsBlock } from "./seen.ts";
import { takeBlock } from "./take.ts";
import { timesBlock } from "./times.ts";

/**
 * A publication as a page: what was published where, by which tags and digests, what it consists of, how it is pulled and deployed, and
 * where the time went.
 * @param repository where the commit can be looked at; without it the commit is no link
 * @param commits of a run that publishes every commit of a push the reports of all, oldest first
 */
export function publicationPage(report: Report, repository?: string, commits: readonly Report[] = []): readonly Block[] {
  const { images, warnings, steps } = report;
  const [only] = images.length === 1 ? images : [];
  const all = md`### ${{ markdown: report.exitCode === 0 ? marks.done : marks.error }} waybill: ${images.length} images`;
  return [
    { head: [(only === undefined ? all : title("###", only)).markdown, "", commitLine(report, repository).markdown] },
    ...commitsBlock(commits, repository),
    ...(warnings.length === 0 ? [] : [warningsBlock(warnings)]),
    ...(only === undefined
      ? images.flatMap((image) => [{ head: [title("####", image).markdown] }, ...imageBlocks(image, image.steps)])
      : imageBlocks(only, [...steps, ...only.steps])),
  ];
}

function imageBlocks(image: ImageReport, steps: Report["steps"]): readonly Block[] {
  return [
    ...failuresOf(image).flatMap(failureBlock),
    ...findingsBlock(image.findings),
    ...destinationBlock(image),
    ...contentsBlock(image),
    ...takeBlock(image),
    ...timesBlock(steps),
  ];
}

/** The image's failure and those of its destinations, which it mostly is one of. */
function failuresOf({ failure, destinations }: ImageReport): readonly FailureReport[] {
  const all = [failure, ...destinations.map((one) => one.failure)].filter((one) => one !== undefined);
  return [...new Map(all.map((one) => [JSON.stringify([one.code, one.message]), one])).values()];
}

const statusMarks: Readonly<Record<ImageReport["status"], string>> = {
  published: marks.done,
  present: marks.done,
  planned: marks.note,
  left: marks.warning,
  failed: marks.error,
};

function title(level: "###" | "####", image: ImageReport): Markdown {
  const exit = image.exitCode === 0 ? md`` : md` (exit ${image.exitCode})`;
  return md`${{ markdown: `${level} ${statusMarks[image.status]}` }} ${image.name}: ${`${statusText(image)}${howText(image)}`}${exit}`;
}

function commitLine({ commit, ms, waybill, dryRun }: Report, repository: string | undefined): Markdown {
  const { sha, branch, subject } = commit;
  const name = commitName(sha, repository);
  const on = branch === undefined ? md`` : md` on ${code(branch)}`;
  const dry = dryRun ? md` Nothing was written: a dry run.` : md``;
  return md`Commit ${name}${on}: ${subject}<br>Took ${formatMs(ms)}, waybill ${waybill}.${dry}`;
}
