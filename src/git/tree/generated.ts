import { createReadStream } from "node:fs";
import { glob, lstat, readlink } from "node:fs/promises";
import { join, sep } from "node:path";
import { Failure } from "../../failure/index.ts";
import { type FileEntry, type FileSource, type Files, partsOf, sorted } from "./files.ts";

/** Files that a build step made, and how to read them. */
export interface Generated {
  readonly entries: readonly FileEntry[];
  open(path: string): FileSource;
}

/**
 * The files of a checkout that globs name, with the folders that they are in. They enter by bytes and mode: 0755 where they
 * may be executed, 0644 otherwise.
 * @param globs relative to the folder
 * @throws Failure CONTEXT_INVALID where a glob names nothing, or something outside
 */
export async function generatedFiles(dir: string, globs: readonly string[]): Promise<Generated> {
  const entries = new Map<string, FileEntry>();
  for (const pattern of globs) {
    if (pattern.startsWith("/") || pattern.split("/").includes("..")) throw outside(pattern);
    let count = 0;
    for await (const match of glob(pattern, { cwd: dir })) {
      count += await take(dir, match.split(sep).join("/"), entries);
    }
    if (count === 0) {
      throw new Failure("CONTEXT_INVALID", `build.generated names ${pattern}, and ${dir} has no such file`, {
        hint: "Run the step that makes it first, then publish.",
      });
    }
  }
  return {
    entries: sorted(entries.values()),
    open: (path) => {
      const entry = entries.get(path);
      if (entry?.kind !== "file") throw new Failure("CONTEXT_INVALID", `no generated file ${path}`);
      const file = join(dir, path);
      return { size: entry.size, path: file, open: (offset = 0) => createReadStream(file, { start: offset, highWaterMark: 1 << 20 }) };
    },
  };
}

/** Takes one match and the folders above it; gives how many files that were. */
async function take(dir: string, path: string, entries: Map<string, FileEntry>): Promise<number> {
  const parts = partsOf(path);
  if (parts.length === 0) return 0;
  if (parts.includes("..")) throw outside(path);
  const found = await lstat(join(dir, path));
  for (let length = 1; length < parts.length; length++) {
    const parent = parts.slice(0, length).join("/");
    const link = (await lstat(join(dir, parent))).isSymbolicLink();
    // A link among the folders may lead anywhere; what is in it is not the checkout's.
    if (link) return 0;
    entries.set(parent, { kind: "directory", path: parent, mode: 0o755 });
  }
  const name = parts.join("/");
  if (found.isDirectory()) entries.set(name, { kind: "directory", path: name, mode: 0o755 });
  else if (found.isSymbolicLink()) entries.set(name, { kind: "symlink", path: name, target: await readlink(join(dir, path)) });
  else if (found.isFile()) entries.set(name, { kind: "file", path: name, mode: found.mode & 0o100 ? 0o755 : 0o644, size: found.size });
  return found.isDirectory() ? 0 : 1;
}

function outside(pattern: string): Failure {
  return new Failure("CONTEXT_INVALID", `build.generated names ${pattern}, which is outside the context`, {
    hint: "Name files below build.context.",
  });
}

/** A commit's files with generated ones laid over them. */
export function overlay(files: Files, generated: Generated): Files {
  const made = new Map(generated.entries.map((entry) => [entry.path, entry]));
  return {
    description: `${files.description}, with ${generated.entries.filter(({ kind }) => kind !== "directory").length} generated files`,
    entries: async () => {
      const all = new Map((await files.entries()).map((entry) => [entry.path, entry]));
      for (const entry of made.values()) {
        // A folder that the commit has stays as it is; anything else gives way, with what was below it.
        if (entry.kind === "directory" && all.get(entry.path)?.kind === "directory") continue;
        if (entry.kind !== "directory") for (const path of all.keys()) if (path.startsWith(`${entry.path}/`)) all.delete(path);
        all.set(entry.path, entry);
      }
      return sorted(all.values());
    },
    open: async (path) => (made.get(path)?.kind === "file" ? generated.open(path) : await files.open(path)),
  };
}
