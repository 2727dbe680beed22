import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { createInflate } from "node:zlib";
import { Failure } from "../../failure/index.ts";

/** Bytes that are read and unpacked at once. */
const pieceBytes = 256 * 1024;
/** The most bytes that stand before an object's content: `blob`, its size in digits, a zero. */
const headerLimit = 32;

/**
 * Streams a file of a commit that has a file of its own in a folder of objects (gitrepository-layout(5), "loose objects"). git maps
 * such a file as a whole, so that a large one is in memory from end to end; here a piece of it is.
 * @param folders of objects, in the order in which they are looked in
 * @returns undefined where none of them has it: it is in a pack, or elsewhere
 * @throws Failure GIT_FAILED while it is read, where it is damaged
 */
export async function looseBlob(id: string, folders: readonly string[]): Promise<AsyncIterable<Uint8Array> | undefined> {
  for (const folder of folders) {
    const file = await open(join(folder, id.slice(0, 2), id.slice(2))).catch(() => undefined);
    if (file !== undefined) return content(id, file);
  }
  return undefined;
}

async function* content(id: string, file: FileHandle): AsyncIterable<Uint8Array> {
  const packed = file.createReadStream({ highWaterMark: pieceBytes });
  const inflate = createInflate({ chunkSize: pieceBytes });
  packed.on("error", (thrown) => inflate.destroy(thrown)).pipe(inflate);
  let header: Buffer | undefined = Buffer.alloc(0);
  let left = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      if (header === undefined) {
        left -= piece.length;
        yield piece;
        continue;
      }
      header = Buffer.concat([header, piece]);
      const end = header.indexOf(0);
      if (end === -1 && header.length < headerLimit) continue;
      const size = /^blob (\d+)$/.exec(header.toString("latin1", 0, Math.max(end, 0)))?.[1];
      if (size === undefined) throw new Error("its header is none of a file's");
      const first = header.subarray(end + 1);
      header = undefined;
      left = Number(size) - first.length;
      if (first.length > 0) yield first;
    }
    if (header !== undefined || left !== 0) throw new Error("it has not the size that it says");
  } catch (thrown) {
    throw new Failure("GIT_FAILED", `the object ${id} cannot be read from git: ${thrown instanceof Error ? thrown.message : thrown}`, {
      hint: "Look at the repository with git fsck.",
      cause: thrown,
    });
  } finally {
    packed.destroy();
    inflate.destroy();
  }
}
