import type { ImageConfig, Platform } from "../../oci/index.ts";
import { imageFor } from "../assemble/base.ts";
import { metadata } from "../assemble/metadata.ts";
import { declare, emptyStage, expandIn, type StageState, stageAfter, stageUpon } from "../assemble/stage.ts";
import { type Dockerfile, type Instruction, parseTrigger, type Stage } from "../dockerfile/parse.ts";
import { located } from "../dockerfile/problem.ts";
import {
  declarations,
  expandAt,
  fromFlag,
  globalArguments,
  platformArguments,
  reachableStages,
  stageIndex,
  targetStage,
  valueIn,
} from "../dockerfile/stages.ts";
import { jsonWords, plainWords } from "../dockerfile/words.ts";
import type { FoundImage } from "../engine.ts";
import { mountsOf } from "./mounts.ts";

/** What a target reaches, heard of one by one. */
export interface Reaching {
  readonly dockerfile: Dockerfile;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly platform: Platform;
  readonly builder: Platform;
  /** Whether this process builds; else it may be a machine far away, of another platform than this one's. */
  readonly inProcess: boolean;
  image(name: string): Promise<FoundImage>;
  /** An instruction, and its place: the stage's number among those that are reached, and its own in the stage. */
  instruction(instruction: Instruction, place: string): void;
  /** That a name in an instruction means a stage, by its number among those that are reached: a number in the Dockerfile moves. */
  stage(place: string, name: string, stage: number): void;
  /** An argument that is given, or takes a global one's value. */
  argument(name: string, value: string): void;
  /** A source of COPY, ADD or a bind mount that is in no image and no stage. */
  source(source: string, excludes: readonly string[], instruction: Instruction): void;
  secret(type: string, id: string): void;
}

/**
 * Goes through the stages that a target needs, as a build does, without building: what they read is told, in the order of the
 * Dockerfile. Settings are followed as far as variables need them.
 * @throws Failure DOCKERFILE_INVALID; BASE_MISSING and what registries answer
 */
export async function reach(reaching: Reaching): Promise<void> {
  const { dockerfile, args, platform, inProcess } = reaching;
  const target = targetStage(dockerfile, reaching.target);
  // Far away, whatever machine builds: in sources its platform is a pattern that stands for all of them.
  const builder = inProcess ? reaching.builder : { os: "*", architecture: "*", variant: "*" };
  const automatic = platformArguments(platform, builder, reaching.target || dockerfile.stages[target]?.name);
  const globals = globalArguments(dockerfile, { args }, automatic);
  const reached = reachableStages(dockerfile, target, (name) => valueIn(globals, name));
  const tools = { dockerfile, given: args, globals };
  const states = new Map<number, StageState>();
  const ordinals = new Map<number, number>();
  const builders = platformArguments(platform, reaching.builder, undefined);
  /** What the platform says, the key holds; what the builder's says in FROM only chooses who runs. */
  const said = (name: string): boolean => name === "TARGETSTAGE" || !Object.hasOwn(automatic, name);
  for (const index of dockerfile.stages.keys()) if (reached.has(index)) await visit(index);

  async function visit(index: number): Promise<void> {
    const stage = dockerfile.stages[index];
    if (stage === undefined || states.has(index)) return;
    const ordinal = ordinals.size;
    ordinals.set(index, ordinal);
    const expandGlobal = (word: string): string =>
      expandAt(
        word,
        (name) => {
          const value = valueIn(globals, name);
          if (value !== undefined && said(name)) reaching.argument(name, value);
          return value;
        },
        dockerfile,
        stage.from,
      );
    const state = await located(stage.from, async () => await begin(stage, index, expandGlobal, states, reaching));
    states.set(index, state);
    const { OnBuild: triggers = [], ...runtime } = state.settings.runtime;
    state.settings.runtime = runtime;
    const inherited = triggers.map((text) => parseTrigger(text, { file: dockerfile.name, line: stage.from.line }));
    reaching.instruction(stage.from, `${ordinal}.0`);
    for (const [at, instruction] of [...inherited, ...stage.instructions].entries()) {
      const place = `${ordinal}.${at + 1}`;
      reaching.instruction(instruction, place);
      await follow(instruction, state, index, place);
    }
  }

  async function follow(instruction: Instruction, state: StageState, index: number, place: string): Promise<void> {
    const expanded = (word: string): string => expandIn(state, word, instruction, tools);
    const from = async (written: string | undefined): Promise<boolean> => {
      if (written === undefined) return false;
      const name = expanded(written);
      const stage = stageIndex(dockerfile.stages, name, index);
      if (stage !== undefined) {
        // A trigger may name a stage that nobody else does.
        await visit(stage);
        reaching.stage(place, name, ordinals.get(stage) ?? stage);
      } else if (name !== "scratch") await reaching.image(name);
      return true;
    };
    const { keyword } = instruction;
    if (keyword === "ARG") {
      declare(state, instruction, tools);
      for (const [name, preset] of declarations(instruction.rest, dockerfile.escapeChar)) {
        const value = valueIn(args, name) ?? (preset === undefined ? valueIn(globals, name) : undefined);
        if (value !== undefined && said(name)) reaching.argument(name, value);
        // From here on it may be in the content.
        else if (/^BUILD(?:PLATFORM|OS|ARCH|VARIANT)$/.test(name)) reaching.argument(name, builders[name] ?? "");
      }
    } else if (keyword === "ENV" || keyword === "ONBUILD") {
      metadata[keyword]?.(state.settings, instruction, { escapeChar: dockerfile.escapeChar, expand: expanded });
    } else if (keyword === "COPY" || keyword === "ADD") {
      if (await from(fromFlag(instruction))) return;
      const kept = instruction.flags.some(({ name, value }) => name === "parents" && value !== "false");
      // Below kept folders patterns are relative to a place in the middle of a source: there nothing is taken off.
      const excludes = kept
        ? []
        : instruction.flags.flatMap(({ name, value }) => (name === "exclude" && value !== undefined ? [value] : []));
      for (const word of (jsonWords(instruction.rest) ?? plainWords(instruction.rest)).slice(0, -1)) {
        if (!instruction.heredocs.some((one) => one.word === word)) reaching.source(expanded(word), excludes, instruction);
      }
    } else if (keyword === "RUN") {
      for (const mount of mountsOf(instruction)) {
        if (mount.type === "secret" || mount.type === "ssh") reaching.secret(mount.type, expanded(mount.id ?? "default"));
        else if (!(await from(mount.from)) && mount.type === "bind") reaching.source(expanded(mount.source), [], instruction);
      }
    }
  }
}

async function begin(
  stage: Stage,
  index: number,
  expandGlobal: (word: string) => string,
  states: ReadonlyMap<number, StageState>,
  { dockerfile, platform, image }: Reaching,
): Promise<StageState> {
  const base = expandGlobal(stage.base);
  if (stage.platform !== undefined) expandGlobal(stage.platform);
  const before = stageIndex(dockerfile.stages, base, index);
  const earlier = before === undefined ? undefined : states.get(before);
  if (earlier !== undefined) return stageAfter(earlier, false);
  if (base === "scratch") return emptyStage(false);
  const config = await configOf(base, await image(base), platform, stage.platform !== undefined);
  return stageUpon({ config, layers: [], files: () => Promise.reject(new Error("no files are read for a key")) }, false);
}

/** The base's configuration; for a stage on a platform of its own any of its images will do, since all are under the one digest. */
async function configOf(name: string, found: FoundImage, platform: Platform, foreign: boolean): Promise<ImageConfig> {
  const { config } = await imageFor(name, found, foreign ? undefined : platform, undefined);
  return config;
}
