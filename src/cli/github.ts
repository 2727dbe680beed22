import { appendFileSync, readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { runFromEnvironment } from "../config/index.ts";
import { Failure, failureReport, quoteForeign } from "../failure/index.ts";
import {
  annotations,
  type Block,
  type DroppedOutputs,
  droppedOutputs,
  type FleetImage,
  failedPage,
  fleetPage,
  githubContext,
  type Noteworthy,
  noteworthy,
  type PromotedImage,
  promotionFailures,
  promotionPage,
  publicationPage,
  type Runner,
  repositoryLink,
  type ValidatedImage,
  validationPage,
  workflowPath,
  writeOutputs,
  writeSummary,
} from "../github/index.ts";
import type { Report } from "../report/index.ts";
import type { Edge } from "./edge.ts";
import { repositoryAround } from "./folder.ts";

/**
 * Summary and outputs of a publication where GitHub asks for them by GITHUB_STEP_SUMMARY and GITHUB_OUTPUT, and annotations where the run
 * is GitHub's.
 * @throws Failure FILE_FAILED where the outputs cannot be written
 */
export function tellPublication(
  report: Report,
  commits: readonly Report[] | undefined,
  outputs: Readonly<Record<string, string>>,
  edge: Edge,
  repo: string,
): void {
  tell(edge, publicationPage(report, repositoryLink(edge.env), commits), noteworthy(commits ?? [report]), repo);
  try {
    writeOutputs(outputs, runner(edge));
  } catch (thrown) {
    throw new Failure(
      "FILE_FAILED",
      `the outputs cannot be written to the file that GITHUB_OUTPUT names: ${quoteForeign(String(thrown))}`,
      {
        hint: "What was published is published; steps that read the outputs find none. Leave GITHUB_OUTPUT as the runner sets it.",
        cause: thrown,
      },
    );
  }
}

/** What a person should know of outputs that GitHub will drop; nothing where the run's workflow is not in the workspace. */
export async function droppedWarnings(outputs: Readonly<Record<string, string>>, { env, cwd }: Edge): Promise<readonly DroppedOutputs[]> {
  const path = workflowPath(env);
  if (path === undefined) return [];
  let text: string;
  try {
    text = readFileSync(join(env["GITHUB_WORKSPACE"] || cwd, path), "utf8");
  } catch {
    return [];
  }
  return await droppedOutputs({ path, text }, env, outputs);
}

/** Summary and annotations of a promotion. */
export function tellPromotion(commit: string, images: readonly PromotedImage[], edge: Edge): void {
  tell(edge, promotionPage(commit, images), { failures: images.flatMap(promotionFailures), findings: [] });
}

/** Summary and annotations of a validation. */
export function tellValidation(images: readonly ValidatedImage[], edge: Edge): void {
  const failures = images.flatMap(({ failure }) => failure ?? []);
  tell(edge, validationPage(images), { failures, findings: images.flatMap(({ findings }) => findings) });
}

/** Summary of a comparison of all destinations. */
export function tellFleet(images: readonly FleetImage[], edge: Edge): void {
  tell(edge, fleetPage(images), { failures: [], findings: [] });
}

/** Summary and annotations of failures that nothing else tells of. */
export function tellFailures(command: string, failures: readonly Failure[], edge: Edge, repo?: string): void {
  const failed = failures.map(failureReport);
  tell(edge, failedPage(command, failed), { failures: failed, findings: [] }, repo);
}

/** What the record says of the run, of whichever service it is: link, actor, attempt. */
export function runFacts(edge: Edge): Readonly<Record<string, string>> | undefined {
  return githubContext(edge.env) ?? runFromEnvironment(edge.env);
}

function tell(edge: Edge, page: readonly Block[], notes: Noteworthy, repo = "."): void {
  try {
    writeSummary(page, runner(edge));
  } catch (thrown) {
    edge.stderr.write(`warning: the step's summary cannot be written: ${quoteForeign(String(thrown))}\n`);
  }
  if (edge.env["GITHUB_ACTIONS"] === "true") for (const line of annotations(notes, folderOf(repo, edge))) edge.stderr.write(`${line}\n`);
}

/** Where the repository is in the workspace: files of annotations are named from there. Empty where it is the workspace, or outside of it. */
function folderOf(repo: string, { env, cwd }: Edge): string {
  const workspace = env["GITHUB_WORKSPACE"];
  if (!workspace) return "";
  try {
    const path = relative(realpathSync(workspace), realpathSync(repositoryAround(resolve(cwd, repo))));
    return path.startsWith("..") || isAbsolute(path) ? "" : path.replaceAll("\\", "/");
  } catch {
    return "";
  }
}

function runner({ env }: Edge): Runner {
  return {
    env,
    append: (path, text) => appendFileSync(path, text),
    size: (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  };
}
