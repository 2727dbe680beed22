import { link, lstat, mkdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Failure, throwIfAborted } from "../../failure/index.ts";
import {
  algorithmOf,
  bareDescriptor,
  type Descriptor,
  type Digest,
  encodedOf,
  isDigest,
  isManifestType,
  isTag,
  manifestLimit,
  parseManifest,
  type Tag,
} from "../../oci/index.ts";
import { referrersIn } from "../catalog.ts";
import { readManifest } from "../read.ts";
import type { Deleting, Locating, Mounting, Ranging, Referring, Source, Sourcing, Store, Tagged, Uploading, Waiting } from "../store.ts";
import { notFound, verified, verifiedSource } from "../verify.ts";
import { draft, openFile, readAhead, readHandle, writeAll } from "./files.ts";
import { collectGarbage, type Garbage, type GarbageOptions } from "./garbage.ts";
import { gatherer } from "./gather.ts";
import { graphOf } from "./graph.ts";
import { entryOf, type IndexEntry, indexFile, tagOf } from "./index-file.ts";
import { hasCode } from "./lock.ts";
import { sweepScratch } from "./scratch.ts";
import { diskUploads } from "./uploads.ts";
import { type Place, use } from "./use.ts";

/** A store in an OCI image layout folder, with all optional powers. */
export type LayoutStore = Store &
  Referring &
  Deleting &
  Mounting &
  Uploading &
  Ranging &
  Sourcing &
  Locating & {
    readonly dir: string;
    /**
     * Removes content that nothing names, while others push. Throws as {@link collectGarbage} does.
     */
    collectGarbage(options: GarbageOptions): Promise<Garbage>;
  };

export interface LayoutOptions {
  /** Make the folder where it is missing; without it a missing one is an error. */
  readonly create?: boolean | undefined;
  readonly name?: string | undefined;
  /** Flush files to disk before they count as written; true unless given. A scratch layout does without. */
  readonly durable?: boolean | undefined;
}

/** What stands in a layout's `oci-layout` file. */
export const layoutText = '{"imageLayoutVersion":"1.0.0"}';

/**
 * Opens an OCI image layout (OCI image-spec, "Image Layout") as a store. Tags are the annotations
 * `org.opencontainers.image.ref.name` of index.json; a manifest without a tag has an entry without one, unless an index
 * in the layout has it among its children. Content appears by rename only, and index.json changes under a lock: several
 * processes can use one folder, and killing any of them leaves it whole.
 * @throws Failure LAYOUT_INVALID
 */
export async function openLayout(dir: string, options: LayoutOptions = {}): Promise<LayoutStore> {
  await ensureLayout(dir, options);
  return layoutStore(dir, options);
}

async function ensureLayout(dir: string, { create, durable }: LayoutOptions): Promise<void> {
  const marker = join(dir, "oci-layout");
  const there = await lstat(marker).catch(() => undefined);
  if (there?.isFile()) return;
  if (there !== undefined || !create) {
    throw new Failure("LAYOUT_INVALID", `${dir} is not an OCI image layout: it has no file oci-layout`, {
      hint: "Name a folder that holds oci-layout, index.json and blobs.",
    });
  }
  const file = await draft(join(dir, ".waybill"), durable ?? true);
  await writeAll(file.handle, Buffer.from(layoutText));
  await file.keep(marker);
}

/** The store of a layout folder; a folder that does not exist yet is made by the first write. */
export function layoutStore(dir: string, options: LayoutOptions = {}): LayoutStore {
  const name = options.name ?? `oci:${dir}`;
  const durable = options.durable ?? true;
  const scratch = join(dir, ".waybill");
  const index = indexFile(dir, { durable, scratch });
  const pathOf = (digest: Digest): string => join(dir, "blobs", algorithmOf(digest), encodedOf(digest));
  const trash = join(scratch, "trash");
  const placeOf = (digest: Digest): Place => ({ path: pathOf(digest), trash: join(trash, `${algorithmOf(digest)}-${encodedOf(digest)}`) });
  const uploads = diskUploads({ folder: join(scratch, "uploads"), pathOf, durable, where: name });
  const graph = graphOf(() => store);
  let tidied = 0;
  /** Before a write: the folder is a layout from then on. Once an hour what others left is removed; nobody waits for that. */
  const ready = async (): Promise<void> => {
    if (Date.now() - tidied < 3_600_000) return;
    await ensureLayout(dir, { create: true, durable });
    tidied = Date.now();
    void sweepScratch([scratch, join(scratch, "uploads"), trash]);
  };

  /** The descriptor of a manifest that no entry names: a child of an index, or one that another tool left. */
  const detect = async (digest: Digest): Promise<Descriptor | undefined> => {
    if ((await use(placeOf(digest))) === undefined) return undefined;
    const handle = await openFile(pathOf(digest));
    if (handle === undefined) return undefined;
    const { size } = await handle.stat();
    if (size > manifestLimit) {
      await handle.close();
      return undefined;
    }
    const descriptor = { mediaType: "application/octet-stream", digest, size };
    try {
      const bytes = Buffer.concat(await Array.fromAsync(verified(readHandle(handle), descriptor, name)));
      return { ...descriptor, mediaType: parseManifest(bytes).mediaType };
    } catch {
      return undefined;
    }
  };

  const store: LayoutStore = {
    name,
    dir,
    async resolve(reference) {
      const entries = await index.read();
      if (!isDigest(reference)) {
        const entry = entries.find((one) => tagOf(one) === reference);
        return entry && bareDescriptor(entry);
      }
      const entry = entries.find((one) => one.digest === reference);
      if (entry === undefined) return await detect(reference);
      return (await fileSize(pathOf(reference))) === undefined ? undefined : bareDescriptor(entry);
    },
    async has({ digest, size }) {
      return (await fileSize(pathOf(digest))) === size;
    },
    async *read(descriptor, waiting) {
      const handle = await openFile(pathOf(descriptor.digest));
      if (handle === undefined) throw notFound(name, descriptor.digest);
      yield* verified(readHandle(handle, 0, undefined, waiting), descriptor, name);
    },
    async *readRange(descriptor, start, end, waiting) {
      const handle = await openFile(pathOf(descriptor.digest));
      if (handle === undefined) throw notFound(name, descriptor.digest);
      yield* readHandle(handle, start, end, waiting);
    },
    async write(descriptor, source, write) {
      throwIfAborted(write?.signal);
      const there = (await use(placeOf(descriptor.digest))) === descriptor.size;
      if (!there) {
        await ready();
        const file = await draft(scratch, durable);
        try {
          const written = gatherer(file.handle, 0);
          for await (const chunk of verifiedSource(source, descriptor, name, { recycle: true })) {
            throwIfAborted(write?.signal);
            await written.add(chunk);
            write?.onProgress?.(written.size());
          }
          await written.flush();
          await file.keep(pathOf(descriptor.digest));
        } catch (thrown) {
          await file.discard();
          throw thrown;
        }
      }
      if (isManifestType(descriptor.mediaType)) await enter(descriptor, write);
      return there ? "existed" : "written";
    },
    async tag(tag, descriptor, tagging) {
      if ((await use(placeOf(descriptor.digest))) !== descriptor.size) throw notFound(name, descriptor.digest);
      return await index.change<Tagged>((entries) => tagEntries(entries, tag, descriptor, tagging?.ifAbsent ?? false));
    },
    async *tags() {
      const tags = (await index.read()).map(tagOf).filter((tag) => tag !== undefined && isTag(tag)) as Tag[];
      yield* [...new Set(tags)].sort();
    },
    async referrers(subject, filter) {
      return referrersIn({ manifests: await graph.reach(await index.read(), filter) }, subject, filter?.artifactType);
    },
    async deleteTag(tag) {
      return await index.change((entries) => {
        const entry = entries.find((one) => tagOf(one) === tag);
        if (entry === undefined) return { entries, result: false };
        const others = entries.filter((one) => one !== entry);
        const last = !others.some((one) => one.digest === entry.digest);
        return { entries: last ? [...others, entryOf(entry)] : others, result: true };
      });
    },
    async delete(descriptor) {
      const { digest } = descriptor;
      const named = (await index.read()).find((one) => one.digest === digest);
      // An index's children have no entries of their own while it names them: they must not be lost with it.
      const orphans = named === undefined ? [] : ((await graph.entry(named))?.children ?? []);
      const there = await Array.fromAsync(orphans, (child) => store.has(child));
      await index.change((entries) => {
        const others = entries.filter((one) => one.digest !== digest);
        if (others.length === entries.length) return { entries, result: undefined };
        const lost = orphans.filter((child, at) => there[at] && !others.some((one) => one.digest === child.digest));
        return { entries: [...others, ...lost.map((child) => entryOf(child))], result: undefined };
      });
      graph.forget(digest);
      return await unlink(pathOf(digest)).then(
        () => true,
        (error) => {
          if (hasCode(error, "ENOENT")) return false;
          throw error;
        },
      );
    },
    async mount(descriptor, from) {
      if (!("dir" in from) || typeof from.dir !== "string") return false;
      const source = join(from.dir, "blobs", algorithmOf(descriptor.digest), encodedOf(descriptor.digest));
      if ((await fileSize(source)) !== descriptor.size) return false;
      await ready();
      return (await linkInto(source, pathOf(descriptor.digest))) && (await use(placeOf(descriptor.digest))) === descriptor.size;
    },
    async locate(digest) {
      const size = await use(placeOf(digest));
      return size === undefined ? undefined : { mediaType: "application/octet-stream", digest, size };
    },
    async source(descriptor): Promise<Source | undefined> {
      const path = pathOf(descriptor.digest);
      if ((await fileSize(path)) !== descriptor.size) return undefined;
      return {
        size: descriptor.size,
        path,
        open: async function* (offset = 0, reading) {
          const handle = await openFile(path);
          if (handle === undefined) throw notFound(name, descriptor.digest);
          yield* reading?.recycle ? readAhead(handle, offset) : readHandle(handle, offset);
        },
      };
    },
    async startUpload(options) {
      await ready();
      return await uploads.start(options);
    },
    upload: uploads.find,
    collectGarbage: (options) => collectGarbage({ store, index, blobs: join(dir, "blobs"), trash, placeOf }, options),
  };

  /** Enters a manifest without a tag, and takes the entries of an index's children out: the index names them. */
  const enter = async (descriptor: Descriptor, waiting?: Waiting): Promise<void> => {
    const manifest = await readManifest(store, descriptor, waiting);
    const children = new Set(manifest.kind === "index" ? manifest.manifests.map((child) => child.digest) : []);
    await index.change((entries) => {
      const kept = entries.filter((one) => tagOf(one) !== undefined || !children.has(one.digest));
      if (kept.some((one) => one.digest === descriptor.digest))
        return { entries: kept.length === entries.length ? entries : kept, result: undefined };
      return { entries: [...kept, entryOf(descriptor)], result: undefined };
    }, waiting);
  };
  return store;
}

function tagEntries(
  entries: readonly IndexEntry[],
  tag: Tag,
  descriptor: Descriptor,
  ifAbsent: boolean,
): { entries: readonly IndexEntry[]; result: Tagged } {
  const holds = entries.find((one) => tagOf(one) === tag);
  if (holds?.digest === descriptor.digest) return { entries, result: { outcome: "kept" } };
  if (holds !== undefined && ifAbsent) return { entries, result: { outcome: "present", holds: bareDescriptor(holds) } };
  // The untagged entry of this manifest is replaced; what the tag named before keeps one without a tag.
  const others = entries.filter((one) => one !== holds && !(one.digest === descriptor.digest && tagOf(one) === undefined));
  const orphan = holds !== undefined && !others.some((one) => one.digest === holds.digest) ? [entryOf(holds)] : [];
  return { entries: [...others, ...orphan, entryOf(descriptor, tag)], result: { outcome: holds === undefined ? "created" : "moved" } };
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    const found = await lstat(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}

async function linkInto(source: string, target: string): Promise<boolean> {
  await mkdir(join(target, ".."), { recursive: true });
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return true;
    // Another file system, or one without links: the bytes are copied instead.
    if (hasCode(error, "EXDEV") || hasCode(error, "EPERM") || hasCode(error, "EMLINK")) return false;
    throw error;
  }
}
