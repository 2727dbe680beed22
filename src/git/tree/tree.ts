import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../failure/index.ts";
import { start } from "../../process/index.ts";
import type { ObjectReader } from "../batch.ts";
import { environmentOf, type GitOptions, gitOutput, readingSettings } from "../git.ts";
import type { Place } from "../open.ts";
import { fetchObjects, mainRemote } from "../remote.ts";
import { type Converted, convert, mayConvert } from "./convert.ts";
import { entryAt, type FileEntry, type FileSource, type Files, partsOf, sorted } from "./files.ts";
import { type Listed, listedIn, treeListing } from "./list.ts";
import { looseBlob } from "./loose.ts";
import { packedBlob } from "./packed.ts";

/** What a tree is read from. */
export interface TreeSource {
  readonly place: Place;
  readonly objects: ObjectReader;
  readonly where: GitOptions;
  /** Opens the repository of a submodule, by its path from the root. */
  submodule(path: string, sha: string): Promise<Files>;
  /** Hears of a folder that is to be removed when the repository is closed. */
  temporary(dir: string): void;
  /** Aborted when the repository is closed: what was begun for later is not wanted any more. */
  readonly closing: AbortSignal;
}

/** Files up to this size are read by the process that is there already; larger ones are streamed, by one of their own where it must be. */
const wholeLimit = 4 * 1024 * 1024;

/**
 * The files of a commit, as a checkout of it would hold them: converted as its attributes say, submodules and LFS objects
 * resolved; modes 0644 and 0755 whatever this machine's umask.
 * @param dir the folder, relative to the root; `.` for all
 */
export function commitFiles(sha: string, dir: string, source: TreeSource): Files {
  const folder = partsOf(dir).join("/");
  let ahead: Promise<Buffer> | undefined;
  let loading: Promise<Loaded> | undefined;
  const load = async (): Promise<Loaded> => {
    loading ??= loadTree(sha, folder, source, ahead);
    // Of a large commit the listing is many MiB, and read once.
    ahead = undefined;
    try {
      return await loading;
    } catch (thrown) {
      loading = undefined;
      throw thrown;
    }
  };
  return {
    description: `commit ${sha} at ${folder === "" ? "." : folder}`,
    prepare() {
      // What is missing here is fetched first, and that only for who needs it.
      if (loading !== undefined || source.place.partial) return;
      const { closing, where } = source;
      const signal = where.signal === undefined ? closing : AbortSignal.any([where.signal, closing]);
      ahead ??= treeListing(sha, folder, { ...where, signal }, { sizes: true });
      // Heard by whoever asks for the entries.
      ahead.catch(() => {});
    },
    entries: async () => (await load()).entries,
    open: async (path) => {
      const { entries, special } = await load();
      const opened = special.get(path);
      if (opened !== undefined) return await opened();
      const entry = entryAt(entries, path);
      if (entry?.kind !== "file")
        throw new Failure("CONTEXT_INVALID", `commit ${sha} has no file ${JSON.stringify(path)} in ${folder === "" ? "." : folder}`);
      return blob(entry, source);
    },
  };
}

type File = FileEntry & { readonly kind: "file" };

interface Loaded {
  readonly entries: readonly FileEntry[];
  /** Where files are read that are not as git has them: converted ones, and those of submodules. */
  readonly special: ReadonlyMap<string, () => Promise<FileSource>>;
}

async function loadTree(sha: string, dir: string, source: TreeSource, ahead: Promise<Buffer> | undefined): Promise<Loaded> {
  const { where } = source;
  if (dir !== "" && (await source.objects.read(`${sha}:${dir}`))?.type !== "tree") {
    throw new Failure("CONTEXT_INVALID", `commit ${sha} has no folder ${dir}`, {
      hint: "Name the context with --context or build.context, relative to the repository's root.",
    });
  }
  await fetchMissing(sha, dir, source);
  const listed = listedIn(await (ahead ?? treeListing(sha, dir, where, { sizes: true })), sha);
  const files = listed.filter(isFile);
  const converted = await conversions(sha, dir, files, source);
  const entries: FileEntry[] = [];
  const special = new Map<string, () => Promise<FileSource>>();
  const add = async (entry: Listed, plain: FileEntry | undefined): Promise<void> => {
    const { path, id } = entry;
    const full = dir === "" ? path : `${dir}/${path}`;
    if (plain?.kind === "file" && converted?.paths.has(full)) {
      const file = join(converted.dir, full);
      const { size } = await stat(file);
      entries.push({ kind: "file", path, mode: plain.mode, size });
      special.set(path, async () => onDisk(file, size));
    } else if (plain !== undefined) entries.push(plain);
    else if (entry.mode === "160000") await addSubmodule(path, await source.submodule(full, id), entries, special);
    else entries.push({ kind: "symlink", path, target: await linkTarget(entry, source) });
  };
  for (const entry of listed) {
    const plain = plainEntry(entry);
    // Nearly all there is, so it waits for nothing.
    if (plain !== undefined && converted === undefined) entries.push(plain);
    else await add(entry, plain);
  }
  return { entries: sorted(entries), special };
}

/** A directory, or a file as git has it; undefined for links and submodules. */
function plainEntry({ mode, path, id, size }: Listed): FileEntry | undefined {
  if (mode === "120000" || mode === "160000") return undefined;
  if (mode === "040000") return { kind: "directory", path, mode: 0o755 };
  return { kind: "file", path, mode: mode === "100755" ? 0o755 : 0o644, size, id };
}

function isFile({ mode }: Listed): boolean {
  return mode === "100644" || mode === "100755" || mode === "100664";
}

/** In a partial clone, fetches what the folder needs at once; git by itself would fetch file after file. */
async function fetchMissing(sha: string, dir: string, { place, where }: TreeSource): Promise<void> {
  const remote = mainRemote(place);
  if (!place.partial || remote === undefined) return;
  const wanted = listedIn(await treeListing(sha, dir, where, { sizes: false }), sha);
  const missing = await gitOutput(["rev-list", "--objects", "--no-walk", "--missing=print", "--no-object-names", sha], where, {
    maxBytes: 1 << 30,
  });
  const lacking = new Set(
    missing
      .toString("utf8")
      .split("\n")
      .filter((line) => line.startsWith("?"))
      .map((line) => line.slice(1)),
  );
  const ids = [...new Set(wanted.filter(({ mode, id }) => mode !== "160000" && lacking.has(id)).map(({ id }) => id))];
  if (ids.length > 0) await fetchObjects(remote, ids, where);
}

/** Attributes matter only where the commit has any, in the folder or above it. */
async function conversions(sha: string, dir: string, files: readonly Listed[], source: TreeSource): Promise<Converted | undefined> {
  const above = dir === "" ? [] : dir.split("/").map((_, index, parts) => [...parts.slice(0, index), ".gitattributes"].join("/"));
  const within = files.filter(({ path }) => path === ".gitattributes" || path.endsWith("/.gitattributes")).map(({ id }) => id);
  const texts = await Promise.all([...above.map((path) => `${sha}:${path}`), ...within].map((name) => source.objects.read(name)));
  const may = texts.some((object) => object?.type === "blob" && mayConvert(object.content.toString("utf8")));
  if (!may || files.length === 0) return undefined;
  const paths = files.map(({ path }) => (dir === "" ? path : `${dir}/${path}`));
  const converted = await convert(sha, paths, source.where, source.place.commonDir);
  if (converted !== undefined) source.temporary(join(converted.dir, ".."));
  return converted;
}

async function linkTarget({ id, path }: Listed, { objects }: TreeSource): Promise<string> {
  const object = await objects.read(id);
  if (object === undefined) throw new Failure("GIT_FAILED", `the link ${path} cannot be read from git`);
  return object.content.toString("utf8");
}

async function addSubmodule(
  path: string,
  files: Files,
  entries: FileEntry[],
  special: Map<string, () => Promise<FileSource>>,
): Promise<void> {
  entries.push({ kind: "directory", path, mode: 0o755 });
  for (const entry of await files.entries()) {
    const full = `${path}/${entry.path}`;
    entries.push({ ...entry, path: full });
    if (entry.kind === "file") special.set(full, () => files.open(entry.path));
  }
}

function onDisk(file: string, size: number): FileSource {
  return { size, path: file, open: (offset = 0) => createReadStream(file, { start: offset, highWaterMark: 1 << 20 }) };
}

/** A file as git has it; one without an identity is special. */
function blob({ id = "", size, path }: File, { place, objects, where }: TreeSource): FileSource {
  return {
    size,
    async *open(offset = 0, reading) {
      if (size > wholeLimit) {
        const folders = [join(place.commonDir, "objects"), ...(where.alternates === undefined ? [] : [where.alternates])];
        yield* after(offset, (await looseBlob(id, folders, reading)) ?? (await packedBlob(id, folders, reading)) ?? streamed(id, where));
        return;
      }
      const object = await objects.read(id);
      if (object === undefined)
        throw new Failure("GIT_FAILED", `the file ${path} cannot be read from git (${id})`, {
          hint: "Look at the repository with git fsck.",
        });
      if (offset < object.content.length) yield object.content.subarray(offset);
    },
  };
}

/** What follows the first bytes. */
async function* after(offset: number, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let skip = offset;
  for await (const chunk of chunks) {
    if (skip < chunk.length) yield chunk.subarray(skip);
    skip = Math.max(0, skip - chunk.length);
  }
}

async function* streamed(id: string, where: GitOptions): AsyncIterable<Uint8Array> {
  const child = start("git", [...readingSettings, "cat-file", "blob", id], { ...where, env: environmentOf(where) });
  child.stdin.end();
  child.stderr.resume();
  try {
    yield* child.stdout as AsyncIterable<Buffer>;
    const exitCode = await child.exited;
    if (exitCode !== 0)
      throw new Failure("GIT_FAILED", `the object ${id} cannot be read from git`, { hint: "Look at the repository with git fsck." });
  } finally {
    child.stop();
  }
}
