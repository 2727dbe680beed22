import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../failure/index.ts";
import {
  type Annotations,
  annotationKeys,
  bareDescriptor,
  type Descriptor,
  encodeManifest,
  mediaTypes,
  parseManifest,
} from "../../oci/index.ts";
import type { Waiting } from "../store.ts";
import { draft, openFile, readHandle, writeAll } from "./files.ts";
import { withLock } from "./lock.ts";

/** The most bytes that an index.json may have. A registry's manifest limit does not bound a local list of tags. */
const indexLimit = 64 * 1024 * 1024;

/** One entry of index.json: a descriptor, whose annotation `org.opencontainers.image.ref.name` is its tag. */
export type IndexEntry = Descriptor;

/** A change of the entries; gives the new ones, and what the change found. */
export type Change<T> = (entries: readonly IndexEntry[]) => { readonly entries: readonly IndexEntry[]; readonly result: T };

/** The index.json of a layout: read when it changed, changed under a lock, many changes of one process in one write. */
export interface IndexFile {
  read(): Promise<readonly IndexEntry[]>;
  change<T>(change: Change<T>, options?: Waiting): Promise<T>;
  /** Does work while nobody can change the entries. */
  exclusive<T>(work: (entries: readonly IndexEntry[]) => Promise<T>, options?: Waiting): Promise<T>;
}

/** The tag of an entry, or undefined. */
export function tagOf(entry: IndexEntry): string | undefined {
  return entry.annotations?.[annotationKeys.refName];
}

/** An entry for a manifest, with a tag or without one. */
export function entryOf(descriptor: Descriptor, tag?: string): IndexEntry {
  const annotations: Annotations | undefined = tag === undefined ? undefined : { [annotationKeys.refName]: tag };
  return { ...bareDescriptor(descriptor), ...(annotations === undefined ? {} : { annotations }) };
}

interface Pending {
  apply(entries: readonly IndexEntry[]): readonly IndexEntry[];
  /** Called when the change is on disk. */
  done(): void;
  failed(thrown: unknown): void;
}

/** Opens the index.json of a layout folder; it need not exist. */
export function indexFile(dir: string, options: { readonly durable: boolean; readonly scratch: string }): IndexFile {
  const path = join(dir, "index.json");
  let cache: { readonly version: string; readonly entries: readonly IndexEntry[] } | undefined;
  let pending: Pending[] = [];
  let flushing = false;

  const read = async (): Promise<readonly IndexEntry[]> => {
    const version = await versionOf(path);
    if (version === undefined) return [];
    if (cache?.version === version) return cache.entries;
    const entries = await parseIndex(path);
    cache = { version, entries };
    return entries;
  };

  const flush = async (): Promise<void> => {
    flushing = true;
    while (pending.length > 0) {
      try {
        await withLock(`${path}.lock`, async () => {
          const batch = pending;
          pending = [];
          try {
            const before = await read();
            let entries = before;
            for (const change of batch) entries = change.apply(entries);
            if (entries !== before) await write(entries);
            for (const change of batch) change.done();
          } catch (thrown) {
            for (const change of batch) change.failed(thrown);
          }
        });
      } catch (thrown) {
        const batch = pending;
        pending = [];
        for (const change of batch) change.failed(thrown);
      }
    }
    flushing = false;
  };

  const write = async (entries: readonly IndexEntry[]): Promise<void> => {
    const file = await draft(options.scratch, options.durable);
    try {
      await writeAll(file.handle, encodeManifest({ kind: "index", mediaType: mediaTypes.ociIndex, manifests: entries }));
      await file.keep(path);
    } catch (thrown) {
      await file.discard();
      throw thrown;
    }
    const version = await versionOf(path);
    cache = version === undefined ? undefined : { version, entries };
  };

  return {
    read,
    exclusive: async (work, waiting) => await withLock(`${path}.lock`, async () => await work(await read()), waiting),
    change: (change) =>
      new Promise((resolve, reject) => {
        let found: { readonly result: Parameters<typeof resolve>[0] } | undefined;
        pending.push({
          apply(entries) {
            const changed = change(entries);
            found = { result: changed.result };
            return changed.entries;
          },
          done: () => found !== undefined && resolve(found.result),
          failed: reject,
        });
        if (!flushing) void flush();
      }),
  };
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { ino, mtimeNs, size } = await stat(path, { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch {
    return undefined;
  }
}

async function parseIndex(path: string): Promise<readonly IndexEntry[]> {
  const handle = await openFile(path);
  if (handle === undefined) throw invalid(path, "it is not a plain file");
  const { size } = await handle.stat();
  if (size > indexLimit) {
    await handle.close();
    throw invalid(path, `it has ${size} bytes, more than ${indexLimit}`);
  }
  const bytes = Buffer.concat(await Array.fromAsync(readHandle(handle)));
  try {
    const index = parseManifest(bytes, mediaTypes.ociIndex, indexLimit);
    if (index.kind === "index") return index.manifests;
  } catch (cause) {
    throw invalid(path, cause instanceof Error ? cause.message : "it cannot be read", cause);
  }
  throw invalid(path, "it is no index");
}

function invalid(path: string, why: string, cause?: unknown): Failure {
  return new Failure("LAYOUT_INVALID", `${path} is not the index of an OCI image layout: ${why}`, {
    hint: "Name a folder that holds oci-layout, index.json and blobs, or one that does not exist yet.",
    cause,
  });
}
