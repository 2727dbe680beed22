import { worstExit } from "../failure/index.ts";
import type { ImageReport, Report } from "../report/index.ts";

/**
 * A run's outputs for later steps. An output is empty where there is nothing to name, so that a step can ask for it; none holds
 * a credential. Of several images the first stands in the plain outputs, all stand in `images` as JSON. Of every commit of a push the
 * newest stands in the plain outputs, all stand in `commits` as JSON, oldest first.
 */
export function githubOutputs(report: Report, commits?: readonly Report[]): Readonly<Record<string, string>> {
  const outputs = imageOutputs(report.images[0]);
  const all = report.images.map((image) => ({ name: image.name, status: image.status, ...imageOutputs(image) }));
  return {
    git_sha: report.commit.sha,
    ...outputs,
    exit_code: String(worstExit([report, ...(commits ?? [])].map(({ exitCode }) => exitCode))),
    ...(commits === undefined ? {} : { commits: JSON.stringify(commits.map(commitOutputs)) }),
    ...(all.length > 1 ? { images: JSON.stringify(all) } : {}),
    report: reportOutput(report),
  };
}

/** The most characters of the report; GitHub takes 1 MiB for all outputs of a job, in UTF-16 (GitHub Docs, "Passing information between jobs"). */
const reportLimit = 128 * 1024;

/** The whole report as JSON in one line; empty where it is too long to be handed on. */
function reportOutput(report: Report): string {
  const text = JSON.stringify(report);
  return text.length > reportLimit ? "" : text;
}

function commitOutputs({ commit, images, exitCode }: Report) {
  const [image] = images;
  const { image_uri_sha, image_uri_digest, digest, built } = imageOutputs(image);
  return { git_sha: commit.sha, status: image?.status, exit_code: exitCode, image_uri_sha, image_uri_digest, digest, built };
}

function imageOutputs(image: ImageReport | undefined) {
  const primary = image?.destinations.find((destination) => destination.primary);
  const moving = primary?.tags.filter(({ tag }) => tag !== image?.releaseTag) ?? [];
  const latest = moving.find(({ tag }) => tag === "latest") ?? moving[0];
  const names = latest !== undefined && latest.digest === image?.digest;
  return {
    image_uri_sha: image?.uri ?? "",
    // Only where it names this image: a step that deploys it must not get another commit's.
    image_uri_latest: names && image?.uri !== undefined ? `${primary?.name}:${latest.tag}` : "",
    image_uri_digest: image?.digestUri ?? "",
    digest: image?.uri === undefined ? "" : (image.digest ?? ""),
    latest_moved: String(names && latest.outcome !== "kept"),
    built: String(image?.built ?? false),
    reused_from: image?.reused?.commit ?? "",
  };
}

/**
 * Outputs in the form of the GITHUB_OUTPUT file. A value of several lines is put between delimiters that do not occur in it.
 * @param delimiter makes a delimiter that nobody can guess
 */
export function outputLines(outputs: Readonly<Record<string, string>>, delimiter: () => string): string {
  return Object.entries(outputs)
    .map(([name, value]) => {
      if (!/[\r\n]/.test(value)) return `${name}=${value}\n`;
      const end = delimiter();
      return `${name}<<${end}\n${value}\n${end}\n`;
    })
    .join("");
}
