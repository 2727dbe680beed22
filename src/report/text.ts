import { codes, type FailureReport } from "../failure/index.ts";
import type { Finding } from "./events.ts";
import { imageFacts } from "./facts.ts";
import type { DestinationReport, ForeseenTag, ImageReport, Report, Tagging } from "./report.ts";
import { destinationTable, type TableStyle } from "./table.ts";
import { formatMs } from "./units.ts";

/** A failure for people: what failed, what it means for the exit code, what to do next. */
export function failureText(failure: Pick<FailureReport, "code" | "message"> & { readonly hint?: string | undefined }): string {
  const { code, message, hint } = failure;
  return [`error: ${message}`, ...(hint === undefined ? [] : [`  hint: ${hint}`]), `  code: ${code}, exit ${codes[code].exit}`].join("\n");
}

/** A finding for people, on one line and a line for its hint. */
export function findingText({ level, code, message, hint, where }: Finding): string {
  const file = where?.file === undefined ? "" : `${where.file}${where.line === undefined ? "" : `:${where.line}`}: `;
  const place = where?.destination === undefined ? "" : ` (${where.destination})`;
  return `${level}: ${file}${message}${place} [${code}]${hint === undefined ? "" : `\n  hint: ${hint}`}`;
}

/**
 * A report for people, as it is written to standard output: each image with its tags and digests at each destination, and
 * a table of the destinations.
 * The last line of an image that can be pulled is `DOCKER_IMAGE_URI=<uri>`.
 */
export function reportText(report: Report, style: TableStyle = {}): string {
  return [
    ...report.images.flatMap((image) => [...imageLines(image), ...destinationTable(image, style)]),
    `took ${formatMs(report.ms)}`,
    ...report.images.flatMap(uriLine),
  ].join("\n");
}

const statusWords: Readonly<Record<ImageReport["status"], string>> = {
  published: "published",
  present: "published already",
  planned: "would be published",
  left: "left as it is: it names no commit",
  failed: "not published",
};

/** How publishing an image ended, in words; what failed may stand at the primary all the same. */
export function statusText({ status, uri }: Pick<ImageReport, "status" | "uri">): string {
  return status === "failed" && uri !== undefined ? "published in part" : statusWords[status];
}

function imageLines(image: ImageReport): readonly string[] {
  return [
    `${image.name}: ${statusText(image)}${howText(image)}`,
    ...(image.digest === undefined ? [] : [`  digest ${image.digest}`]),
    ...imageFacts(image).map(([name, text]) => `  ${name} ${text}`),
    ...(image.destinations.length > 1 ? groupedLines(image) : image.destinations.flatMap((one) => destinationLines(one, image.digest))),
  ];
}

/** Tags that fared alike at several destinations in one line each; the table has the rest. */
function groupedLines({ destinations, digest }: ImageReport): readonly string[] {
  const places = new Map<string, string[]>();
  for (const one of destinations) {
    const tagged = one.foreseen?.map(foreseenText) ?? one.tags.map((tag) => taggingText(tag, digest));
    for (const text of tagged) places.set(text, [...(places.get(text) ?? []), one.name]);
  }
  return [
    ...[...places].map(
      ([text, names]) => `  ${text} at ${names.length === destinations.length ? `all ${names.length} destinations` : names.join(", ")}`,
    ),
    ...destinations.flatMap(({ name, failure }) => (failure === undefined ? [] : [`  ${name} failed: ${failure.message}`])),
  ];
}

/** What became of a tag, and why; with its digest where that is not the image's. */
function taggingText({ tag, outcome, digest, why }: Tagging, image: string | undefined): string {
  return [`${tag} ${outcome}`, ...(why === undefined ? [] : [`(${why})`]), ...(digest === image ? [] : [digest])].join(" ");
}

/** How the image came to be, or would, to follow its status; empty where it was there. */
export function howText({ built, engine, status, reused }: ImageReport): string {
  if (reused !== undefined) return `, stamped with the content of ${reused.commit.slice(0, 12)}`;
  return (built || status === "planned") && engine !== undefined ? `, built with ${engine}` : "";
}

/** What would become of a tag, in words. */
export const foreseenWords: Readonly<Record<ForeseenTag["outcome"], string>> = {
  created: "would be created",
  moved: "would be moved",
  adopted: "would be taken over",
  kept: "would be kept",
  unknown: "cannot be foreseen",
};

/** What would become of a tag, and why. */
export function foreseenText({ tag, outcome, why }: ForeseenTag): string {
  return `${tag} ${foreseenWords[outcome]} (${why})`;
}

function destinationLines(
  { name, tags, foreseen = [], failure, found, delivery }: DestinationReport,
  digest: string | undefined,
): readonly string[] {
  const planned = foreseen.map((tag) => `  ${name}:${foreseenText(tag)}`);
  if (planned.length > 0) return planned;
  const lines = tags.map((tag) => `  ${name}:${taggingText(tag, digest)}`);
  if (failure !== undefined) return [...lines, `  ${name} failed: ${failure.message}`];
  return lines.length > 0 ? lines : [`  ${name}: ${delivery ?? found ?? "not asked"}`];
}

function uriLine({ uri }: ImageReport): readonly string[] {
  return uri === undefined ? [] : [`DOCKER_IMAGE_URI=${uri}`];
}
