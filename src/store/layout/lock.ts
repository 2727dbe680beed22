import { randomUUID } from "node:crypto";
import { mkdir, readFile, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure, throwIfAborted } from "../../failure/index.ts";
import { isAlive } from "../../process/index.ts";
import type { Waiting } from "../store.ts";

/** Longest that one change of an index may take before its lock counts as abandoned, in milliseconds. */
const abandonedMs = 30_000;
/** Longest that breaking a lock may take; it is two system calls. */
const breakingMs = 5_000;
const patienceMs = 60_000;

/**
 * Does work while no other process holds the lock file. A lock whose process is dead is broken at once, so SIGKILL leaves
 * nothing in the way; breaking is itself guarded by a folder, whose creation is atomic, and looks at the lock again
 * inside, so that two who saw the same dead lock cannot both take a living one away.
 * @throws Failure STORE_FAILED after a minute without the lock
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options?: Waiting): Promise<T> {
  const token = `${process.pid} ${hostname()} ${randomUUID()}`;
  const deadline = Date.now() + patienceMs;
  let pauseMs = 1;
  while (!(await take(path, token))) {
    throwIfAborted(options?.signal);
    if (Date.now() > deadline) {
      throw new Failure("STORE_FAILED", `the lock ${path} was held by another process for a minute`, {
        hint: "If no other waybill is at work in that folder, delete the lock file.",
      });
    }
    if (await isAbandoned(path)) await breakLock(path);
    else {
      await sleep(pauseMs + Math.random() * pauseMs);
      pauseMs = Math.min(pauseMs * 2, 50);
    }
  }
  try {
    return await work();
  } finally {
    // Only our own: after an over-long pause it may be another's by now.
    if ((await readFile(path, "utf8").catch(() => "")) === token) await unlink(path).catch(() => {});
  }
}

async function take(path: string, token: string): Promise<boolean> {
  try {
    await writeFile(path, token, { flag: "wx" });
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const [holder, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    const age = Date.now() - mtimeMs;
    if (age > abandonedMs) return true;
    const [pid, host] = holder.split(" ");
    // A lock is empty between its creation and the write of its holder; a process killed there leaves it so.
    if (!pid) return age > breakingMs;
    return host === hostname() && !isAlive(Number(pid));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

async function breakLock(path: string): Promise<void> {
  const guard = `${path}.break`;
  try {
    await mkdir(guard);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
    const age = await stat(guard).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > breakingMs) await rmdir(guard).catch(() => {});
    else await sleep(2);
    return;
  }
  try {
    if (await isAbandoned(path)) await unlink(path).catch(() => {});
  } finally {
    await rmdir(guard).catch(() => {});
  }
}

/** Whether a system error has the code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
