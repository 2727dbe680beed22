import { Failure } from "../failure/index.ts";
import { assembleEngine } from "./assemble/engine.ts";
import { assembleGaps, unfit } from "./assemble/gaps.ts";
import { type GapInputs, packedGaps } from "./assemble/packed-gaps.ts";
import { buildahEngine } from "./buildah/engine.ts";
import { buildxEngine } from "./buildx/engine.ts";
import { buildxMissing, findBuildx } from "./buildx/program.ts";
import { type Dockerfile, parseDockerfile } from "./dockerfile/parse.ts";
import type { Engine } from "./engine.ts";
import { chosen, missingFor, probe } from "./probe/explain.ts";

/** What choosing an engine takes. */
export interface EngineChoice {
  readonly target?: string | undefined;
  /** What the build is made of, where it is at hand: some needs stand in no Dockerfile. */
  readonly inputs?: GapInputs | undefined;
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

const engines = ["assemble", "buildx", "buildah"] as const;

/**
 * The name of the engine that is to build: the one that was asked for; for `auto` assemble, where the Dockerfile asks for
 * nothing that it cannot do, else buildx, in whose place buildah stands on a machine that has no buildx. What the machine has is
 * another question, which is not asked here.
 * @throws Failure ENGINE_UNFIT, CONFIG_INVALID, DOCKERFILE_INVALID
 */
export async function engineFor(
  wanted: string,
  dockerfile: { readonly name: string; readonly text: string },
  { target, inputs }: Pick<EngineChoice, "target" | "inputs"> = {},
): Promise<{ readonly name: (typeof engines)[number]; readonly why: string }> {
  const [gap] = await gapsFor(wanted, parseDockerfile(dockerfile), target, inputs);
  if (wanted === "auto") {
    if (gap === undefined) return { name: "assemble", why: `${dockerfile.name} needs no program to run` };
    return { name: "buildx", why: `${dockerfile.name}:${gap.line} is ${gap.instruction}: ${gap.why}` };
  }
  const name = engines.find((one) => one === wanted);
  if (name === undefined)
    throw new Failure("CONFIG_INVALID", `there is no engine "${wanted.slice(0, 50)}"`, { hint: `Write auto, ${engines.join(", ")}.` });
  if (name === "assemble" && gap !== undefined) throw unfit(dockerfile.name, gap);
  return { name, why: "as configured" };
}

/** What assemble cannot do; the context is only read where that matters. */
async function gapsFor(wanted: string, dockerfile: Dockerfile, target: string | undefined, inputs: GapInputs | undefined) {
  const gaps = assembleGaps(dockerfile, target);
  return gaps.length > 0 || (wanted !== "auto" && wanted !== "assemble") ? gaps : await packedGaps(dockerfile, target, inputs);
}

/**
 * The engine itself. For `auto` the machine is asked only where the Dockerfile needs a builder.
 * @throws Failure ENGINE_UNFIT, ENGINE_MISSING, CONFIG_INVALID, DOCKERFILE_INVALID
 */
export async function chooseEngine(
  wanted: string,
  dockerfile: { readonly name: string; readonly text: string },
  choice: EngineChoice,
): Promise<ChosenEngine> {
  const { name, why } = await engineFor(wanted, dockerfile, choice);
  if (name === "assemble") return { engine: assembleEngine(choice), why };
  if (name === "buildah") return { engine: buildahEngine(choice), why };
  // Who names a builder means buildx, which tells itself what is wrong with it.
  if (wanted === "auto" && choice.builder === undefined) return await builderHere(why, dockerfile, choice);
  if ((await findBuildx(choice.env, choice.signal)) === undefined) throw buildxMissing(wanted === "auto" ? why : "buildx was asked for");
  return { engine: buildxEngine(choice), why };
}

/** The builder that this machine has. */
async function builderHere(
  why: string,
  dockerfile: { readonly name: string; readonly text: string },
  choice: EngineChoice,
): Promise<ChosenEngine> {
  const machine = await probe(parseDockerfile(dockerfile), choice);
  const builder = chosen("auto", machine, undefined);
  if (builder === "buildx") return { engine: buildxEngine(choice), why };
  const missing = missingFor("auto", machine);
  if (builder === "buildah") return { engine: buildahEngine(choice), why: `${why}; ${missing.map(({ what }) => what).join("; ")}` };
  throw new Failure("ENGINE_MISSING", `${why}, and nothing here can build it: ${missing.map(({ what }) => what).join("; ")}`, {
    hint: [...missing.map(({ how }) => how), "Or change the Dockerfile so that no program has to run."].join(" "),
  });
}
