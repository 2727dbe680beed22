import type { RuntimeConfig } from "../../oci/index.ts";
import { type Instruction, triggerText } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import { jsonWords, plainWords, quotedWords } from "../dockerfile/words.ts";
import { exposedPorts, isSignal, nanoseconds, type Settings, withEnv } from "./settings.ts";

/** What an instruction that changes no file may use. */
export interface MetadataTools {
  readonly escapeChar: string;
  /** Expands a word with the stage's variables. */
  expand(word: string): string;
}

/** Changes a stage's settings; gives the instruction as history shows it, where that is not its text. */
type Apply = (settings: Settings, instruction: Instruction, tools: MetadataTools) => void;

const invalid = (instruction: Instruction, why: string, hint?: string) =>
  problem("DOCKERFILE_INVALID", instruction, why, { text: instruction.text, ...(hint === undefined ? {} : { hint }) });

/** Instructions that change settings only, by keyword (Dockerfile reference, one section each). */
export const metadata: Readonly<Record<string, Apply>> = {
  ENV: (settings, instruction, tools) => {
    const values = pairs(instruction, tools);
    for (const [name] of values) delete settings.args[name];
    set(settings, { Env: withEnv(settings.runtime.Env, values) });
  },
  LABEL: (settings, instruction, tools) =>
    set(settings, { Labels: { ...settings.runtime.Labels, ...Object.fromEntries(pairs(instruction, tools)) } }),
  MAINTAINER: (settings, { rest }) => {
    settings.author = rest;
  },
  USER: (settings, { rest }, tools) => set(settings, { User: tools.expand(rest) }),
  STOPSIGNAL: (settings, instruction, tools) => {
    const signal = tools.expand(instruction.rest);
    if (!isSignal(signal))
      throw invalid(instruction, `${JSON.stringify(signal)} is not a signal`, "Write a name such as SIGTERM, or a number.");
    set(settings, { StopSignal: signal });
  },
  EXPOSE: (settings, instruction, tools) => {
    const ports = plainWords(instruction.rest)
      .flatMap((word) => plainWords(tools.expand(word)))
      .flatMap((word) => {
        const found = exposedPorts(word);
        if (found === undefined) throw invalid(instruction, `${JSON.stringify(word)} is not a port`, "Write PORT, PORT/udp or FIRST-LAST.");
        return found;
      });
    set(settings, { ExposedPorts: { ...settings.runtime.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) } });
  },
  VOLUME: (settings, instruction, tools) => {
    const words = (jsonWords(instruction.rest) ?? plainWords(instruction.rest)).map((word) => tools.expand(word.trim()));
    if (words.length === 0 || words.includes("")) throw invalid(instruction, "VOLUME names no path", "Write VOLUME /PATH.");
    set(settings, { Volumes: { ...settings.runtime.Volumes, ...Object.fromEntries(words.map((word) => [word, {}])) } });
  },
  CMD: (settings, { rest }) => {
    settings.commandSet = true;
    const { Cmd: _, ...others } = settings.runtime;
    const words = command(rest, settings.runtime);
    settings.runtime = words.length === 0 ? others : { ...others, Cmd: words };
  },
  ENTRYPOINT: (settings, { rest }) => {
    const { Cmd, Entrypoint: _, ...others } = settings.runtime;
    const words = command(rest, settings.runtime);
    settings.runtime = {
      ...others,
      ...(settings.commandSet && Cmd !== undefined ? { Cmd } : {}),
      ...(words.length === 0 ? {} : { Entrypoint: words }),
    };
  },
  SHELL: (settings, instruction) => {
    const words = jsonWords(instruction.rest);
    if (words === undefined || words.length === 0) throw invalid(instruction, "SHELL takes a JSON array", 'Write SHELL ["/bin/sh", "-c"].');
    set(settings, { Shell: words });
  },
  ONBUILD: (settings, instruction) => set(settings, { OnBuild: [...(settings.runtime.OnBuild ?? []), triggerText(instruction)] }),
  HEALTHCHECK: (settings, instruction) => set(settings, { Healthcheck: healthcheck(instruction) }),
};

function set(settings: Settings, change: Partial<RuntimeConfig>): void {
  settings.runtime = { ...settings.runtime, ...change };
}

/** The JSON form as it is; the shell form behind the stage's shell. */
function command(rest: string, { Shell }: RuntimeConfig): readonly string[] {
  return jsonWords(rest) ?? [...(Shell ?? ["/bin/sh", "-c"]), rest];
}

/** `NAME=VALUE …`, or the older `NAME VALUE`. */
function pairs(instruction: Instruction, { escapeChar, expand }: MetadataTools): readonly (readonly [string, string])[] {
  const words = quotedWords(instruction.rest, escapeChar);
  const [first = ""] = words;
  if (!first.includes("=")) {
    const [, name = first, value = ""] = /^([^\t\v\f\r ]+)[\t\v\f\r ]+(.*)$/s.exec(instruction.rest) ?? [];
    if (words.length < 2)
      throw invalid(instruction, `${instruction.keyword} gives ${name} no value`, `Write ${instruction.keyword} ${name}=VALUE.`);
    return [[expand(name), expand(value)]];
  }
  return words.map((word) => {
    const at = word.indexOf("=");
    if (at <= 0) throw invalid(instruction, `${JSON.stringify(word.slice(0, 100))} is not NAME=VALUE`, "Put values with spaces in quotes.");
    return [expand(word.slice(0, at)), expand(word.slice(at + 1))];
  });
}

/** In nanoseconds. */
const millisecond = 1e6;

const healthFlags: Readonly<Record<string, string>> = {
  interval: "Interval",
  timeout: "Timeout",
  "start-period": "StartPeriod",
  "start-interval": "StartInterval",
};

function healthcheck(instruction: Instruction): Readonly<Record<string, unknown>> {
  const { rest, flags } = instruction;
  if (/^none$/i.test(rest.trim())) return { Test: ["NONE"] };
  const match = /^cmd\s+(.+)$/is.exec(rest);
  if (match?.[1] === undefined) throw invalid(instruction, "HEALTHCHECK takes NONE or CMD", "Write HEALTHCHECK CMD COMMAND.");
  const json = jsonWords(match[1]);
  if (json?.length === 0) throw invalid(instruction, "HEALTHCHECK CMD names no command", "Write HEALTHCHECK CMD COMMAND.");
  const options = flags.map(({ name, value = "" }): readonly [string, number] => {
    const number = name === "retries" ? retries(value) : nanoseconds(value);
    if (number === undefined || (name !== "retries" && number > 0 && number < millisecond)) {
      const what = name === "retries" ? "number" : "duration such as 30s, of a millisecond at least";
      throw invalid(
        instruction,
        `--${name} takes a ${what}, not ${JSON.stringify(value.slice(0, 50))}`,
        `Write --${name}=${name === "retries" ? "3" : "30s"}.`,
      );
    }
    return [name === "retries" ? "Retries" : (healthFlags[name] ?? name), number];
  });
  // Whoever runs the check takes the image's shell for it.
  return {
    Test: json === undefined ? ["CMD-SHELL", match[1]] : ["CMD", ...json],
    ...Object.fromEntries(options.filter(([, number]) => number > 0)),
  };
}

function retries(value: string): number | undefined {
  return /^\d{1,10}$/.test(value) && Number(value) < 2 ** 31 ? Number(value) : undefined;
}
