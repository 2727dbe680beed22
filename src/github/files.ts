import { randomUUID } from "node:crypto";
import { outputLines } from "./outputs.ts";
import { type Block, page } from "./page.ts";

/** What is said to GitHub's runner: the environment names files that it reads when the step has ended. */
export interface Runner {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Adds text to the end of a file. */
  readonly append: (path: string, text: string) => void;
  /** Bytes of a file; 0 where there is none. */
  readonly size: (path: string) => number;
}

/** Writes outputs for later steps to the file that GITHUB_OUTPUT names; nothing where it names none. */
export function writeOutputs(outputs: Readonly<Record<string, string>>, { env, append }: Runner): void {
  const path = env["GITHUB_OUTPUT"];
  const text = outputLines(outputs, () => `waybill-${randomUUID()}`);
  if (path) append(path, text);
}

const gap = "\n\n";
/** The most bytes of a step's summary; GitHub drops a longer one whole (GitHub Docs, "Workflow commands", job summaries). */
const whole = 1024 * 1024;
/** The most that is written at once: one step may publish more than once, and write lines of its own. */
const share = 256 * 1024;

/** Adds a page to the file that GITHUB_STEP_SUMMARY names, as long as there is room for it; nothing where it names none. */
export function writeSummary(blocks: readonly Block[], { env, append, size }: Runner): void {
  const path = env["GITHUB_STEP_SUMMARY"];
  if (!path) return;
  const written = size(path);
  const text = page(blocks, Math.min(share, whole - written - gap.length));
  // What stands there may lack its last line end, or be a table that would go on.
  if (text !== "") append(path, (written === 0 ? "" : gap) + text);
}
