import { Failure } from "../../failure/index.ts";
import {
  encodeConfig,
  encodeManifest,
  type ImageConfig,
  machinePlatform,
  mediaTypes,
  type Platform,
  parsePlatform,
  rfc3339,
} from "../../oci/index.ts";
import { type Store, writeBytes } from "../../store/index.ts";
import { heedingDisk } from "../disk.ts";
import { type Instruction, parseDockerfile, parseTrigger, type Stage } from "../dockerfile/parse.ts";
import { located, problem } from "../dockerfile/problem.ts";
import {
  expandAt,
  fromFlag,
  globalArguments,
  ownStages,
  platformArguments,
  reachableStages,
  stageIndex,
  targetStage,
  valueIn,
} from "../dockerfile/stages.ts";
import type { BaseImage, BuildRequest, Built, Engine, StepOptions } from "../engine.ts";
import { type Background, inBackground } from "./background.ts";
import { type Base, loadBase } from "./base.ts";
import { contextFs } from "./context.ts";
import { copyInto, type Origin, workIn } from "./files.ts";
import { assembleGaps, instructionGaps, unfit } from "./gaps.ts";
import type { Layer } from "./layer.ts";
import { metadata } from "./metadata.ts";
import type { SourceFs } from "./rootfs.ts";
import { openSpool, type Spool } from "./spool.ts";
import {
  declare,
  emptyStage,
  expandIn,
  remember,
  type StageState,
  type StageTools,
  stageAfter,
  stageUpon,
  type Underway,
} from "./stage.ts";

/** What assembling in process takes from outside. */
export interface AssembleSetting {
  /** A folder for what is only needed while a build runs; the system's unless given. */
  readonly tempDir?: string | undefined;
}

/** The engine that builds in process: whatever needs no program to run. The same request gives the same bytes everywhere. */
export function assembleEngine({ tempDir }: AssembleSetting = {}): Engine {
  return heedingDisk({
    name: "assemble",
    async build(request, into, options) {
      await using spool = openSpool(tempDir);
      return await assemble(request, into, options, spool);
    },
  });
}

async function assemble(request: BuildRequest, into: Store, options: StepOptions, spool: Spool): Promise<Built> {
  const background = inBackground(options.signal);
  try {
    // A layer that fails ends the instruction that is followed meanwhile, whatever that waits for.
    return await follow(request, into, { ...options, signal: background.signal }, { spool, background });
  } catch (thrown) {
    throw (await background.end()) ?? thrown;
  }
}

async function follow(
  request: BuildRequest,
  into: Store,
  options: StepOptions,
  own: { readonly spool: Spool; readonly background: Background },
): Promise<Built> {
  const dockerfile = parseDockerfile(request.dockerfile);
  const [gap] = assembleGaps(dockerfile, request.target);
  if (gap !== undefined) throw unfit(dockerfile.name, gap);
  const target = targetStage(dockerfile, request.target);
  const automatic = platformArguments(request.platform, machinePlatform(), request.target || dockerfile.stages.at(-1)?.name);
  const tools: StageTools = {
    dockerfile,
    into,
    epoch: request.epoch,
    compression: request.compression,
    known: request.known,
    elsewhere: new Map(),
    keys: new Map(),
    created: rfc3339(request.epoch),
    options,
    ...own,
    given: request.args,
    globals: globalArguments(dockerfile, request, automatic),
  };
  const variables = (name: string): string | undefined => valueIn(tools.globals, name);
  const reached = reachableStages(dockerfile, target, variables);
  const build = new Assembly(request, tools, ownStages(dockerfile, target, variables));
  for (const [index, stage] of dockerfile.stages.entries()) if (reached.has(index)) await build.stage(stage, index);
  const done = build.stages.get(target);
  if (done === undefined) throw new Failure("DEFECT", "the target stage was not built");
  const made = await Promise.all(done.made);
  return {
    content: await writeImage(done, made, request.platform, tools),
    elsewhere: tools.elsewhere,
    bases: [...build.bases.values()],
    layerKeys: Object.fromEntries(
      [...done.layers, ...made.map(({ descriptor }) => descriptor)].flatMap(({ digest }) => {
        const key = tools.keys.get(digest);
        return key === undefined ? [] : [[digest, key]];
      }),
    ),
  };
}

/** One build: its stages so far, and the images that it took. */
class Assembly {
  readonly stages = new Map<number, StageState>();
  readonly bases = new Map<string, BaseImage>();
  readonly #request: BuildRequest;
  readonly #tools: StageTools;
  /** The stages whose layers are the image's. */
  readonly #own: ReadonlySet<number>;
  readonly #images = new Map<string, Promise<Base>>();
  #context: Promise<SourceFs> | undefined;

  constructor(request: BuildRequest, tools: StageTools, own: ReadonlySet<number>) {
    this.#request = request;
    this.#tools = tools;
    this.#own = own;
  }

  /** Builds one stage, those before it that it needs being built. */
  async stage(stage: Stage, index: number): Promise<void> {
    const { globals, dockerfile } = this.#tools;
    const expandGlobal = (word: string): string => expandAt(word, (name) => valueIn(globals, name), dockerfile, stage.from);
    const state = await located(stage.from, async () => await this.#begin(expandGlobal(stage.base), stage, index, expandGlobal));
    this.stages.set(index, state);
    // Triggers are for who builds upon the image or stage first, and not for those who build upon that.
    const { OnBuild: triggers = [], ...runtime } = state.settings.runtime;
    state.settings.runtime = runtime;
    for (const text of triggers) await this.#run(state, parseTrigger(text, { file: dockerfile.name, line: stage.from.line }), index);
    for (const instruction of stage.instructions) await this.#run(state, instruction, index);
  }

  /** A stage that is needed: a trigger may name one that nobody else does. */
  async #stageAt(index: number): Promise<StageState | undefined> {
    const stage = this.#tools.dockerfile.stages[index];
    if (stage !== undefined && !this.stages.has(index)) await this.stage(stage, index);
    return this.stages.get(index);
  }

  async #begin(base: string, stage: Stage, index: number, expandGlobal: (word: string) => string): Promise<StageState> {
    if (base === "") {
      throw problem("DOCKERFILE_INVALID", stage.from, "FROM names nothing once its variables are filled in", {
        text: stage.from.text,
        hint: "Give the argument a default before the first FROM, or a value under build.args.",
      });
    }
    const before = stageIndex(this.#tools.dockerfile.stages, base, index);
    const earlier = before === undefined ? undefined : this.stages.get(before);
    const packs = this.#own.has(index);
    if (earlier !== undefined) return stageAfter(earlier, packs);
    if (base === "scratch") return emptyStage(packs);
    const platform = stage.platform === undefined ? this.#request.platform : parsePlatform(expandGlobal(stage.platform));
    try {
      const image = await this.#image(base, platform);
      if (packs) for (const { digest } of image.layers) this.#tools.elsewhere.set(digest, image.store);
      return stageUpon(image, packs);
    } catch (thrown) {
      const later = this.#tools.dockerfile.stages.find((one, at) => at > index && one.name === base.toLowerCase());
      if (!(thrown instanceof Failure) || thrown.code !== "BASE_MISSING" || later === undefined) throw thrown;
      const hint = `The stage ${base} only begins at line ${later.from.line}: a stage is built upon earlier ones.`;
      throw problem(thrown.code, stage.from, thrown.message, { text: stage.from.text, hint, cause: thrown });
    }
  }

  async #run(state: StageState, instruction: Instruction, index: number): Promise<void> {
    const { emit, signal } = this.#tools.options;
    signal?.throwIfAborted();
    const id = `${instruction.file}:${instruction.line}`;
    const started = performance.now();
    emit({ kind: "build", id, name: instruction.text, state: "started" });
    const underway = await located(instruction, async () => await this.#apply(state, instruction, index));
    const done = (): void => emit({ kind: "build", id, name: instruction.text, state: "done", ms: performance.now() - started });
    if (underway === undefined) done();
    // Whoever puts the image together hears of a layer that fails.
    else underway.layer.then(done, () => {});
  }

  async #apply(state: StageState, instruction: Instruction, index: number): Promise<Underway | undefined> {
    const tools = this.#tools;
    const [gap] = instructionGaps(instruction);
    if (gap !== undefined) throw unfit(instruction.file, gap);
    if (instruction.keyword === "WORKDIR") return await workIn(state, instruction, tools);
    if (instruction.keyword === "COPY" || instruction.keyword === "ADD")
      return await copyInto(state, instruction, await this.#origin(state, instruction, index), tools);
    if (instruction.keyword === "ARG") declare(state, instruction, tools);
    else
      metadata[instruction.keyword]?.(state.settings, instruction, {
        escapeChar: tools.dockerfile.escapeChar,
        expand: (word) => expandIn(state, word, instruction, tools),
      });
    remember(state, instruction, tools, false);
    return undefined;
  }

  async #origin(state: StageState, instruction: Instruction, index: number): Promise<Origin> {
    const from = fromFlag(instruction);
    if (from === undefined) {
      this.#context ??= contextFs(this.#request.context, this.#request.dockerfile.ignore);
      return { files: await this.#context, name: "the context", sideBySide: true };
    }
    const name = expandIn(state, from, instruction, this.#tools);
    const stage = stageIndex(this.#tools.dockerfile.stages, name, index);
    const built = stage === undefined ? undefined : await this.#stageAt(stage);
    if (built !== undefined) return { files: await built.files(), name: `the stage ${name}`, sideBySide: false };
    return { files: await (await this.#copiedImage(name, index)).files(true), name: `the image ${name}`, sideBySide: false };
  }

  /** An image that files are copied from. One that cannot be had, and is called as a stage may be, may have been meant for one. */
  async #copiedImage(name: string, index: number): Promise<Base> {
    try {
      return await this.#image(name, this.#request.platform);
    } catch (thrown) {
      if (!(thrown instanceof Failure) || thrown.code !== "BASE_MISSING" || !/^[a-z][a-z0-9-_.]*$/i.test(name)) throw thrown;
      const stages = this.#tools.dockerfile.stages.slice(0, index).flatMap((stage) => stage.name ?? []);
      const named = stages.length === 0 ? "No stage before this one has a name" : `The stages before this one are ${stages.join(", ")}`;
      const hint = `${named}, so ${name} is taken for an image. ${thrown.hint ?? ""}`.trim();
      throw new Failure(thrown.code, thrown.message, { hint, cause: thrown });
    }
  }

  async #image(name: string, platform: Platform): Promise<Base> {
    const { into, options } = this.#tools;
    const key = `${name} ${JSON.stringify(platform)}`;
    const load = async (): Promise<Base> => {
      const found = await this.#request.images.image(name, options.signal);
      this.bases.set(name, { name, digest: found.root.digest });
      return await loadBase(name, found, platform, into, options);
    };
    const image = this.#images.get(key) ?? load();
    this.#images.set(key, image);
    return await image;
  }
}

async function writeImage(
  { settings, layers, diffIds, inherited }: StageState,
  made: readonly Layer[],
  platform: Platform,
  { into, created, options }: StageTools,
) {
  const { os, architecture, variant } = platform;
  // A variant is one of an architecture: another one's says nothing.
  const { variant: otherVariant, "os.version": otherVersion, ...others } = inherited;
  const same = inherited.os === os && inherited.architecture === architecture;
  const config: ImageConfig = {
    ...(same ? inherited : others),
    created,
    ...(settings.author === undefined ? {} : { author: settings.author }),
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: settings.runtime,
    rootfs: { type: "layers", diff_ids: [...diffIds, ...made.map(({ diffId }) => diffId)] },
    history: settings.history,
  };
  const descriptor = await writeBytes(into, mediaTypes.ociConfig, encodeConfig(config), options);
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    config: descriptor,
    layers: [...layers, ...made.map((layer) => layer.descriptor)],
  });
  return await writeBytes(into, mediaTypes.ociManifest, manifest, options);
}
