import type { Failure } from "../../failure/index.ts";
import type { Dockerfile, Instruction } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import { globalArguments, reachableStages, targetStage } from "../dockerfile/stages.ts";
import { jsonWords, plainWords } from "../dockerfile/words.ts";

/** Something in a Dockerfile that assembling in process cannot do. */
export interface Gap {
  readonly line: number;
  /** The instruction, or the directive. */
  readonly instruction: string;
  readonly why: string;
}

/** That a Dockerfile has a gap, at its line, with the engine that does it. */
export function unfit(file: string, { line, instruction, why }: Gap): Failure {
  return problem("ENGINE_UNFIT", { file, line }, `assemble does not do ${instruction}: ${why}`, {
    hint: "The buildx engine does: give --engine buildx, or auto, with docker buildx installed.",
  });
}

/** Frontends whose Dockerfiles mean what BuildKit's own means. */
const frontends = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?::(?:1(?:\.\d+){0,2}|latest|stable))?(?:@sha256:[0-9a-f]{64})?$/;
const remote = /^(?:https?:\/\/|ftp:\/\/|git:\/\/|ssh:\/\/|git@[^\s:]+:)/i;

/** Whether a syntax directive names a frontend whose instructions may mean something else. */
export function foreignFrontend(syntax: string | undefined): boolean {
  return syntax !== undefined && !frontends.test(syntax);
}

/**
 * What keeps a Dockerfile from being assembled in process, in what the target reaches; empty where nothing does.
 * @throws Failure DOCKERFILE_INVALID for a target that is not there
 */
export function assembleGaps(dockerfile: Dockerfile, target?: string): readonly Gap[] {
  const frontend: readonly Gap[] = foreignFrontend(dockerfile.syntax)
    ? [
        {
          line: 1,
          instruction: "syntax",
          why: `the frontend ${dockerfile.syntax?.slice(0, 200)} gives instructions a meaning of its own`,
        },
      ]
    : [];
  const globals = defaultsOf(dockerfile);
  const reached = reachableStages(dockerfile, targetStage(dockerfile, target), (name) => globals[name]);
  const instructions = dockerfile.stages.filter((_, index) => reached.has(index)).flatMap((stage) => stage.instructions);
  return [...frontend, ...instructions.flatMap(instructionGaps)];
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
  return why === undefined ? [] : [{ line: instruction.line, instruction: instruction.keyword, why }];
}

function reason({ keyword, flags, rest }: Instruction): string | undefined {
  if (keyword === "RUN") return "a program has to run";
  if (keyword !== "COPY" && keyword !== "ADD") return undefined;
  if (flags.some((flag) => flag.name === "parents" && flag.value !== "false")) return "--parents keeps the folders of its sources";
  if (keyword !== "ADD") return undefined;
  if (flags.some((flag) => flag.name === "keep-git-dir" || flag.name === "checksum")) return "its source is not a file of the context";
  const words = jsonWords(rest) ?? plainWords(rest);
  return words.slice(0, -1).some((word) => remote.test(word) || word.includes(".git#")) ? "its source is on the network" : undefined;
}
