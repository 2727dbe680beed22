import { nearest } from "../../failure/index.ts";
import { checkArguments, checkFlags, flagsOf, instructionNames } from "./check.ts";
import type { Dockerfile, Instruction } from "./instruction.ts";
import { type LogicalLine, splitLines } from "./lines.ts";
import { type Place, problem } from "./problem.ts";
import { checkStageNames } from "./references.ts";
import { plainWords, takeFlags } from "./words.ts";

export type { Dockerfile, Instruction, Stage } from "./instruction.ts";

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
    const instruction = parseInstruction(line, directives.get("escape")?.value);
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
  checkStageNames(stages);
  const [syntax] = plainWords(directives.get("syntax")?.value ?? "");
  const escapeChar = directives.get("escape")?.value ?? "\\";
  return { name, escapeChar, syntax, directives, globals, stages: [first, ...others] };
}

/**
 * Parses one instruction.
 * @throws Failure DOCKERFILE_INVALID
 */
function parseInstruction(line: LogicalLine, escapeChar = "\\"): Instruction {
  const match = /^([A-Za-z]+)(?:\s+|$)/.exec(line.text);
  const keyword = match?.[1]?.toUpperCase() ?? "";
  if (match === null || flagsOf(keyword) === undefined) {
    const word = (line.text.split(/\s/, 1)[0] ?? "").slice(0, 50);
    const near = nearest(word.toUpperCase(), instructionNames);
    throw problem("DOCKERFILE_INVALID", line, `${JSON.stringify(word)} is not an instruction`, {
      text: line.text,
      hint: near === undefined ? "Look at the spelling, and whether the line before should end with a backslash." : `Did you mean ${near}?`,
    });
  }
  const { flags, rest } = takeFlags(line.text.slice(match[0].length), escapeChar);
  const instruction: Instruction = { file: line.file, line: line.line, keyword, flags, rest, text: line.text, heredocs: line.heredocs };
  checkFlags(instruction);
  if (rest.trim() === "")
    throw problem("DOCKERFILE_INVALID", line, `${keyword} says nothing`, {
      text: line.text,
      hint: `Write what ${keyword} is to do behind it.`,
    });
  if (keyword === "ONBUILD") parseTriggerLine(line, rest, escapeChar);
  else checkArguments(instruction);
  return instruction;
}

/** What an ONBUILD keeps in the image: its instruction, with the here-documents that stand in it. */
export function triggerText({ rest, heredocs }: Instruction): string {
  return [rest, ...heredocs.map(({ name, raw }) => `${raw}${name}`)].join("\n");
}

/**
 * Parses what ONBUILD keeps in an image, with the here-documents that stand in it.
 * @throws Failure DOCKERFILE_INVALID
 */
export function parseTrigger(text: string, { file, line }: Place): Instruction {
  const [only, ...others] = splitLines(file, text).lines;
  if (only === undefined || others.length > 0)
    throw problem("DOCKERFILE_INVALID", { file, line }, "a trigger of the base image is not one instruction", {
      text,
      hint: "Build upon another image, or build the base again: its ONBUILD lines are broken.",
    });
  return parseInstruction({ ...only, line });
}

/** What ONBUILD keeps must be an instruction, now and not only when someone builds upon the image. */
function parseTriggerLine(line: LogicalLine, rest: string, escapeChar: string): void {
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
