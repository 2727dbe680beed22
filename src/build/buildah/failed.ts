import { Failure, type FailureCode, quoteForeign } from "../../failure/index.ts";
import { lineSaying } from "../dockerfile/saying.ts";
import type { BuildRequest } from "../engine.ts";
import type { Outcome } from "./execute.ts";

/** What of buildah's last words tells what to do. */
const hints: readonly (readonly [RegExp, string])[] = [
  [/no space left on device|disk quota exceeded/i, "The disk is full: make room in the folder for temporary files (TMPDIR)."],
  [
    /insufficient UIDs or GIDs|no subuid ranges|setting supplemental groups|newuidmap/i,
    "This user needs a larger range of ids: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER, as root.",
  ],
  [/only supports the --|unknown flag|unsupported flag/i, "This buildah does not know that flag: take a newer one, or --engine buildx."],
  [/exec format error/i, "The image is for another processor than this machine's: install qemu-user-static, or build on such a machine."],
];

type Dockerfile = Pick<BuildRequest["dockerfile"], "name" | "text">;

/** A build that failed, with the step and the last lines that were printed. */
export function buildFailed(dockerfile: Dockerfile, outcome: Outcome): Failure {
  const { step, error, rest, exitCode, silentFor } = outcome;
  const hint = hints.find(([pattern]) => [error ?? "", ...rest].some((text) => pattern.test(text)))?.[1];
  const log = quoted((step?.log.length ? step.log : rest).filter((line) => line !== `Error: ${error}`));
  const line = step && lineSaying(dockerfile, step.name.replace(/^(?:\[\d+\/\d+\] )?\d+\/\d+ /, ""));
  const file = line === undefined ? dockerfile.name : `${dockerfile.name}:${line}`;
  const place = step === undefined ? file : `${file}: ${step.name}`;
  const facts = step === undefined ? {} : { file: dockerfile.name, line };
  if (silentFor !== undefined) {
    return new Failure("BUILD_FAILED", `${place}: buildah said nothing for ${silentFor} and was ended${log}`, {
      hint: "A step that works for so long should say that it does.",
      facts,
    });
  }
  const how = exitCode >= 128 ? "a signal ended buildah" : `buildah ended with exit code ${exitCode}`;
  return new Failure("BUILD_FAILED", `${place}: ${error === undefined ? how : shortened(error)}${log}`, {
    hint:
      hint ??
      (step === undefined ? "Look whether buildah works here: buildah info." : "Mend the step and publish again; nothing was pushed."),
    facts,
  });
}

/** A build's failure without the step's text, which stands before it. */
function shortened(error: string): string {
  return quoteForeign(error.replace(/^building at STEP ".*": /, ""), 500);
}

/** What a program that says it has built, and has not, is told of with. */
const noImage: readonly FailureCode[] = ["IMAGE_INVALID", "CONTENT_MISMATCH", "DIGEST_INVALID", "NOT_FOUND"];

/** What is thrown when a build's result cannot be read: the build's failure, if it is the result that is not one. */
export function resultFailed(thrown: unknown, { rest }: Pick<Outcome, "rest">): unknown {
  const code = (thrown as NodeJS.ErrnoException | undefined)?.code;
  // zlib's codes begin with a Z: a layer that is no archive.
  const wrong = code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR" || code?.startsWith("Z_");
  if (!wrong && !(thrown instanceof Failure && noImage.includes(thrown.code))) return thrown;
  const why = thrown instanceof Failure ? thrown.message : code?.startsWith("Z_") ? "a layer is no archive" : "it wrote none";
  return new Failure("BUILD_FAILED", `buildah ended well and gave no image: ${why}${quoted(rest)}`, {
    hint: "Look whether what runs as buildah is it.",
    cause: thrown,
  });
}

function quoted(lines: readonly string[]): string {
  return lines.map((line) => `\n  | ${quoteForeign(line)}`).join("");
}
