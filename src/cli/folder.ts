import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The next folder upwards that is a checkout, else the folder itself. */
export function repositoryAround(dir: string): string {
  for (let at = dir; at !== dirname(at); at = dirname(at)) if (existsSync(join(at, ".git"))) return at;
  return dir;
}
