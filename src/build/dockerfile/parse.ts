import { nearest } from "../../failure/index.ts";
import { type Heredoc, type LogicalLine, splitLines } from "./lines.ts";
import { type Place, problem } from "./problem.ts";
import { type Flag, plainWords, takeFlags } from "./words.ts";

/** One instruction as it stands in the Dockerfile; nothing is expanded yet. */
export interface Instruction extends Place {
  /** In upper case: `COPY`. */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** What follows keyword and flags. */
  readonly rest: string;
  /** The whole line, for history and messages. */
  readonly text: string;
  readonly heredocs: readonly Heredoc[];
}

/** A build stage: FROM and what follows it. */
export interface Stage {
  readonly from: Instruction;
  /** The image or stage that it is built upon; variables are not expanded. */
  readonly base: string;
  readonly name: string | undefined;
  readonly platform: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** A Dockerfile, parsed. */
export interface Dockerfile {
  readonly name: string;
  /** `\` or `` ` ``. */
  readonly escapeChar: string;
  /** The frontend that the syntax directive names. */
  readonly syntax: string | undefined;
  /** ARG instructions before the first FROM. */
  readonly globals: readonly Instruction[];
  readonly stages: readonly [Stage, ...Stage[]];
}

/** Every instruction that a Dockerfile may have, with the flags that each takes. */
const known: Readonly<Record<string, readonly string[]>> = {
  ADD: ["chown", "chmod", "link", "keep-git-dir", "checksum", "exclude", "unpack"],
  ARG: [],
  CMD: [],
  COPY: ["chown", "chmod", "link", "from", "parents", "exclude"],
  ENTRYPOINT: [],
  ENV: [],
  EXPOSE: [],
  FROM: ["platform"],
  HEALTHCHECK: ["interval", "timeout", "start-period", "start-interval", "retries"],
  LABEL: [],
  MAINTAINER: [],
  ONBUILD: [],
  RUN: ["mount", "network", "security", "device"],
  SHELL: [],
  STOPSIGNAL: [],
  USER: [],
  VOLUME: [],
  WORKDIR: [],
};

/** Instructions whose words begin with no flag of their own: a `--x` there is text. */
const flagless = new Set([
  "CMD",
  "ENTRYPOINT",
  "ENV",
  "LABEL",
  "ARG",
  "SHELL",
  "ONBUILD",
  "MAINTAINER",
  "USER",
  "WORKDIR",
  "STOPSIGNAL",
  "EXPOSE",
  "VOLUME",
]);

/**
 * Parses a Dockerfile.
 * @throws Failure DOCKERFILE_INVALID with file and line
 */
export function parseDockerfile({ name, text }: { readonly name: string; readonly text: string }): Dockerfile {
  const { directives, lines } = splitLines(name, text);
  const globals: Instruction[] = [];
  const stages: { from: Instruction; base: string; name: string | undefined; platform: string | undefined; instructions: Instruction[] }[] =
    [];
  for (const line of lines) {
    const instruction = parseInstruction(line, directives.get("escape"));
    const stage = stages.at(-1);
    if (instruction.keyword === "FROM") stages.push(parseFrom(instruction, stages));
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.keyword === "ARG") globals.push(instruction);
    else
      throw problem("DOCKERFILE_INVALID", line, `${instruction.keyword} stands before the first FROM`, {
        text: line.text,
        hint: "Begin with FROM; only ARG may stand before it.",
      });
  }
  const [first, ...others] = stages;
  if (first === undefined)
    throw problem("DOCKERFILE_INVALID", { file: name, line: 1 }, "there is no FROM", { hint: "Begin with FROM IMAGE, or FROM scratch." });
  return { name, escapeChar: directives.get("escape") ?? "\\", syntax: directives.get("syntax"), globals, stages: [first, ...others] };
}

/**
 * Parses one instruction.
 * @throws Failure DOCKERFILE_INVALID
 */
export function parseInstruction(line: LogicalLine, escapeChar = "\\"): Instruction {
  const match = /^([A-Za-z]+)(?:\s+|$)/.exec(line.text);
  const keyword = match?.[1]?.toUpperCase() ?? "";
  const allowed = known[keyword];
  if (match === null || allowed === undefined) {
    const word = (line.text.split(/\s/, 1)[0] ?? "").slice(0, 50);
    const near = nearest(word.toUpperCase(), Object.keys(known));
    throw problem("DOCKERFILE_INVALID", line, `${JSON.stringify(word)} is not an instruction`, {
      text: line.text,
      hint: near === undefined ? "Look at the spelling, and whether the line before should end with a backslash." : `Did you mean ${near}?`,
    });
  }
  const after = line.text.slice(match[0].length);
  const { flags, rest } = flagless.has(keyword) ? { flags: [], rest: after } : takeFlags(after, escapeChar);
  const wrong = flags.find((flag) => !allowed.includes(flag.name));
  if (wrong !== undefined) {
    const hint = allowed.length === 0 ? `${keyword} takes no flags.` : `${keyword} takes ${allowed.map((flag) => `--${flag}`).join(", ")}.`;
    throw problem("DOCKERFILE_INVALID", line, `${keyword} has no flag --${wrong.name}`, { text: line.text, hint });
  }
  if (rest.trim() === "")
    throw problem("DOCKERFILE_INVALID", line, `${keyword} says nothing`, {
      text: line.text,
      hint: `Write what ${keyword} is to do behind it.`,
    });
  if (keyword === "ONBUILD") parseTrigger(line, rest, escapeChar);
  return { file: line.file, line: line.line, keyword, flags, rest, text: line.text, heredocs: line.heredocs };
}

/** What ONBUILD keeps must be an instruction, now and not only when someone builds upon the image. */
function parseTrigger(line: LogicalLine, rest: string, escapeChar: string): void {
  const keyword = (rest.split(/\s/, 1)[0] ?? "").toUpperCase();
  if (["ONBUILD", "FROM", "MAINTAINER"].includes(keyword)) {
    throw problem("DOCKERFILE_INVALID", line, `ONBUILD cannot trigger ${keyword}`, {
      text: line.text,
      hint: "Any instruction but ONBUILD, FROM and MAINTAINER can be triggered.",
    });
  }
  parseInstruction({ ...line, text: rest }, escapeChar);
}

function parseFrom(from: Instruction, before: readonly { readonly name: string | undefined }[]) {
  const words = plainWords(from.rest);
  const [base = "", as, name] = words;
  if (words.length !== 1 && (words.length !== 3 || as?.toUpperCase() !== "AS")) {
    throw problem("DOCKERFILE_INVALID", from, "FROM takes an image, or an image AS a name", {
      text: from.text,
      hint: "Write FROM IMAGE [AS NAME].",
    });
  }
  const stage = name?.toLowerCase();
  if (stage !== undefined && !/^[a-z][a-z0-9-_.]*$/.test(stage)) {
    throw problem("DOCKERFILE_INVALID", from, `${JSON.stringify(name)} is not a stage's name`, {
      text: from.text,
      hint: "A stage's name begins with a letter; letters, digits, dashes, dots and underscores follow.",
    });
  }
  if (stage !== undefined && before.some((one) => one.name === stage))
    throw problem("DOCKERFILE_INVALID", from, `there are two stages named ${stage}`, { text: from.text });
  return { from, base, name: stage, platform: from.flags.find((flag) => flag.name === "platform")?.value, instructions: [] };
}
