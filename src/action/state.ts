/** What the main step leaves for the post step. */
export interface State {
  /** What was done, a line each. */
  readonly done: readonly string[];
  /** The exit code, where the main step came to its end. */
  readonly exitCode?: number | undefined;
}

/**
 * A part of the state as a line of the file that GITHUB_STATE names. The runner reads it when the step has ended, however it ended,
 * and of several lines of one name takes the last (GitHub Docs, "Sending values to the pre and post actions").
 */
export function stateLine(part: Partial<State>): string {
  return Object.entries(part)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
    .join("");
}

/** The state as the post step's environment has it; what cannot be read counts as not there. */
export function stateOf(env: Readonly<Record<string, string | undefined>>): State {
  const done = parsed(env["STATE_done"]);
  const exitCode = parsed(env["STATE_exitCode"]);
  return {
    done: Array.isArray(done) ? done.filter((line) => typeof line === "string") : [],
    ...(typeof exitCode === "number" ? { exitCode } : {}),
  };
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
