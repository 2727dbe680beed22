import { createWriteStream } from "node:fs";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { throwIfAborted } from "../../failure/index.ts";
import { withoutIgnored } from "../assemble/ignore.ts";
import type { BuildRequest } from "../engine.ts";

/** A context and a Dockerfile on disk, as buildx takes them. */
export interface WrittenContext {
  readonly dir: string;
  readonly dockerfile: string;
}

/** How many files are written at once. */
const parallel = 16;

/**
 * Writes what a build may read into folders: the context without what .dockerignore leaves out, and the Dockerfile beside it, with
 * an empty .dockerignore of its own, so that nothing is left out twice.
 */
export async function writeContext(
  { context, dockerfile }: BuildRequest,
  tempDir: string,
  signal: AbortSignal | undefined,
): Promise<WrittenContext> {
  const dir = join(tempDir, "context");
  const file = join(tempDir, "dockerfile", "Dockerfile");
  await mkdir(dir, { recursive: true });
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, dockerfile.text);
  await writeFile(`${file}.dockerignore`, "# The context was filtered before it came here.\n");
  const entries = withoutIgnored(await context.entries(), dockerfile.ignore);
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
  return { dir, dockerfile: file };
}
