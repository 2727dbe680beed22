import { lstat, rename, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "./lock.ts";

/** Content younger than this is not made younger: half of the shortest age at which garbage is collected, in milliseconds. */
const freshMs = 30_000;
/** The least age at which content that nothing names is garbage, in milliseconds. */
export const leastGarbageAgeMs: number = 2 * freshMs;
/** Longest that whoever collects garbage may take to judge what lies in the trash; it is two system calls. */
const judgingMs = 1000;

/** Where a piece of content is. */
export interface Place {
  readonly path: string;
  /** Where it lies for a moment while somebody finds out whether it is garbage. */
  readonly trash: string;
}

/**
 * The size of a file of content that somebody is about to name, or undefined where there is none. It is made young, so that garbage
 * collection leaves it until that is done.
 */
export async function use({ path, trash }: Place): Promise<number | undefined> {
  const size = await touch(path);
  if (size !== undefined) return size;
  const deadline = Date.now() + judgingMs;
  while (await isThere(trash)) {
    // Whoever put it there was killed.
    if (Date.now() > deadline) await rename(trash, path).catch(() => {});
    await sleep(1);
  }
  return await touch(path);
}

async function touch(path: string): Promise<number | undefined> {
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

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}
