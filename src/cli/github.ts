import { appendFileSync, statSync } from "node:fs";
import { runFromEnvironment } from "../config/index.ts";
import { type Failure, failureReport } from "../failure/index.ts";
import { annotations, failureAnnotation, githubContext, githubOutputs, writeGithub } from "../github/index.ts";
import type { Report } from "../report/index.ts";
import type { Edge } from "./edge.ts";

/**
 * Writes outputs and summary where GitHub asks for them by GITHUB_OUTPUT and GITHUB_STEP_SUMMARY, and annotations where
 * the run is GitHub's. Gives the outputs.
 */
export async function githubFiles(report: Report, edge: Edge): Promise<Readonly<Record<string, string>>> {
  writeGithub(report, edge.env, {
    append: (path, text) => appendFileSync(path, text),
    size: (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  });
  if (edge.env["GITHUB_ACTIONS"] === "true") for (const line of annotations(report)) edge.stderr.write(`${line}\n`);
  return githubOutputs(report);
}

/** A failure before there was a report, as an annotation. */
export function annotate(failure: Failure, edge: Edge): void {
  edge.stderr.write(`${failureAnnotation(failureReport(failure))}\n`);
}

/** What the record says of the run, of whichever service it is: link, actor, attempt. */
export function runFacts(edge: Edge): Readonly<Record<string, string>> | undefined {
  return githubContext(edge.env) ?? runFromEnvironment(edge.env);
}
