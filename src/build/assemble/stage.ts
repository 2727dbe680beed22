import type { Descriptor, Digest, HistoryEntry, ImageConfig, RuntimeConfig } from "../../oci/index.ts";
import type { Store } from "../../store/index.ts";
import type { Variables } from "../dockerfile/expand.ts";
import type { Dockerfile, Instruction } from "../dockerfile/parse.ts";
import { located, problem } from "../dockerfile/problem.ts";
import { declarations, expandAt, valueIn } from "../dockerfile/stages.ts";
import type { BuildRequest, StepOptions } from "../engine.ts";
import type { Background } from "./background.ts";
import type { Base } from "./base.ts";
import type { Changes } from "./changes.ts";
import { layerKey } from "./known.ts";
import { type Layer, writeLayer } from "./layer.ts";
import { entriesOf } from "./layer-entries.ts";
import type { Compression } from "./pack.ts";
import { type RootFs, rootFs } from "./rootfs.ts";
import { absolute, envValue, type Settings, scratchPath } from "./settings.ts";
import type { Spool } from "./spool.ts";

/** A stage in the making. */
export interface StageState {
  readonly settings: Settings;
  /** Whether its layers are the image's: those of a stage that is only copied from are not packed. */
  readonly packs: boolean;
  /** Layers of the image that it is built upon. */
  readonly layers: readonly Descriptor[];
  readonly diffIds: readonly Digest[];
  /** Its own layers in their order, packed or about to be. */
  readonly made: Promise<Layer>[];
  /** What the config of the image that it is built upon says beside that. */
  readonly inherited: Partial<ImageConfig>;
  /** Its files so far; read when they are first needed. */
  files(): Promise<RootFs>;
  /** Values of ARG instructions, those set again by ENV left out. */
  readonly args: Record<string, string>;
}

/** What all stages of one build share. */
export interface StageTools {
  readonly dockerfile: Dockerfile;
  readonly into: Store;
  /** Seconds since 1970. */
  readonly epoch: number;
  readonly created: string;
  /** Layers that need not be written, by their keys. */
  readonly known: BuildRequest["known"];
  /** Where layers lie that are not in the store: those of base images, and those that are known. */
  readonly elsewhere: Map<Digest, Store>;
  /** Keys of the layers that were made, by digest. */
  readonly keys: Map<Digest, string>;
  /** How layers are packed. */
  readonly compression: Compression | undefined;
  readonly options: StepOptions;
  /** Where layers are packed while the instructions after them are followed. */
  readonly background: Background;
  /** Where contents of archives are kept until the build is done. */
  readonly spool: Spool;
  /** Values that an ARG without a value of its own takes. */
  readonly given: Readonly<Record<string, string>>;
  /** Arguments before the first FROM, and those that every build has. */
  readonly globals: Readonly<Record<string, string>>;
}

/** A stage upon nothing. */
export function emptyStage(packs: boolean): StageState {
  return stageOf(
    packs,
    { runtime: { Env: [scratchPath], WorkingDir: "/" }, author: undefined, commandSet: false, history: [], args: Object.create(null) },
    { layers: [], diffIds: [], made: [], inherited: {} },
    async () => rootFs(),
  );
}

/** A stage upon an image. */
export function stageUpon({ config, layers, files }: Pick<Base, "config" | "layers" | "files">, packs: boolean): StageState {
  const { config: runtime, rootfs, history, author, created: _, ...inherited } = config;
  const settings = { runtime: withPath(runtime), author, commandSet: false, history: [...(history ?? [])], args: Object.create(null) };
  return stageOf(packs, settings, { layers, diffIds: rootfs.diff_ids, made: [], inherited }, () => files(false));
}

/** A stage upon an earlier one. */
export function stageAfter({ settings, layers, diffIds, made, inherited, files }: StageState, packs: boolean): StageState {
  // An argument of a stage holds in those built upon it (Dockerfile reference, "ARG", Scope).
  const args = Object.assign(Object.create(null), settings.args);
  const copied = { ...settings, commandSet: false, history: [...settings.history], args };
  return stageOf(packs, copied, { layers, diffIds, made: [...made], inherited }, async () => (await files()).fork());
}

function stageOf(
  packs: boolean,
  settings: Settings,
  image: Pick<StageState, "layers" | "diffIds" | "made" | "inherited">,
  load: () => Promise<RootFs>,
): StageState {
  let files: Promise<RootFs> | undefined;
  return {
    ...image,
    packs,
    settings,
    files: () => {
      files ??= load();
      return files;
    },
    args: settings.args,
  };
}

/** Every image has a PATH, as Docker has it. */
function withPath(runtime: RuntimeConfig | undefined): RuntimeConfig {
  const { Env = [] } = runtime ?? {};
  return { ...runtime, Env: envValue(Env, "PATH") === undefined ? [...Env, scratchPath] : Env };
}

/** Expands a word of an instruction: of a variable's settings by ENV and ARG the last one counts. */
export function expandIn(
  stage: StageState,
  word: string,
  instruction: Instruction,
  { dockerfile }: Pick<StageTools, "dockerfile">,
): string {
  return expandAt(word, variablesOf(stage), dockerfile, instruction);
}

/** Expands the variables of a here-document. Quotes in it are text; a backslash keeps the next character, whatever the file's escape is. */
export function expandTextIn(stage: StageState, content: string, instruction: Instruction): string {
  return expandAt(content, variablesOf(stage), { escapeChar: "\\", quotes: false }, instruction);
}

function variablesOf({ settings }: StageState): Variables {
  return (name) => settings.args[name] ?? envValue(settings.runtime.Env, name);
}

/** Adds an entry to the stage's history. */
export function remember(stage: StageState, instruction: Instruction, tools: StageTools, layered: boolean): void {
  const entry: HistoryEntry = {
    created: tools.created,
    created_by: instruction.text,
    comment: "waybill.assemble.v1",
    ...(layered ? {} : { empty_layer: true }),
  };
  stage.settings.history.push(entry);
}

/** A layer that is still being packed. */
export interface Underway {
  readonly layer: Promise<Layer>;
}

/**
 * Adds what changed as a layer of the stage, where the image has it.
 * @param meanwhile whether the instructions after it may be followed while the layer is packed: its files can be read beside others
 * @returns the layer where it is not packed yet
 */
export async function addLayer(
  stage: StageState,
  changes: Changes,
  instruction: Instruction,
  tools: StageTools,
  meanwhile: boolean,
): Promise<Underway | undefined> {
  remember(stage, instruction, tools, true);
  if (!stage.packs) return undefined;
  const { layer } = await tools.background.begin((signal) => located(instruction, () => layerOf(changes, tools, signal)));
  stage.made.push(layer);
  if (meanwhile) return { layer };
  await layer;
  return undefined;
}

/** Packs what changed, or takes the layer over that an earlier image has of the same. */
async function layerOf(changes: Changes, tools: StageTools, signal: AbortSignal): Promise<Layer> {
  const entries = entriesOf(changes);
  const key = layerKey(entries, tools.epoch, tools.compression);
  const others = key === undefined ? undefined : await tools.known;
  const known = others?.get(key ?? "");
  const layer = known ?? (await writeLayer(tools.into, entries, { ...tools, signal, isNew: others !== undefined }));
  if (known !== undefined) tools.elsewhere.set(known.descriptor.digest, known.store);
  if (key !== undefined) tools.keys.set(layer.descriptor.digest, key);
  return layer;
}

/** ARG: declares arguments of the stage, with their values where they have one. */
export function declare(stage: StageState, instruction: Instruction, tools: Pick<StageTools, "dockerfile" | "given" | "globals">): void {
  for (const [name, preset] of declarations(instruction.rest, tools.dockerfile.escapeChar)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw problem("DOCKERFILE_INVALID", instruction, `${JSON.stringify(name.slice(0, 100))} is not an argument's name`, {
        text: instruction.text,
        hint: "Names are made of letters, digits and underscores, and begin with no digit.",
      });
    const value =
      valueIn(tools.given, name) ?? (preset === undefined ? valueIn(tools.globals, name) : expandIn(stage, preset, instruction, tools));
    if (value !== undefined) stage.args[name] = value;
  }
}

/** The stage's working directory, absolute. */
export function workdir({ settings }: StageState): string {
  return absolute(settings.runtime.WorkingDir || "/", "/");
}
