import {
  type Environment,
  fromEnvironment,
  fromFlags,
  regionFromEnvironment,
  registryFromEnvironment,
  type SettingsFlags,
  type Sourced,
  stated,
} from "./environment.ts";
import { type AutoSources, auto, autoRegistry } from "./resolve/auto.ts";
import { type ConnectionSources, resolveConnections } from "./resolve/connections.ts";
import { resolveSettings } from "./resolve/resolve.ts";
import type { Settings } from "./settings.ts";

/** Where settings come from. */
export interface SettingsSources {
  /** The bytes of waybill.yaml, or undefined where there is none. */
  readonly readFile: () => Promise<Uint8Array | undefined>;
  /** What the configuration is called in errors and origins, where it is not waybill.yaml. */
  readonly fileName?: string | undefined;
  /** The folder that waybill.yaml is in. */
  readonly root?: string | undefined;
  /** Whether an image may do without a destination, because nothing is to be delivered. */
  readonly placeless?: boolean | undefined;
  readonly env: Environment;
  readonly flags: SettingsFlags;
  /** Asks AWS who signs, in a region; asked only where `registry: auto` wants that. */
  readonly caller?: AutoSources["caller"] | undefined;
}

/**
 * The settings of a repository: the file, then the environment, then flags; the later wins.
 * @throws Failure CONFIG_INVALID, CONFIG_UNKNOWN_KEY (with file and line), CONFIG_MISSING
 */
export async function loadSettings(sources: SettingsSources): Promise<Settings> {
  const layers = await layersOf(sources);
  const automatic = automaticIn(layers, sources);
  return await resolveSettings({
    ...layers,
    env: sources.env,
    only: sources.flags.images,
    placeless: sources.placeless ?? false,
    registry: automatic.registry,
    auto: autoRegistry(automatic),
  });
}

function automaticIn({ overrides }: ConnectionSources, { env, caller }: SettingsSources): AutoSources {
  const region = stated(overrides, "region");
  return { registry: () => registryFromEnvironment(env, region), region: () => region ?? regionFromEnvironment(env), caller };
}

/**
 * Only how registries are reached, for commands that take an image's name; a destination need not be configured.
 * @throws Failure CONFIG_INVALID, CONFIG_UNKNOWN_KEY (with file and line)
 */
export async function loadConnections(sources: SettingsSources): Promise<Pick<Settings, "endpoints" | "caFile">> {
  return resolveConnections(await layersOf(sources));
}

/**
 * The registry that a flag or the environment names, for commands that need no repository.
 * @throws Failure CONFIG_INVALID, CONFIG_UNKNOWN_KEY (with file and line)
 */
export async function loadRegistry(sources: SettingsSources): Promise<Sourced | undefined> {
  const layers = await layersOf(sources);
  const automatic = automaticIn(layers, sources);
  const flag = stated(layers.overrides, "registry");
  return flag?.value === auto ? await autoRegistry(automatic)(undefined) : (flag ?? automatic.registry());
}

async function layersOf({ readFile, fileName = "waybill.yaml", env, flags, root }: SettingsSources): Promise<ConnectionSources> {
  const bytes = await readFile();
  // Parsing YAML is only paid for where there is a file.
  const file = bytes === undefined ? undefined : (await import("./file/read.ts")).readSettings(bytes, fileName);
  return { file, root, overrides: [fromFlags(flags), fromEnvironment(env)] };
}
