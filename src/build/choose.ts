import { Failure } from "../failure/index.ts";
import { assembleEngine } from "./assemble/engine.ts";
import { assembleGaps } from "./assemble/gaps.ts";
import { buildxEngine } from "./buildx/engine.ts";
import { buildxMissing, findBuildx } from "./buildx/program.ts";
import { parseDockerfile } from "./dockerfile/parse.ts";
import { problem } from "./dockerfile/problem.ts";
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
 * The engine that builds: the one that was asked for; for `auto` assemble, where the Dockerfile asks for nothing that it cannot
 * do, else buildx.
 * @throws Failure ENGINE_UNFIT, ENGINE_MISSING, CONFIG_INVALID, DOCKERFILE_INVALID
 */
export async function chooseEngine(
  wanted: string,
  dockerfile: { readonly name: string; readonly text: string },
  choice: EngineChoice,
): Promise<ChosenEngine> {
  const [gap] = assembleGaps(parseDockerfile(dockerfile), choice.target);
  const because =
    gap === undefined ? `${dockerfile.name} needs no program to run` : `${dockerfile.name}:${gap.line} is ${gap.instruction}: ${gap.why}`;
  if (wanted === "assemble" && gap !== undefined) {
    throw problem("ENGINE_UNFIT", { file: dockerfile.name, line: gap.line }, `assemble does not do ${gap.instruction}: ${gap.why}`, {
      hint: "The buildx engine does: give --engine buildx, or auto, with docker buildx installed.",
    });
  }
  if (wanted === "assemble" || (wanted === "auto" && gap === undefined))
    return { engine: assembleEngine(), why: wanted === "auto" ? because : "as configured" };
  if (wanted !== "auto" && wanted !== "buildx")
    throw new Failure("CONFIG_INVALID", `there is no engine "${wanted.slice(0, 50)}"`, { hint: "Write auto, assemble or buildx." });
  if ((await findBuildx(choice.env, choice.signal)) === undefined)
    throw buildxMissing(wanted === "auto" ? because : "buildx was asked for");
  return { engine: buildxEngine(choice), why: wanted === "auto" ? because : "as configured" };
}
