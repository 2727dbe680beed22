import { isUtf8 } from "node:buffer";

/** What two folders have at one name. A file and a folder of the same name are two differences. */
export interface Difference {
  readonly name: string;
  /** Whether it is a folder, not a file, link or submodule. */
  readonly folder: boolean;
  /** The names of the objects; undefined where there is none. They are the same where only the mode differs. */
  readonly one: string | undefined;
  readonly other: string | undefined;
}

/** One entry of a tree object. */
interface Entry {
  readonly name: string;
  readonly kind: "folder" | "file" | "executable" | "link" | "submodule";
  /** Name of the object. */
  readonly id: string;
  /** The name's bytes, a character each; git sorts folders as if their names ended in `/` (git's tree.c, base_name_compare). */
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

/** Names that no folder may hold. */
const unholdable = /^(?:\.{0,2}|\.git)$|\//i;
/** The key of what stands behind all entries. */
const behind = "\uffff";

/**
 * Compares two tree objects, each a sequence of `MODE SP NAME NUL ID` in git's order, the ID in raw bytes. What both begin or end with
 * is skipped as bytes, so that a change in a large folder costs little.
 * @returns undefined where one of them is no such sequence, or a name in it is not UTF-8 or one that no folder may hold
 */
export function differences(one: Buffer, other: Buffer, idBytes: number): readonly Difference[] | undefined {
  const found: Difference[] = [];
  const start = sameUntil(one, other, idBytes);
  let mine = entryAt(one, start, "", idBytes);
  let theirs = entryAt(other, start, "", idBytes);
  while (mine !== undefined && theirs !== undefined) {
    if (one.subarray(mine.start).equals(other.subarray(theirs.start))) return found;
    const here = mine.key <= theirs.key ? mine : undefined;
    const there = theirs.key <= mine.key ? theirs : undefined;
    if (here?.id !== there?.id || here?.kind !== there?.kind) found.push(difference(here ?? theirs, here?.id, there?.id));
    if (here !== undefined) mine = entryAt(one, here.end, here.key, idBytes);
    if (there !== undefined) theirs = entryAt(other, there.end, there.key, idBytes);
  }
  return undefined;
}

function difference({ name, kind }: Entry, one: string | undefined, other: string | undefined): Difference {
  return { name, folder: kind === "folder", one, other };
}

/** The name of a folder's tree in the tree object of the folder around it; undefined where that has no such folder. */
export function folderIn(tree: Buffer, name: string, idBytes: number): string | undefined {
  let entry = entryAt(tree, 0, "", idBytes);
  while (entry !== undefined && entry.key !== behind) {
    if (entry.kind === "folder" && entry.name === name) return entry.id;
    entry = entryAt(tree, entry.end, entry.key, idBytes);
  }
  return undefined;
}

/** Where the first entry begins that the two do not share. */
function sameUntil(one: Buffer, other: Buffer, idBytes: number): number {
  const length = Math.min(one.length, other.length);
  for (let start = 0, at = 0; ; start = at) {
    while (at < length && one[at] === other[at] && one[at] !== 0) at++;
    const end = at + 1 + idBytes;
    if (end > length) return start;
    for (; at < end; at++) if (one[at] !== other[at]) return start;
  }
}

/** Parses the entry at a place in a tree object; undefined where there is none that may stand behind the one before it. */
function entryAt(tree: Buffer, start: number, before: string, idBytes: number): Entry | undefined {
  if (start === tree.length) return { name: "", kind: "file", id: "", key: behind, start, end: start };
  const space = tree.indexOf(" ", start);
  const zero = space === -1 ? -1 : tree.indexOf(0, space);
  const end = zero + 1 + idBytes;
  if (zero === -1 || end > tree.length) return undefined;
  const bytes = tree.subarray(space + 1, zero);
  const kind = kindOf(tree.toString("latin1", start, space));
  const name = bytes.toString("utf8");
  const key = bytes.toString("latin1") + (kind === "folder" ? "/" : "");
  if (kind === undefined || key <= before || !isUtf8(bytes) || unholdable.test(name)) return undefined;
  return { name, kind, id: tree.toString("hex", zero + 1, end), key, start, end };
}

/** What a mode makes of an entry, as git sees it (git's cache.h, canon_mode). */
function kindOf(mode: string): Entry["kind"] | undefined {
  if (!/^[0-7]{5,6}$/.test(mode)) return undefined;
  const bits = Number.parseInt(mode, 8);
  switch (bits & 0o170000) {
    case 0o040000:
      return "folder";
    case 0o100000:
      return bits & 0o100 ? "executable" : "file";
    case 0o120000:
      return "link";
    case 0o160000:
      return "submodule";
    default:
      return undefined;
  }
}
