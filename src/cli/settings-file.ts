import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SettingsSources } from "../config/index.ts";
import type { Edge } from "./edge.ts";

/** The file that configures a repository, in its root. */
const settingsFile = "waybill.yaml";

/** What holds the configuration itself, in place of the file. */
const settingsVariable = "WAYBILL_CONFIG";

/** The file of a folder, where it has one, or WAYBILL_CONFIG in its place; and the environment. */
export function fileAndEnvironment(root: string, edge: Edge): Pick<SettingsSources, "readFile" | "fileName" | "env" | "root"> {
  const given = edge.env[settingsVariable];
  if (given) return { readFile: async () => Buffer.from(given), fileName: settingsVariable, env: edge.env, root };
  return { readFile: async () => await readFile(join(root, settingsFile)).catch(() => undefined), env: edge.env, root };
}
