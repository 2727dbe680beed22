import { type Environment, fromEnvironment, fromFlags, registryFromEnvironment, type SettingsFlags } from "./environment.ts";
import { resolveSettings } from "./resolve/resolve.ts";
import type { Settings } from "./settings.ts";

/** Where settings come from. */
export interface SettingsSources {
  /** The bytes of waybill.yaml, or undefined where there is none. */
  readonly readFile: () => Promise<Uint8Array | undefined>;
  readonly env: Environment;
  readonly flags: SettingsFlags;
}

/** What the file is called in errors and origins. */
const fileName = "waybill.yaml";

/**
 * The settings of a repository: the file, then the environment, then flags; the later wins.
 * @throws Failure CONFIG_INVALID, CONFIG_UNKNOWN_KEY (with file and line), CONFIG_MISSING
 */
export async function loadSettings({ readFile, env, flags }: SettingsSources): Promise<Settings> {
  const bytes = await readFile();
  // Parsing YAML is only paid for where there is a file.
  const file = bytes === undefined ? undefined : (await import("./file/read.ts")).readSettings(bytes, fileName);
  return resolveSettings({
    file,
    only: flags.images,
    overrides: [fromFlags(flags), fromEnvironment(env)],
    registry: () => registryFromEnvironment(env),
  });
}
