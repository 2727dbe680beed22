import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { callerIdentity } from "../aws/index.ts";
import type { SettingsSources } from "../config/index.ts";
import type { Edge } from "./edge.ts";

/** The file that configures a repository, in its root. */
const settingsFile = "waybill.yaml";

/** What holds the configuration itself, in place of the file. */
const settingsVariable = "WAYBILL_CONFIG";

/** The file of a folder, where it has one, or WAYBILL_CONFIG in its place; and the environment. */
export function fileAndEnvironment(root: string, edge: Edge): Omit<SettingsSources, "flags"> {
  const { env, signal } = edge;
  const given = env[settingsVariable];
  const purpose = "find the account that registry: auto means";
  const common = { env, root, caller: async (region: string) => await callerIdentity({ env, place: { region }, signal, purpose }) };
  if (given) return { ...common, readFile: async () => Buffer.from(given), fileName: settingsVariable };
  return { ...common, readFile: async () => await readFile(join(root, settingsFile)).catch(() => undefined) };
}
