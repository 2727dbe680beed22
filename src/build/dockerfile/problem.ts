import { Failure, type FailureCode } from "../../failure/index.ts";

/** Where an instruction stands: the Dockerfile's name, and its first line, from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** What to do where nobody knows better. */
const hints: { readonly [code in FailureCode]?: string } = {
  DOCKERFILE_INVALID: "Mend this line; the Dockerfile reference says how its instruction is written.",
  BASE_MISSING: "Look at the name and the tag, and whether its registry is reached and signed in to.",
};

/** The most characters of a reason: it may quote a line. */
const longest = 1_000;

/** A failure at a line of a Dockerfile; the line is shown where its text is given. */
export function problem(
  code: FailureCode,
  place: Place,
  why: string,
  options: { readonly hint?: string; readonly text?: string; readonly cause?: unknown } = {},
): Failure {
  const shown = options.text === undefined ? "" : `\n  ${place.line} | ${options.text.slice(0, 300)}`;
  const reason = why.length > longest ? `${why.slice(0, longest)}…` : why;
  return new Failure(code, `${place.file}:${place.line}: ${reason}${shown}`, {
    hint: options.hint ?? hints[code],
    facts: { file: place.file, line: place.line },
    cause: options.cause,
  });
}

/** What an instruction may fail with, without knowing where it stands. */
const placeless: readonly FailureCode[] = [
  "BASE_MISSING",
  "CONTEXT_INVALID",
  "DOCKERFILE_INVALID",
  "ENGINE_UNFIT",
  "IMAGE_INVALID",
  "PLATFORM_INVALID",
];

/** Does something for an instruction; a failure of it that says no line gets the instruction's. */
export async function located<T>(place: Place & { readonly text: string }, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (thrown) {
    if (!(thrown instanceof Failure) || !placeless.includes(thrown.code) || thrown.facts["line"] !== undefined) throw thrown;
    const { code, message, hint } = thrown;
    throw problem(code, place, message, { text: place.text, cause: thrown, ...(hint === undefined ? {} : { hint }) });
  }
}
