import type { Failure } from "../../failure/index.ts";
import { type Dockerfile, type Instruction, parseTrigger, type Stage, triggerText } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import { globalArguments, reachableStages, targetStage } from "../dockerfile/stages.ts";
import { jsonWords, plainWords } from "../dockerfile/words.ts";

/** Something in a Dockerfile that assembling in process cannot do. */
export interface Gap {
  readonly line: number;
  /** The instruction, or the directive. */
  readonly instruction: string;
  readonly why: string;
  /** The line itself. */
  readonly text: string;
}

/** That a Dockerfile has a gap, at its line, with the engine that does it. */
export function unfit(file: string, { line, instruction, why, text }: Gap): Failure {
  return problem("ENGINE_UNFIT", { file, line }, `assemble does not do ${instruction}: ${why}`, {
    hint: "The buildx engine does: give --engine buildx, or auto, with docker buildx installed.",
    text,
  });
}

/** Frontends whose Dockerfiles mean what BuildKit's own means. */
const frontends = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?::(?:1(?:\.\d+){0,2}|latest|stable))?(?:@sha256:[0-9a-f]{64})?$/;
const remote = /^(?:https?:\/\/|ftp:\/\/|git:\/\/|ssh:\/\/|[\w-]+@[\w.-]+:)|\.git#/i;

/** Whether a source of ADD is on the network. */
export function isRemote(source: string): boolean {
  return remote.test(source);
}

/** Whether an instruction is an ADD that unpacks archives. */
export function unpacks({ keyword, flags }: Instruction): boolean {
  return keyword === "ADD" && !flags.some(({ name, value }) => name === "unpack" && value?.toLowerCase() === "false");
}

/** That an ADD's source is on the network. */
export function remoteGap({ line, keyword, text }: Instruction): Gap {
  return { line, instruction: keyword, text, why: "its source is on the network" };
}

/** Whether a syntax directive names a frontend whose instructions may mean something else. */
export function foreignFrontend(syntax: string | undefined): boolean {
  return syntax !== undefined && !frontends.test(syntax);
}

/**
 * What keeps a Dockerfile from being assembled in process, in what the target reaches; empty where nothing does.
 * @throws Failure DOCKERFILE_INVALID for a target that is not there
 */
export function assembleGaps(dockerfile: Dockerfile, target?: string): readonly Gap[] {
  const stages = reachedStages(dockerfile, target);
  const values = [...dockerfile.globals, ...stages.flatMap(({ stage }) => stage.instructions)];
  const remoteValues = values.some(
    ({ keyword, rest }) => (keyword === "ARG" || keyword === "ENV") && /[=\s"'](?:https?|git|ssh|ftp):\/\//i.test(rest),
  );
  const gaps = stages.flatMap(({ instructions }) =>
    instructions.flatMap((one) => [
      ...instructionGaps(one),
      ...(remoteValues && one.keyword === "ADD" && /(?:^|\s|")\$/.test(one.rest) ? [remoteGap(one)] : []),
    ]),
  );
  return [...directiveGaps(dockerfile), ...gaps];
}

/** A stage that the target reaches, by its number, with what it does: first what an earlier stage leaves to those upon it. */
export interface ReachedStage {
  readonly stage: Stage;
  readonly index: number;
  readonly instructions: readonly Instruction[];
}

/** The stages that a target reaches, in the order of the Dockerfile. @throws Failure DOCKERFILE_INVALID for a target that is not there */
export function reachedStages(dockerfile: Dockerfile, target: string | undefined): readonly ReachedStage[] {
  const globals = defaultsOf(dockerfile);
  const reached = reachableStages(dockerfile, targetStage(dockerfile, target), (name) => globals[name]);
  return dockerfile.stages.flatMap((stage, index) => {
    if (!reached.has(index)) return [];
    const base = dockerfile.stages.find((one) => one.name === stage.base.toLowerCase() && one !== stage);
    const triggers = (base?.instructions ?? [])
      .filter(({ keyword }) => keyword === "ONBUILD")
      .map((one) => parseTrigger(triggerText(one), one));
    return [{ stage, index, instructions: [...triggers, ...stage.instructions] }];
  });
}

/** What directives ask for: instructions that may mean something else, and a linter that may fail the build. */
function directiveGaps({ syntax, directives }: Dockerfile): readonly Gap[] {
  const asked: Readonly<Record<string, (value: string) => string | undefined>> = {
    syntax: () => (foreignFrontend(syntax) ? `the frontend ${syntax?.slice(0, 200)} gives instructions a meaning of its own` : undefined),
    check: (value) =>
      /(?:^|;)\s*error\s*=\s*(?:true|t|1)\s*(?:;|$)/i.test(value) ? "the build is to fail on warnings of BuildKit's linter" : undefined,
  };
  return [...directives].flatMap(([instruction, { value, line, text }]) => {
    const why = asked[instruction]?.(value);
    return why === undefined ? [] : [{ line, instruction, why, text }];
  });
}

/** The arguments' defaults. What cannot be filled in without the build's own arguments fails when it is built, not here. */
function defaultsOf(dockerfile: Dockerfile): Readonly<Record<string, string>> {
  try {
    return globalArguments(dockerfile, { args: {} }, {});
  } catch {
    return {};
  }
}

/** The gaps of one instruction. */
export function instructionGaps(instruction: Instruction): readonly Gap[] {
  const why = reason(instruction);
  return why === undefined ? [] : [{ line: instruction.line, instruction: instruction.keyword, why, text: instruction.text }];
}

function reason(instruction: Instruction): string | undefined {
  const { keyword, flags, rest } = instruction;
  if (keyword === "RUN") return "a program has to run";
  if (keyword !== "ADD") return undefined;
  if (flags.some((flag) => flag.name === "keep-git-dir" || flag.name === "checksum")) return "its source is not a file of the context";
  const sources = (jsonWords(rest) ?? plainWords(rest)).slice(0, -1);
  return sources.some(isRemote) ? remoteGap(instruction).why : undefined;
}
