import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { damaged, inflated, ofSize, type Recycling } from "./inflated.ts";

/** The most bytes that stand before an object's content: `blob`, its size in digits, a zero. */
const headerLimit = 32;

/**
 * Streams a file of a commit that has a file of its own in a folder of objects (gitrepository-layout(5), "loose objects"). git maps
 * such a file as a whole, so that a large one is in memory from end to end; here a piece of it is.
 * @param folders of objects, in the order in which they are looked in
 * @returns undefined where none of them has it: it is in a pack, or elsewhere
 * @throws Failure GIT_FAILED while it is read, where it is damaged
 */
export async function looseBlob(
  id: string,
  folders: readonly string[],
  reading?: Recycling,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  for (const folder of folders) {
    const file = await open(join(folder, id.slice(0, 2), id.slice(2))).catch(() => undefined);
    if (file !== undefined) return content(id, file, reading);
  }
  return undefined;
}

async function* content(id: string, file: FileHandle, reading: Recycling | undefined): AsyncIterable<Uint8Array> {
  const pieces = inflated(file, 0, reading)[Symbol.asyncIterator]();
  try {
    const { size, first } = await beginning(pieces);
    yield* ofSize(id, size, following(first, pieces));
  } catch (thrown) {
    throw damaged(id, thrown);
  } finally {
    await pieces.return?.();
  }
}

/** The size that an object says it has, and what of its content came with that. */
async function beginning(pieces: AsyncIterator<Uint8Array>): Promise<{ readonly size: number; readonly first: Uint8Array }> {
  let header: Buffer = Buffer.alloc(0);
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    header = Buffer.concat([header, next.value]);
    const end = header.indexOf(0);
    if (end === -1 && header.length < headerLimit) continue;
    const size = /^blob (\d+)$/.exec(header.toString("latin1", 0, Math.max(end, 0)))?.[1];
    if (size === undefined) break;
    return { size: Number(size), first: header.subarray(end + 1) };
  }
  throw new Error("its header is none of a file's");
}

async function* following(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
