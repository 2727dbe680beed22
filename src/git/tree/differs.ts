import { isFullName } from "../names.ts";
import type { ReadHere } from "../recent.ts";
import { differences, folderIn } from "./differences.ts";
import { partsOf } from "./files.ts";

/** What commits are compared from. */
export interface DiffersSource {
  readonly read: ReadHere;
  readonly objectFormat: "sha1" | "sha256";
}

/** A folder of both commits, or of one of them: where it is below the one that is compared, and the names of its trees. */
interface Folder {
  /** Empty, or with `/` at its end. */
  readonly path: string;
  readonly one: string | undefined;
  readonly other: string | undefined;
}

/** How many folders are asked for at once. */
const atOnce = 64;
const nothing = Buffer.alloc(0);

/**
 * Whether anything that counts differs between a folder of one commit and of another: see Repository.differs. Only trees are read, and
 * only those that differ.
 */
export async function folderDiffers(
  one: string,
  other: string,
  dir: string,
  counts: (path: string) => boolean,
  source: DiffersSource,
): Promise<boolean | undefined> {
  const parts = partsOf(dir);
  const [mine, theirs] = await Promise.all([folderOf(one, parts, source), folderOf(other, parts, source)]);
  if (mine === undefined || theirs === undefined) return undefined;
  const waiting: Folder[] = mine === theirs ? [] : [{ path: "", one: mine, other: theirs }];
  const tree = async (id: string | undefined): Promise<Buffer | undefined> => (id === undefined ? nothing : await source.read(id, "tree"));
  while (waiting.length > 0) {
    const asked = waiting
      .splice(-atOnce)
      .map(async ({ path, one, other }) => ({ path, trees: await Promise.all([tree(one), tree(other)]) }));
    for (const { path, trees } of await Promise.all(asked)) {
      const [here, there] = trees;
      const found = here && there && differences(here, there, idBytes(source));
      if (found === undefined) return undefined;
      for (const { name, folder, one, other } of found) {
        if (folder) waiting.push({ path: `${path}${name}/`, one, other });
        else if (counts(`${path}${name}`)) return true;
      }
    }
  }
  return false;
}

/** The name of a folder's tree in a commit; a link to a folder is none. */
async function folderOf(sha: string, parts: readonly string[], source: DiffersSource): Promise<string | undefined> {
  if (!isFullName(sha) || sha.length !== 2 * idBytes(source)) return undefined;
  // The first of a commit's header lines (git's commit.c, parse_commit_buffer).
  const commit = await source.read(sha, "commit");
  let id = /^tree ([0-9a-f]+)\n/.exec(commit?.toString("latin1", 0, 80) ?? "")?.[1];
  for (const part of parts) {
    const tree = id === undefined ? undefined : await source.read(id, "tree");
    id = tree && folderIn(tree, part, idBytes(source));
  }
  return id;
}

function idBytes({ objectFormat }: DiffersSource): number {
  return objectFormat === "sha256" ? 32 : 20;
}
