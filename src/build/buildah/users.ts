import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../process/index.ts";

/** A build's entry among those that use storage which is kept. */
export interface StorageUser {
  /** Whether builds were found that ended without leaving: what they had open is open still. */
  readonly afterDead: boolean;
  /** Whether no other build uses the storage at this moment. */
  alone(): Promise<boolean>;
  /** @param unclear whether something is left that only a build which is alone may clear up */
  leave(unclear: boolean): Promise<void>;
}

/** What the file of a build says that is gone. */
const left = "left";

/** Enters a build among the users of storage, each of which is a file that says which process it is. */
export async function enterStorage(root: string): Promise<StorageUser> {
  const dir = join(root, "waybill-builds");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const own = randomUUID();
  await writeFile(join(dir, own), `${hostname()} ${process.pid}`);
  const before = await usersIn(dir, own);
  for (const name of before.gone) await rm(join(dir, name), { force: true });
  return {
    afterDead: before.gone.length > 0,
    alone: async () => (await usersIn(dir, own)).running.length === 0,
    leave: async (unclear) => await (unclear ? writeFile(join(dir, own), left) : rm(join(dir, own), { force: true })),
  };
}

async function usersIn(dir: string, own: string): Promise<{ readonly running: readonly string[]; readonly gone: readonly string[] }> {
  const [running, gone]: [string[], string[]] = [[], []];
  for (const name of await readdir(dir).catch((): string[] => [])) {
    if (name === own) continue;
    const text = await readFile(join(dir, name), "utf8").catch(() => undefined);
    // It left meanwhile.
    if (text !== undefined) (runs(text) ? running : gone).push(name);
  }
  return { running, gone };
}

/** Whether the process that a file names runs; of another machine's nobody here can tell, and one that is just being written counts. */
function runs(text: string): boolean {
  if (text === left) return false;
  const [, host, pid] = /^(.+) (\d+)$/.exec(text) ?? [];
  return host !== hostname() || isAlive(Number(pid));
}
