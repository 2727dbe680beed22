import { lstat, mkdir, readdir, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Failure, throwIfAborted } from "../../failure/index.ts";
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isDigest,
  isManifestType,
  type Manifest,
  manifestLimit,
  parseManifest,
} from "../../oci/index.ts";
import { readManifest } from "../read.ts";
import type { Store, Waiting } from "../store.ts";
import { openFile, readHandle } from "./files.ts";
import type { IndexEntry, IndexFile } from "./index-file.ts";
import { hasCode } from "./lock.ts";
import type { Place } from "./use.ts";

/** What is to be collected. */
export interface GarbageOptions extends Waiting {
  /** Milliseconds for which content that nothing names is left: a push writes its layers long before its manifest. */
  readonly olderThanMs: number;
  /** Only counts. */
  readonly dryRun?: boolean | undefined;
}

/** What was collected, or would be. */
export interface Garbage {
  readonly blobs: number;
  readonly bytes: number;
}

interface Candidate {
  readonly digest: Digest;
  readonly bytes: number;
  readonly isManifest: boolean;
}

/** What of a layout garbage collection works on. */
export interface Collected {
  readonly store: Store;
  readonly index: IndexFile;
  readonly blobs: string;
  /** The folder of what is removed, and the place of each piece of content there. */
  readonly trash: string;
  placeOf(digest: Digest): Place;
}

/** Files that are removed while nobody else can change the index: some hundredths of a second. */
const slice = 200;

/**
 * Removes content that no manifest names, while others push. Content that anybody has found there is young again (see
 * `use.ts`), so whoever was told that a layer is there can still name it. Manifests are entered and tagged before or after
 * a slice is removed, and what is used at the very moment of its removal is put back, and the run ends there.
 * @throws Failure IMAGE_INVALID, CONTENT_MISMATCH where a manifest is damaged: what it names would be taken for garbage
 */
export async function collectGarbage(layout: Collected, options: GarbageOptions): Promise<Garbage> {
  const before = Date.now() - options.olderThanMs;
  const used = new Set<Digest>();
  await mark(layout, used, await layout.index.read(), options);
  const { old, young } = await unnamed(layout, used, before);
  // A manifest that came just now is about to be entered, and its content is old where it was there before.
  await mark(layout, used, young, options);
  // Manifests first: one that is gone misleads nobody, one without its layers does.
  const left = old.toSorted((a, b) => Number(b.isManifest) - Number(a.isManifest));
  let [blobs, bytes] = [0, 0];
  if (left.length > 0 && !options.dryRun) await mkdir(layout.trash, { recursive: true });
  const removeSome = async (entries: readonly IndexEntry[]): Promise<boolean> => {
    await mark(layout, used, entries, options);
    for (const candidate of left.splice(0, slice)) {
      if (used.has(candidate.digest)) continue;
      const outcome = options.dryRun ? "removed" : await remove(layout.placeOf(candidate.digest), before);
      if (outcome === "used") return false;
      if (outcome === "gone") continue;
      blobs++;
      bytes += candidate.bytes;
    }
    return true;
  };
  while (left.length > 0) {
    throwIfAborted(options.signal);
    if (!(await layout.index.exclusive(removeSome, options))) break;
  }
  return { blobs, bytes };
}

/** Adds all that manifests name, and themselves. A manifest that is not there names nothing. */
async function mark({ store }: Collected, used: Set<Digest>, roots: readonly Descriptor[], options: Waiting): Promise<void> {
  const left: Descriptor[] = [...roots];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (used.has(next.digest)) continue;
    used.add(next.digest);
    if (!isManifestType(next.mediaType)) continue;
    try {
      left.push(...childrenOf(await readManifest(store, next, options)));
    } catch (thrown) {
      if (!(thrown instanceof Failure && thrown.code === "NOT_FOUND")) throw thrown;
    }
  }
}

async function unnamed(
  { blobs }: Collected,
  used: ReadonlySet<Digest>,
  before: number,
): Promise<{ readonly old: readonly Candidate[]; readonly young: readonly IndexEntry[] }> {
  const old: Candidate[] = [];
  const young: IndexEntry[] = [];
  for (const algorithm of await readdir(blobs).catch(() => [])) {
    for (const encoded of await readdir(join(blobs, algorithm)).catch(() => [])) {
      const digest = `${algorithm}:${encoded}`;
      const path = join(blobs, algorithm, encoded);
      const found = isDigest(digest) && !used.has(digest) ? await lstat(path).catch(() => undefined) : undefined;
      if (!isDigest(digest) || !found?.isFile()) continue;
      const manifest = found.size <= manifestLimit ? await manifestIn(path) : undefined;
      if (found.mtimeMs < before) old.push({ digest, bytes: found.size, isManifest: manifest !== undefined });
      else if (manifest !== undefined) young.push({ digest, mediaType: manifest.mediaType, size: found.size });
    }
  }
  return { old, young };
}

async function manifestIn(path: string): Promise<Manifest | undefined> {
  const handle = await openFile(path);
  if (handle === undefined) return undefined;
  const bytes = Buffer.concat(await Array.fromAsync(readHandle(handle)));
  try {
    return parseManifest(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Removes a file, unless somebody began to use it. Using is a touch: one that came before the renaming shows in the trash, and
 * whoever finds nothing waits until it is judged.
 */
async function remove({ path, trash }: Place, before: number): Promise<"removed" | "used" | "gone"> {
  if (!(await renamed(path, trash))) return "gone";
  try {
    if ((await lstat(trash)).mtimeMs < before) {
      await unlink(trash);
      return "removed";
    }
    await rename(trash, path);
  } catch (error) {
    // Whoever waited for the judgement has lost patience and taken it back.
    if (!hasCode(error, "ENOENT")) throw error;
  }
  return "used";
}

async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}
