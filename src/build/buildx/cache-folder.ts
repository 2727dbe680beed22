import { randomUUID } from "node:crypto";
import { copyFile, link, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A cache in a folder as one build has it: what it reads stays as it is, whatever other builds do to the folder. */
export interface CacheFolder {
  /** What was there when the build began; undefined where that was no whole cache. */
  readonly old: string | undefined;
  /** Where the new one is written. */
  readonly fresh: string;
  /** Puts what was written in the old one's place; the last of several builds stays. */
  keep(): Promise<void>;
  /** Removes what the build had beside the folder. */
  drop(): Promise<void>;
}

/** What stands in a folder that BuildKit wrote a cache to. */
export const cacheFile = /^(?:blobs|ingest|index\.json|oci-layout|.*\.lock)$/;

/** How long a build may take, generously: what is older beside the folder was left by one that was killed. */
const leftAfterMs = 24 * 60 * 60_000;
const ownName = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const remove = async (path: string): Promise<void> => await rm(path, { recursive: true, force: true });

/** Removes what builds left beside a folder that were killed: a cache each. */
async function removeLeft(dir: string): Promise<void> {
  const names = await readdir(dirname(dir)).catch((): string[] => []);
  for (const name of names.filter((one) => one.replace(ownName, "") === basename(dir) && ownName.test(one))) {
    const path = join(dirname(dir), name);
    const found = await lstat(path).catch(() => undefined);
    if (!found?.isDirectory() || Date.now() - found.mtimeMs <= leftAfterMs) continue;
    // What has something else in it, or cannot be removed, is somebody else's, and no reason not to build.
    if ((await readdir(path).catch(() => [""])).every((one) => cacheFile.test(one))) await remove(path).catch(() => {});
  }
}

/** Opens a folder that BuildKit wrote a cache to, or one that is not there yet. */
export async function openCacheFolder(dir: string): Promise<CacheFolder> {
  const [own, fresh] = [`${dir}.${randomUUID()}`, `${dir}.${randomUUID()}`];
  await removeLeft(dir);
  const old = await linked(dir, own).then(
    (whole) => (whole ? own : undefined),
    () => undefined,
  );
  if (old === undefined) await remove(own);
  return {
    old,
    fresh,
    async keep() {
      if (!(await isCache(fresh))) return;
      await replace(dir, fresh);
    },
    drop: async () => void (await Promise.all([remove(own), remove(fresh)])),
  };
}

async function isCache(dir: string): Promise<boolean> {
  return (await readdir(dir).catch((): string[] => [])).includes("index.json");
}

/** Makes a folder of links to another one's files; gives whether they are a cache, as far as nobody has taken it away meanwhile. */
async function linked(dir: string, into: string): Promise<boolean> {
  if (!(await isCache(dir))) return false;
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const [from, to] = [join(entry.parentPath, entry.name), join(into, entry.parentPath.slice(dir.length), entry.name)];
    await mkdir(dirname(to), { recursive: true });
    // Not every file system has hard links.
    await link(from, to).catch(async () => await copyFile(from, to));
  }
  return await isCache(into);
}

/** How often others may be faster in putting theirs in the place. */
const attempts = 20;

/** Puts a folder in another's place. Who reads in between finds none, and never a part of one. */
async function replace(dir: string, fresh: string): Promise<void> {
  const away = `${dir}.${randomUUID()}`;
  try {
    for (let attempt = 1; ; attempt++) {
      await rename(dir, away).catch(unless("ENOENT"));
      const done = await rename(fresh, dir).then(
        () => true,
        (thrown: unknown) => (attempt < attempts ? unless("ENOTEMPTY", "EEXIST")(thrown) : Promise.reject(thrown)),
      );
      if (done === true) return;
      await remove(away);
    }
  } finally {
    await remove(away);
  }
}

/** Lets errors of some codes pass. */
function unless(...codes: readonly string[]): (thrown: unknown) => void {
  return (thrown) => {
    if (!codes.includes((thrown as NodeJS.ErrnoException).code ?? "")) throw thrown;
  };
}
