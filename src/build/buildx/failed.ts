import { Failure, type FailureCode, quoteForeign } from "../../failure/index.ts";
import { lineSaying } from "../dockerfile/saying.ts";
import type { BuildRequest } from "../engine.ts";
import type { Outcome } from "./execute.ts";

/** What of a build's last words tells what to do, with a builder of an address where there is one. */
const hints: readonly (readonly [RegExp, string, ((builder: string | undefined) => string)?])[] = [
  [
    /no space left on device|disk quota exceeded/i,
    "A disk is full, here or where the builder runs: docker buildx prune, docker system df.",
  ],
  [
    /cannot connect to the docker daemon|failed to connect to the docker api|connection refused|no such host|error reading server preface|failed to dial|closed network connection|connection reset|i\/o timeout|failed to list workers|waiting for connection/i,
    "The builder cannot be reached, or went away: look whether it runs (docker buildx ls), then run the same command again.",
    byHand,
  ],
];

/** A build that failed, with the step and the last lines that were printed. */
export function buildFailed(dockerfile: Pick<BuildRequest["dockerfile"], "name" | "text">, outcome: Outcome, builder?: string): Failure {
  const { failed, rest, ended } = outcome;
  const said = [failed?.name ?? "", failed?.error ?? "", ...rest];
  const [, found, more] = hints.find(([pattern]) => said.some((text) => pattern.test(text))) ?? [];
  const hint = found === undefined ? undefined : `${found}${more?.(builder) ?? ""}`;
  if (ended?.by === "silence") {
    return new Failure("BUILD_FAILED", `docker buildx said nothing for ${ended.after} and was ended${quoted(lastWords(outcome))}`, {
      hint: hint ?? "Look at the step that it was in; a step that works for so long should say that it does.",
    });
  }
  if (failed !== undefined) {
    const line = lineIn(rest) ?? lineSaying(dockerfile, failed.name.replace(/^\[[^\]]*\] /, ""));
    const place = line === undefined ? dockerfile.name : `${dockerfile.name}:${line}`;
    return new Failure("BUILD_FAILED", `${place}: ${failed.name}: ${failed.error}${quoted(failed.log)}`, {
      hint: hint ?? "Mend the step and publish again; nothing was pushed.",
      facts: { file: dockerfile.name, line },
    });
  }
  return new Failure("BUILD_FAILED", `docker buildx failed: ${endedHow(outcome)}${quoted(rest)}`, {
    hint: hint ?? "Run docker buildx build by hand to see more.",
  });
}

/** What an address over SSH has run: buildx keeps to itself what ssh says of it. */
function byHand(builder: string | undefined): string {
  if (!builder?.startsWith("ssh://") || !URL.canParse(builder)) return "";
  const { username, port, hostname } = new URL(builder);
  const words = ["ssh", ...(username === "" ? [] : ["-l", username]), ...(port === "" ? [] : ["-p", port]), hostname];
  return ` It is reached by: ${words.map((word) => quoteForeign(word, 100)).join(" ")} buildctl dial-stdio`;
}

/** The line that failed: a newer buildx prints the Dockerfile's name with it above a ruler, and marks the instruction's lines below. */
function lineIn(printed: readonly string[]): number | undefined {
  const above = printed.findLastIndex((line, index) => /:\d+$/.test(line) && /^-{10,}$/.test(printed[index + 1] ?? ""));
  const [, line] = /:(\d+)$/.exec(printed[above] ?? "") ?? /^(\d+) \| >>>/.exec(printed.find((one) => /^\d+ \| >>>/.test(one)) ?? "") ?? [];
  return line === undefined ? undefined : Number(line);
}

/** What a program that says it has built, and has not, is told of with. */
const noImage: readonly FailureCode[] = ["LAYOUT_INVALID", "IMAGE_INVALID", "CONTENT_MISMATCH", "NOT_FOUND", "DIGEST_INVALID"];

/** What is thrown when a build's result cannot be read: the build's failure, if it is the result that is not one. */
export function resultFailed(thrown: unknown, outcome: Outcome): unknown {
  if (!(thrown instanceof Failure && noImage.includes(thrown.code))) return thrown;
  return new Failure("BUILD_FAILED", `docker buildx ended well and gave no image: ${thrown.message}${quoted(lastWords(outcome))}`, {
    hint: "Look whether the disk is full, and whether what runs as docker buildx is it.",
    cause: thrown,
  });
}

function lastWords({ failed, rest }: Outcome): readonly string[] {
  return failed?.log ?? rest;
}

function endedHow({ exitCode, rest }: Outcome): string {
  const how = exitCode >= 128 ? "a signal ended it" : `exit code ${exitCode}`;
  return rest.length === 0 ? `${how}, and it said nothing` : how;
}

function quoted(lines: readonly string[]): string {
  return lines.map((line) => `\n  | ${quoteForeign(line)}`).join("");
}
