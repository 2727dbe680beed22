import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SettingsSources } from "../config/index.ts";
import type { Edge } from "./edge.ts";

/** The file that configures a repository, in its root. */
const settingsFile = "waybill.yaml";

/** The file of a folder, where it has one, and the environment. */
export function fileAndEnvironment(root: string, edge: Edge): Pick<SettingsSources, "readFile" | "env" | "root"> {
  return { readFile: async () => await readFile(join(root, settingsFile)).catch(() => undefined), env: edge.env, root };
}
