import { createWriteStream } from "node:fs";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { throwIfAborted } from "../../failure/index.ts";
import { archive, type TarEntry } from "../../tar/index.ts";
import { foreignFrontend } from "../assemble/gaps.ts";
import { withoutIgnored } from "../assemble/ignore.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { BuildContext, BuildRequest, ContextEntry } from "../engine.ts";

/** A context and a Dockerfile as buildx takes them. */
export interface GivenContext {
  /** `--file`: in the archive, or on disk. */
  readonly dockerfile: string;
  /** The folder, or `-` for an archive that buildx reads from its standard input. */
  readonly place: string;
  /** The archive, made anew at each call. */
  readonly input?: (() => AsyncIterable<Uint8Array>) | undefined;
}

/** How many files are written at once. */
const parallel = 16;
/** Bytes that are gathered before they are handed on: headers and small files by themselves are many writes. */
const gathered = 1 << 18;

/**
 * The context without what .dockerignore leaves out: as an archive of git's objects where the Dockerfile is in it, which is twice as
 * fast as a folder; else as a folder, because a Dockerfile that is put into the archive could be copied from there. Frontends that are
 * not Docker's own may know folders only.
 * @throws Failure CONTEXT_INVALID, BUILD_FAILED where the disk is full
 */
export async function giveContext(request: BuildRequest, tempDir: string, signal: AbortSignal | undefined): Promise<GivenContext> {
  const { context, dockerfile } = request;
  const entries = withoutIgnored(await context.entries(), dockerfile.ignore);
  const foreign = foreignFrontend(parseDockerfile(dockerfile).syntax);
  const within = foreign ? undefined : await pathOf(dockerfile, entries, context);
  if (within === undefined) return await writeContext(entries, request, tempDir, signal);
  return { dockerfile: within, place: "-", input: () => together(archive(archived(entries, context, signal), request.epoch)) };
}

/** Where in the context the Dockerfile stands, with the very bytes that are to be built. */
async function pathOf(
  { name, text }: BuildRequest["dockerfile"],
  entries: readonly ContextEntry[],
  context: BuildContext,
): Promise<string | undefined> {
  const bytes = Buffer.from(text);
  const parts = name.split("/");
  // It is named from the repository's root, and the context may begin below that.
  const paths = new Set(parts.map((_, index) => parts.slice(index).join("/")));
  for (const entry of entries) {
    if (entry.kind !== "file" || !paths.has(entry.path) || entry.size !== bytes.length) continue;
    const found = await Array.fromAsync((await context.open(entry.path)).open());
    if (Buffer.concat(found).equals(bytes)) return entry.path;
  }
  return undefined;
}

async function* archived(
  entries: readonly ContextEntry[],
  context: BuildContext,
  signal: AbortSignal | undefined,
): AsyncIterable<TarEntry> {
  const owner = { uid: 0, gid: 0 };
  for (const entry of entries) {
    throwIfAborted(signal);
    if (entry.kind === "directory") yield { ...entry, ...owner };
    else if (entry.kind === "symlink") yield { ...entry, ...owner, mode: 0o777 };
    else {
      const source = await context.open(entry.path);
      yield { ...entry, ...owner, open: () => source.open() };
    }
  }
}

async function* together(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    if (size < gathered) continue;
    yield Buffer.concat(held);
    held = [];
    size = 0;
  }
  yield Buffer.concat(held);
}

/** Writes the context into a folder, and the Dockerfile beside it, with an empty .dockerignore of its own: nothing is left out twice. */
export async function writeContext(
  entries: readonly ContextEntry[],
  { context, dockerfile }: BuildRequest,
  tempDir: string,
  signal: AbortSignal | undefined,
): Promise<GivenContext> {
  const dir = join(tempDir, "context");
  const file = join(tempDir, "dockerfile", "Dockerfile");
  await mkdir(dir, { recursive: true });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, dockerfile.text);
  await writeFile(`${file}.dockerignore`, "# The context was filtered before it came here.\n");
  await writeEntries(entries, context, dir, signal);
  return { dockerfile: file, place: dir };
}

async function writeEntries(
  entries: readonly ContextEntry[],
  context: BuildContext,
  dir: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const made = new Set<string>();
  const folder = async (path: string): Promise<void> => {
    if (made.has(path)) return;
    made.add(path);
    await mkdir(path, { recursive: true, mode: 0o755 });
    await chmod(path, 0o755);
  };
  for (const entry of entries) if (entry.kind === "directory") await folder(join(dir, entry.path));
  let next = 0;
  const work = async (): Promise<void> => {
    for (let entry = entries[next++]; entry !== undefined; entry = entries[next++]) {
      throwIfAborted(signal);
      const path = join(dir, entry.path);
      if (entry.kind === "directory") continue;
      await folder(dirname(path));
      if (entry.kind === "symlink") await symlink(entry.target, path);
      else {
        await pipeline((await context.open(entry.path)).open(), createWriteStream(path, { mode: entry.mode }));
        // The mode of a new file is cut by the umask.
        await chmod(path, entry.mode);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
}
