import { Failure } from "../failure/index.ts";
import { assembleEngine } from "./assemble/engine.ts";
import { assembleGaps, unfit } from "./assemble/gaps.ts";
import { buildxEngine } from "./buildx/engine.ts";
import { buildxMissing, findBuildx } from "./buildx/program.ts";
import { parseDockerfile } from "./dockerfile/parse.ts";
import type { Engine } from "./engine.ts";

/** What choosing an engine takes. */
export interface EngineChoice {
  readonly target?: string | undefined;
  /** Name of the buildx builder. */
  readonly builder?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A folder for what is only needed while a build runs; whoever gives it removes it. */
  readonly tempDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** An engine, and why it was taken. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly why: string;
}

/**
 * The name of the engine that is to build: the one that was asked for; for `auto` assemble, where the Dockerfile asks for
 * nothing that it cannot do, else buildx. Whether the machine has it is another question.
 * @throws Failure ENGINE_UNFIT, CONFIG_INVALID, DOCKERFILE_INVALID
 */
export function engineFor(
  wanted: string,
  dockerfile: { readonly name: string; readonly text: string },
  target: string | undefined,
): { readonly name: "assemble" | "buildx"; readonly why: string } {
  const [gap] = assembleGaps(parseDockerfile(dockerfile), target);
  if (wanted === "auto") {
    if (gap === undefined) return { name: "assemble", why: `${dockerfile.name} needs no program to run` };
    return { name: "buildx", why: `${dockerfile.name}:${gap.line} is ${gap.instruction}: ${gap.why}` };
  }
  if (wanted !== "assemble" && wanted !== "buildx")
    throw new Failure("CONFIG_INVALID", `there is no engine "${wanted.slice(0, 50)}"`, { hint: "Write auto, assemble or buildx." });
  if (wanted === "assemble" && gap !== undefined) throw unfit(dockerfile.name, gap);
  return { name: wanted, why: "as configured" };
}

/**
 * The engine itself.
 * @throws Failure ENGINE_UNFIT, ENGINE_MISSING, CONFIG_INVALID, DOCKERFILE_INVALID
 */
export async function chooseEngine(
  wanted: string,
  dockerfile: { readonly name: string; readonly text: string },
  choice: EngineChoice,
): Promise<ChosenEngine> {
  const { name, why } = engineFor(wanted, dockerfile, choice.target);
  if (name === "assemble") return { engine: assembleEngine(), why };
  if ((await findBuildx(choice.env, choice.signal)) === undefined) throw buildxMissing(wanted === "auto" ? why : "buildx was asked for");
  return { engine: buildxEngine(choice), why };
}
