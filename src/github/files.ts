import { randomUUID } from "node:crypto";
import type { Report } from "../report/index.ts";
import { repositoryLink } from "./links.ts";
import { githubOutputs, outputLines } from "./outputs.ts";
import { githubSummary } from "./summary/summary.ts";

/** Files that GitHub's runner reads when the step has ended. */
export interface RunnerFiles {
  /** Adds text to the end of a file. */
  readonly append: (path: string, text: string) => void;
  /** Bytes of a file; 0 where there is none. */
  readonly size: (path: string) => number;
}

/** Writes outputs and summary to the files that GITHUB_OUTPUT and GITHUB_STEP_SUMMARY name; nothing where they name none. */
export function writeGithub(report: Report, env: Readonly<Record<string, string | undefined>>, { append, size }: RunnerFiles): void {
  const [output, summary] = [env["GITHUB_OUTPUT"], env["GITHUB_STEP_SUMMARY"]];
  if (output)
    append(
      output,
      outputLines(githubOutputs(report), () => `waybill-${randomUUID()}`),
    );
  if (summary) {
    const written = size(summary);
    // What stands there may lack its last line end, or be a table that would go on.
    const text = githubSummary(report, summaryRoom(written + gap.length), repositoryLink(env));
    if (text !== "") append(summary, (written === 0 ? "" : gap) + text);
  }
}

const gap = "\n\n";
/** The most bytes of a step's summary; GitHub drops a longer one whole (GitHub Docs, "Workflow commands", job summaries). */
const whole = 1024 * 1024;
/** The most that is written at once: one step may publish more than once, and write lines of its own. */
const share = 256 * 1024;

/** How many bytes a step's summary has room for after those that stand in it. */
function summaryRoom(written: number): number {
  return Math.max(0, Math.min(share, whole - written));
}
