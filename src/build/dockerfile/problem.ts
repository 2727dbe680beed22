import { Failure, type FailureCode } from "../../failure/index.ts";

/** Where an instruction stands: the Dockerfile's name, and its first line, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A failure at a line of a Dockerfile; the line is shown where its text is given. */
export function problem(
  code: FailureCode,
  place: Place,
  why: string,
  options: { readonly hint?: string; readonly text?: string; readonly cause?: unknown } = {},
): Failure {
  const shown = options.text === undefined ? "" : `\n  ${place.line} | ${options.text.slice(0, 300)}`;
  return new Failure(code, `${place.file}:${place.line}: ${why}${shown}`, {
    hint:
      options.hint ??
      (code === "DOCKERFILE_INVALID" ? "Mend this line; the Dockerfile reference says how its instruction is written." : undefined),
    facts: { file: place.file, line: place.line },
    cause: options.cause,
  });
}

/** What an instruction may fail with, without knowing where it stands. */
const placeless: readonly FailureCode[] = ["CONTEXT_INVALID", "DOCKERFILE_INVALID", "ENGINE_UNFIT"];

/** Does something for an instruction; a failure of it that says no line gets the instruction's. */
export async function located(place: Place & { readonly text: string }, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (thrown) {
    if (!(thrown instanceof Failure) || !placeless.includes(thrown.code) || thrown.facts["line"] !== undefined) throw thrown;
    const { code, message, hint } = thrown;
    throw problem(code, place, message, { text: place.text, cause: thrown, ...(hint === undefined ? {} : { hint }) });
  }
}
