import { annotation } from "../github/index.ts";
import type { State } from "./state.ts";

/** Exit codes of a run that a signal ended in order. */
const signalled = [130, 143];

/**
 * What the post step says: nothing after a run that came to its end, else what was done before it was stopped, and how to go on.
 * @returns lines of the log; the first is an annotation
 */
export function farewell({ done, exitCode }: State, sha: string | undefined): readonly string[] {
  if (exitCode !== undefined && !signalled.includes(exitCode)) return [];
  const commit = sha === undefined ? "" : ` of ${sha}`;
  const last = done.at(-1);
  return [
    annotation(
      "warning",
      `the publication${commit} was stopped before its end${last === undefined ? "" : `; the last that it did: ${last}`}
Run the job again: it goes on where this one stopped. Tags name checked images only, and nothing has to be cleaned up.`,
      { title: "INTERRUPTED" },
    ),
    ...(done.length === 0
      ? ["Nothing was done yet."]
      : [
          "Done before it was stopped:", // Two spaces and no line end: the runner takes no line of it for a command.
          ...done.map((line) => `  ${line.replace(/[\r\n]+/g, " ")}`),
        ]),
  ];
}
