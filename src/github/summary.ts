import { type DestinationReport, formatMs, howText, type ImageReport, type Report } from "../report/index.ts";

/** GitHub drops a summary above 1 MiB whole; other steps of the job have their part of it. */
const limit = 256 * 1024;

/** A run as a step summary in Markdown: what was published where, by which tags and digests, and what was seen. */
export function githubSummary(report: Report): string {
  const { commit } = report;
  const branch = commit.branch === undefined ? "" : ` on ${code(commit.branch)}`;
  const lines = [
    `### waybill: ${report.exitCode === 0 ? (report.dryRun ? "dry run" : "published") : `failed (exit ${report.exitCode})`}`,
    "",
    `Commit ${code(commit.sha)}${branch}, ${plain(commit.subject)}`,
    ...report.images.flatMap((image) => imageLines(image)),
    ...report.warnings.flatMap(({ text, hint }) => ["", `> **Warning**: ${plain(text)}${hint === undefined ? "" : ` ${plain(hint)}`}`]),
    "",
    `Took ${formatMs(report.ms)}, waybill ${plain(report.waybill)}.`,
  ];
  const text = `${lines.join("\n")}\n`;
  return text.length <= limit ? text : `${text.slice(0, limit)}\n\n… and more, in the log.\n`;
}

function imageLines(image: ImageReport): readonly string[] {
  return [
    "",
    `**${plain(image.name)}** ${image.status}${plain(howText(image))}`,
    ...(image.failure === undefined
      ? []
      : [
          "",
          `> **${image.failure.code}**: ${plain(image.failure.message)}${image.failure.hint === undefined ? "" : ` ${plain(image.failure.hint)}`}`,
        ]),
    ...(image.destinations.length === 0
      ? []
      : ["", "| image | result | digest |", "|---|---|---|", ...image.destinations.flatMap((one) => rows(one, image))]),
    ...(image.findings.length === 0
      ? []
      : ["", ...image.findings.map(({ level, code: name, message }) => `- ${level} ${code(name)}: ${plain(message)}`)]),
    ...(image.steps.length === 0
      ? []
      : [
          "",
          `<details><summary>Steps</summary>\n\n| step | time | |\n|---|---|---|`,
          ...image.steps.map(({ step, ms, detail }) => `| ${step} | ${formatMs(ms)} | ${plain(detail)} |`),
          "\n</details>",
        ]),
  ];
}

function rows({ name, tags, failure, found, delivery }: DestinationReport, image: ImageReport): readonly string[] {
  const some = tags.map(
    ({ tag, outcome, why, digest }) =>
      `| ${code(`${name}:${tag}`)} | ${outcome}${why === undefined ? "" : `: ${plain(why)}`} | ${code(digest)} |`,
  );
  if (failure !== undefined) return [...some, `| ${code(name)} | failed: ${plain(failure.message)} | |`];
  return some.length > 0
    ? some
    : [`| ${code(name)} | ${delivery ?? found ?? "not asked"} | ${image.digest === undefined ? "" : code(image.digest)} |`];
}

/** Text from outside as text: no Markdown, no HTML, no cell of a table ends in it. */
function plain(text: string): string {
  return text
    .replace(/[\r\n]+/g, " ")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/[\\`*_{}[\]|#~@]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Text in code font, whatever is in it. */
function code(text: string): string {
  return `<code>${plain(text)}</code>`;
}
