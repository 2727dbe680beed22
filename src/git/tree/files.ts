import type { Recycling } from "./inflated.ts";

/** One entry of the files that a build may read. Paths are relative, with `/`, without `.` or `..` parts. */
export type FileEntry =
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly size: number; readonly id?: string | undefined }
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string };

/** Bytes that can be read from any offset, any number of times. */
export interface FileSource {
  readonly size: number;
  readonly path?: string | undefined;
  open(offset?: number, reading?: Recycling): AsyncIterable<Uint8Array>;
}

/** Files to build from: the shape that a build takes as its context. */
export interface Files {
  readonly description: string;
  /** Begins to list the entries, for who will most likely ask for them soon; nothing is waited for and nothing fetched. */
  prepare?(): void;
  entries(): Promise<readonly FileEntry[]>;
  open(path: string): Promise<FileSource>;
}

/** The parts of a folder's path below a root; `.` has none. */
export function partsOf(dir: string): readonly string[] {
  return dir.split("/").filter((part) => part !== "" && part !== ".");
}

/** Sorted by path in code unit order. */
export function sorted(entries: Iterable<FileEntry>): readonly FileEntry[] {
  return [...entries].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** The entry at a path, among entries that are sorted by path. */
export function entryAt(entries: readonly FileEntry[], path: string): FileEntry | undefined {
  let low = 0;
  for (let high = entries.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.path ?? "") < path) low = middle + 1;
    else high = middle;
  }
  return entries[low]?.path === path ? entries[low] : undefined;
}
