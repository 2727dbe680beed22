import { randomUUID } from "node:crypto";
import type { Report } from "../report/index.ts";
import { githubOutputs, outputLines } from "./outputs.ts";
import { githubSummary } from "./summary.ts";

/** Writes outputs and summary to the files that GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name; nothing where they name none. */
export function writeGithub(to: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: Report;
  /** Adds text to the end of a file. */
  readonly append: (path: string, text: string) => void;
}): void {
  const { env, report, append } = to;
  const [output, summary] = [env["GITHUB_OUTPUT"], env["GITHUB_STEP_SUMMARY"]];
  if (output)
    append(
      output,
      outputLines(githubOutputs(report), () => `waybill-${randomUUID()}`),
    );
  if (summary) append(summary, githubSummary(report));
}
