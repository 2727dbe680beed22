import type { Emit } from "../report/index.ts";

/** The outside of the process, as the commands see it: nothing else touches argv, environment and streams. */
export interface Edge {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Where a person answers, where there may be one. */
  readonly stdin?: NodeJS.ReadStream | undefined;
  /** Results. */
  readonly stdout: NodeJS.WriteStream;
  /** Logs and progress. */
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by SIGINT and SIGTERM, with a Failure as its reason. */
  readonly signal: AbortSignal;
  /** Hears every event beside the renderer, where somebody wants to. */
  readonly heard?: Emit | undefined;
}

/** Whether somebody reads what is written for GitHub: annotations in the log, a step's summary. */
export function onGithub({ env }: Pick<Edge, "env">): boolean {
  return env["GITHUB_ACTIONS"] === "true" || Boolean(env["GITHUB_STEP_SUMMARY"]);
}

/** A command: options in, exit code out. Failures are thrown and shown in one place. */
export type Run<Options> = (options: Options, edge: Edge) => Promise<number>;

/** How results are written to standard output. */
export type Output = "text" | "json" | "github";

/** Writes a result, and waits until a pipe has taken it. */
export async function print(edge: Edge, text: string): Promise<void> {
  const line = text.endsWith("\n") || text === "" ? text : `${text}\n`;
  await new Promise<void>((resolve) => {
    edge.stdout.write(line, () => resolve());
  });
}
