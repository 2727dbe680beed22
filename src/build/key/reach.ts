import type { ImageConfig, Platform } from "../../oci/index.ts";
import { imageFor } from "../assemble/base.ts";
import { metadata } from "../assemble/metadata.ts";
import { declare, emptyStage, expandIn, type StageState, stageAfter, stageUpon } from "../assemble/stage.ts";
import { type Dockerfile, type Instruction, parseTrigger, type Stage } from "../dockerfile/parse.ts";
import { located } from "../dockerfile/problem.ts";
import {
  copySources,
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
import type { FoundImage } from "../engine.ts";
import { mountsOf } from "./mounts.ts";

/** What a target reaches, heard of one by one. */
export interface Reaching {
  readonly dockerfile: Dockerfile;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly platform: Platform;
  readonly builder: Platform;
  /** Whether the machine that builds may be far away, and of another platform than `builder`. */
  readonly far: boolean;
  image(name: string): Promise<FoundImage>;
  /** An instruction, and its place: the stage's number among those that are reached, and its own in the stage. */
  instruction(instruction: Instruction, place: string): void;
  /** That a name in an instruction means a stage, by its number among those that are reached: a number in the Dockerfile moves. */
  stage(place: string, name: string, stage: number): void;
  /** An argument that is given, or takes a global one's value; and whether it tells of a builder that may be far away. */
  argument(name: string, value: string, ofBuilder: boolean): void;
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
  const { dockerfile, args, platform, builder } = reaching;
  const target = targetStage(dockerfile, reaching.target);
  const name = reaching.target || dockerfile.stages[target]?.name;
  const near = world(reaching, platformArguments(platform, builder, name));
  // Far away, whatever machine builds: in sources its platform is a pattern that stands for all of them.
  const far = reaching.far ? world(reaching, platformArguments(platform, { os: "*", architecture: "*", variant: "*" }, name)) : near;
  const worlds = [...new Set([near, far])];
  const { globals, automatic } = near.tools;
  const reached = reachableStages(dockerfile, target, (name) => valueIn(globals, name));
  const ordinals = new Map<number, number>();
  /** What the platform says the key holds without that; what is given in its place it does not. */
  const setting = (name: string): boolean => !Object.hasOwn(args, name) && name !== "TARGETSTAGE" && Object.hasOwn(automatic, name);
  const tell = (name: string, value: string): void =>
    reaching.argument(name, value, !Object.hasOwn(args, name) && value !== (valueIn(far.tools.globals, name) ?? value));
  for (const index of dockerfile.stages.keys()) if (reached.has(index)) await visit(index);

  async function visit(index: number): Promise<void> {
    const stage = dockerfile.stages[index];
    if (stage === undefined || ordinals.has(index)) return;
    const ordinal = ordinals.size;
    ordinals.set(index, ordinal);
    const expandGlobal = (word: string, implied: (name: string) => boolean): string =>
      expandAt(
        word,
        (name) => {
          const value = valueIn(globals, name);
          if (value !== undefined && !implied(name)) tell(name, value);
          return value;
        },
        dockerfile,
        stage.from,
      );
    const base = expandGlobal(stage.base, (name) => setting(name) && !ofBuilder.test(name));
    // Here the builder's platform only chooses who runs.
    if (stage.platform !== undefined) expandGlobal(stage.platform, setting);
    const begin = await located(stage.from, async () => await beginning(stage, index, base, reaching));
    const [triggers = []] = worlds.map(({ states }) => {
      const state = begin(states);
      const { OnBuild = [], ...runtime } = state.settings.runtime;
      state.settings.runtime = runtime;
      states.set(index, state);
      return OnBuild;
    });
    const inherited = triggers.map((text) => parseTrigger(text, { file: dockerfile.name, line: stage.from.line }));
    reaching.instruction(stage.from, `${ordinal}.0`);
    for (const [at, instruction] of [...inherited, ...stage.instructions].entries()) {
      const place = `${ordinal}.${at + 1}`;
      reaching.instruction(instruction, place);
      await follow(instruction, index, place);
    }
  }

  async function follow(instruction: Instruction, index: number, place: string): Promise<void> {
    const expandedIn = ({ states, tools }: World, word: string): string => {
      const state = states.get(index);
      return state === undefined ? word : expandIn(state, word, instruction, tools);
    };
    const from = async (written: string | undefined): Promise<boolean> => {
      if (written === undefined) return false;
      const name = expandedIn(near, written);
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
      for (const { states, tools } of worlds) {
        const state = states.get(index);
        if (state !== undefined) declare(state, instruction, tools);
      }
      for (const [name, preset] of declarations(instruction.rest, dockerfile.escapeChar)) {
        const value = valueIn(args, name) ?? (preset === undefined ? valueIn(globals, name) : undefined);
        // The builder's platform may be in the content from here on.
        if (value !== undefined && !(setting(name) && !ofBuilder.test(name))) tell(name, value);
      }
    } else if (keyword === "ENV" || keyword === "ONBUILD") {
      for (const one of worlds) {
        const settings = one.states.get(index)?.settings;
        const tools = { escapeChar: dockerfile.escapeChar, expand: (word: string) => expandedIn(one, word) };
        if (settings !== undefined) metadata[keyword]?.(settings, instruction, tools);
      }
    } else if (keyword === "COPY" || keyword === "ADD") {
      if (await from(fromFlag(instruction))) return;
      const kept = instruction.flags.some(({ name, value }) => name === "parents" && value !== "false");
      // Below kept folders patterns are relative to a place in the middle of a source: there nothing is taken off.
      const excludes = kept
        ? []
        : instruction.flags.flatMap(({ name, value }) => (name === "exclude" && value !== undefined ? [value] : []));
      for (const word of copySources(instruction)) reaching.source(expandedIn(far, word), excludes, instruction);
    } else if (keyword === "RUN") {
      for (const mount of mountsOf(instruction)) {
        if (mount.type === "secret" || mount.type === "ssh") reaching.secret(mount.type, expandedIn(near, mount.id ?? "default"));
        else if (!(await from(mount.from)) && mount.type === "bind") reaching.source(expandedIn(far, mount.source), [], instruction);
      }
    }
  }
}

/** Arguments that tell of the machine that builds; no setting of the build does. */
const ofBuilder = /^BUILD(?:PLATFORM|OS|ARCH|VARIANT)$/;

/** A Dockerfile's variables as a builder of one platform has them. */
interface World {
  readonly tools: {
    readonly dockerfile: Dockerfile;
    readonly given: Readonly<Record<string, string>>;
    readonly globals: Readonly<Record<string, string>>;
    /** Arguments that every build has, before anything is given in their place. */
    readonly automatic: Readonly<Record<string, string>>;
  };
  /** By the stages' numbers in the Dockerfile. */
  readonly states: Map<number, StageState>;
}

function world({ dockerfile, args }: Reaching, automatic: Readonly<Record<string, string>>): World {
  const globals = globalArguments(dockerfile, { args }, automatic);
  return { tools: { dockerfile, given: args, globals, automatic }, states: new Map() };
}

/** How a stage begins, once what it is built upon is known: each world has a state of its own. */
async function beginning(
  stage: Stage,
  index: number,
  base: string,
  { dockerfile, platform, image }: Reaching,
): Promise<(states: ReadonlyMap<number, StageState>) => StageState> {
  const before = stageIndex(dockerfile.stages, base, index);
  if (before === undefined && base !== "scratch") {
    const config = await configOf(base, await image(base), platform, stage.platform !== undefined);
    const upon = { config, layers: [], files: () => Promise.reject(new Error("no files are read for a key")) };
    return () => stageUpon(upon, false);
  }
  return (states) => {
    const earlier = before === undefined ? undefined : states.get(before);
    return earlier === undefined ? emptyStage(false) : stageAfter(earlier, false);
  };
}

/** The base's configuration; for a stage on a platform of its own any of its images will do, since all are under the one digest. */
async function configOf(name: string, found: FoundImage, platform: Platform, foreign: boolean): Promise<ImageConfig> {
  const { config } = await imageFor(name, found, foreign ? undefined : platform, undefined);
  return config;
}
