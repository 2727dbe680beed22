import { lstat, utimes } from "node:fs/promises";
import { hasCode } from "./lock.ts";

/** Content younger than this is not made younger: half of the shortest age at which garbage is collected, in milliseconds. */
const freshMs: number = 30_000;

/** The least age at which content that nothing names is garbage, in milliseconds. */
export const leastGarbageAgeMs: number = 2 * freshMs;

/**
 * The size of a file of content that somebody is about to name, or undefined where there is none. It is made young, so that garbage
 * collection leaves it until that is done.
 */
export async function use(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  if (Date.now() - found.mtimeMs < freshMs) return found.size;
  try {
    const now = new Date();
    await utimes(path, now, now);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    // A layout that cannot be written has no garbage collected either.
  }
  return found.size;
}
