import { type FileHandle, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { inflated, ofSize, type Recycling } from "./inflated.ts";

/** The start of an index of version 2 (gitformat-pack(5), "Version 2 pack-*.idx files"). */
const magic = Buffer.from("ff744f6300000002", "hex");
const fanoutBytes = 256 * 4;
/** The most bytes of names that are read to find one: those that begin with the same byte, of some thirteen million objects. */
const namesLimit = 1 << 20;
/** Set where an offset has a place in the table of long ones. */
const longOffset = 0x80000000;
/** A file's content as it is, and no difference to another one (gitformat-pack(5), "pack-*.pack files have the following format"). */
const blobType = 3;
/** The most bytes of an entry's type and size. */
const entryHeaderLimit = 16;

/**
 * Streams a file of a commit out of a pack that has it as a whole. git would do so through a socket, whose few bytes of room make it and
 * whoever reads wait for each other.
 * @param folders of objects, in the order in which they are looked in
 * @returns undefined where no pack there has it, or as a difference to another object only, or one cannot be read: git will say why
 * @throws Failure GIT_FAILED while it is read, where it is damaged
 */
export async function packedBlob(
  id: string,
  folders: readonly string[],
  reading?: Recycling,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const name = Buffer.from(id, "hex");
  for (const folder of folders) {
    const packs = join(folder, "pack");
    for (const file of await readdir(packs).catch(() => [])) {
      if (!file.endsWith(".idx")) continue;
      const offset = await opened(join(packs, file), async (index) => await offsetIn(index, name)).catch(() => undefined);
      const pack = offset === undefined ? undefined : await open(join(packs, file.replace(/idx$/, "pack"))).catch(() => undefined);
      if (offset === undefined || pack === undefined) continue;
      const blob = await entryAt(pack, offset).catch(() => undefined);
      if (blob !== undefined) return ofSize(id, blob.size, inflated(pack, blob.start, reading));
      await pack.close();
    }
  }
  return undefined;
}

/** Reads of a file that is closed then; undefined where there is none. */
async function opened<T>(path: string, read: (file: FileHandle) => Promise<T | undefined>): Promise<T | undefined> {
  const file = await open(path).catch(() => undefined);
  try {
    return file && (await read(file));
  } finally {
    await file?.close();
  }
}

/** Where an object begins in the pack that an index is of; undefined where it is not there, or the index is none that is known here. */
async function offsetIn(index: FileHandle, name: Buffer): Promise<number | undefined> {
  const head = await bytesAt(index, 0, magic.length + fanoutBytes);
  if (head.length < magic.length + fanoutBytes || !head.subarray(0, magic.length).equals(magic)) return undefined;
  const upTo = (byte: number): number => (byte < 0 ? 0 : head.readUInt32BE(magic.length + byte * 4));
  const [first, next, all] = [upTo((name[0] ?? 0) - 1), upTo(name[0] ?? 0), upTo(255)];
  const bytes = (next - first) * name.length;
  if (bytes <= 0 || bytes > namesLimit) return undefined;
  const at = placeOf(name, await bytesAt(index, head.length + first * name.length, bytes));
  if (at === undefined) return undefined;
  const offsets = head.length + all * (name.length + 4);
  const short = await numberAt(index, offsets + (first + at) * 4, 4);
  if (short === undefined || short < longOffset) return short;
  return await numberAt(index, offsets + all * 4 + (short - longOffset) * 8, 8);
}

/** Which of some names, one after the other, is the one. */
function placeOf(name: Buffer, names: Buffer): number | undefined {
  for (let at = names.indexOf(name); at !== -1; at = names.indexOf(name, at + 1)) if (at % name.length === 0) return at / name.length;
  return undefined;
}

/** A blob's size, and where what zlib packed begins; undefined where something else is there. */
async function entryAt(pack: FileHandle, offset: number): Promise<{ readonly size: number; readonly start: number } | undefined> {
  const header = await bytesAt(pack, offset, entryHeaderLimit);
  const first = header[0] ?? 0;
  if (((first >> 4) & 7) !== blobType) return undefined;
  let size = first & 0x0f;
  let at = 0;
  for (let [byte, unit] = [first, 16]; byte >= 0x80; unit *= 128) {
    at++;
    byte = header[at] ?? 0;
    size += (byte & 0x7f) * unit;
  }
  return Number.isSafeInteger(size) ? { size, start: offset + at + 1 } : undefined;
}

/** A number of so many bytes, the highest first; undefined where the file ends before, or it is larger than any offset. */
async function numberAt(file: FileHandle, position: number, length: number): Promise<number | undefined> {
  const bytes = await bytesAt(file, position, length);
  const number = bytes.reduce((before, byte) => before * 256 + byte, 0);
  return bytes.length === length && Number.isSafeInteger(number) ? number : undefined;
}

async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
