import { nearest } from "../../failure/index.ts";
import type { Instruction } from "./instruction.ts";
import { problem } from "./problem.ts";
import { jsonWords, plainWords } from "./words.ts";

/** What a flag takes: nothing or true and false; a value, once; values, however often. */
type FlagKind = "switch" | "value" | "values";

/** Every instruction that a Dockerfile may have, with the flags that each takes. */
const known: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  ADD: {
    chown: "value",
    chmod: "value",
    link: "switch",
    "keep-git-dir": "switch",
    checksum: "value",
    exclude: "values",
    unpack: "switch",
  },
  ARG: {},
  CMD: {},
  COPY: { chown: "value", chmod: "value", link: "switch", from: "value", parents: "switch", exclude: "values" },
  ENTRYPOINT: {},
  ENV: {},
  EXPOSE: {},
  FROM: { platform: "value" },
  HEALTHCHECK: { interval: "value", timeout: "value", "start-period": "value", "start-interval": "value", retries: "value" },
  LABEL: {},
  MAINTAINER: {},
  ONBUILD: {},
  RUN: { mount: "values", network: "value", security: "value", device: "values" },
  SHELL: {},
  STOPSIGNAL: {},
  USER: {},
  VOLUME: {},
  WORKDIR: {},
};

/** All instructions. */
export const instructionNames: readonly string[] = Object.keys(known);

/** The flags that an instruction takes; undefined where there is no such instruction. */
export function flagsOf(keyword: string): Readonly<Record<string, FlagKind>> | undefined {
  return Object.hasOwn(known, keyword) ? known[keyword] : undefined;
}

const wrong = (instruction: Instruction, why: string, hint: string) =>
  problem("DOCKERFILE_INVALID", instruction, why, { text: instruction.text, hint });

/** Checks an instruction's flags: that it has them, and that each has a value of its kind. @throws Failure DOCKERFILE_INVALID */
export function checkFlags(instruction: Instruction): void {
  const { keyword, flags } = instruction;
  const allowed = flagsOf(keyword) ?? {};
  const seen = new Set<string>();
  for (const { name, value } of flags) {
    const kind = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (kind === undefined) throw wrong(instruction, `${keyword} has no flag --${name.slice(0, 50)}`, flagHint(instruction, name));
    if (kind !== "values" && seen.has(name)) throw wrong(instruction, `--${name} stands there twice`, "Keep one of the two.");
    seen.add(name);
    if (kind === "switch") {
      if (value === undefined || ["true", "false"].includes(value.toLowerCase())) continue;
      throw wrong(
        instruction,
        `--${name} is true or false, not ${JSON.stringify(value.slice(0, 50))}`,
        `Write --${name}, or leave it out.`,
      );
    }
    if (value === undefined) throw wrong(instruction, `--${name} has no value`, `Write --${name}=VALUE, without spaces.`);
  }
}

const commands = new Set(["CMD", "ENTRYPOINT", "SHELL"]);

function flagHint({ keyword }: Instruction, name: string): string {
  const allowed = Object.keys(flagsOf(keyword) ?? {});
  const near = nearest(name, allowed);
  if (near !== undefined) return `Did you mean --${near}?`;
  if (allowed.length > 0) return `${keyword} takes ${allowed.map((flag) => `--${flag}`).join(", ")}.`;
  return commands.has(keyword) ? `Write it as a list: ${keyword} ["--${name.slice(0, 20)}"].` : `${keyword} takes no flags.`;
}

const lists = new Set(["ADD", "CMD", "COPY", "ENTRYPOINT", "HEALTHCHECK", "RUN", "SHELL", "VOLUME"]);

/** Checks what every instruction of its kind must have, as far as it can be told without variables. @throws Failure DOCKERFILE_INVALID */
export function checkArguments(instruction: Instruction): void {
  const { keyword, rest } = instruction;
  if (lists.has(keyword)) checkList(instruction, keyword === "HEALTHCHECK" ? rest.replace(/^\S+\s*/, "") : rest);
  if (keyword === "COPY" || keyword === "ADD") checkCopy(instruction);
}

/** A list that is one, but not of texts, is a mistake and no command of the shell. */
function checkList(instruction: Instruction, text: string): void {
  if (!text.trimStart().startsWith("[") || jsonWords(text) !== undefined) return;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  if (Array.isArray(value))
    throw wrong(instruction, "a list in an instruction holds texts only", 'Put each word in double quotes: ["a", "1"].');
}

function checkCopy(instruction: Instruction): void {
  const { keyword, rest, flags, heredocs } = instruction;
  const words = jsonWords(rest) ?? plainWords(rest);
  const destination = words.at(-1);
  if (words.length < 2 || destination === undefined)
    throw wrong(instruction, `${keyword} takes a source and a destination`, `Write ${keyword} SOURCE DESTINATION.`);
  if (heredocs.some(({ word }) => word === destination))
    throw wrong(instruction, "a here-document cannot be a destination", `Write ${keyword} ${destination} /PATH.`);
  if (keyword !== "COPY") return;
  const remote = words.slice(0, -1).find((word) => /^https?:\/\//.test(word));
  if (remote !== undefined)
    throw wrong(instruction, `COPY takes no URL such as ${remote.slice(0, 100)}`, "ADD does: write ADD URL DESTINATION.");
  const from = flags.find(({ name }) => name === "from")?.value ?? "";
  if (/\$[\p{L}_{]/u.test(from))
    throw wrong(
      instruction,
      "--from takes no variables",
      "Write FROM with the variable AS NAME above, its ARG before the first FROM, and --from=NAME here.",
    );
}
