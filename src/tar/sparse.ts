import type { ByteReader } from "./bytes.ts";
import { TarError } from "./error.ts";
import { blockBytes, type HeaderBlock } from "./header.ts";
import { decimal, numberIn } from "./number.ts";
import { numberOf, type PaxRecords, textOf } from "./pax.ts";

/** A piece of a sparse file that is data; what lies between pieces is zeros. */
export interface Piece {
  readonly offset: number;
  readonly length: number;
}

/** A sparse file: how long it is, where its data lies, and how many bytes of the entry its map took. */
export interface Sparse {
  readonly size: number;
  readonly pieces: readonly Piece[];
  readonly mapBytes: number;
}

/** The most bytes that a map may take. */
const mapLimit = 1 << 20;

/**
 * The map of GNU's old sparse format: four pieces in the header, and more in blocks behind it that its size does not count (GNU tar
 * manual, "Storing Sparse Files").
 * @throws TarError
 */
export async function oldMap(header: Buffer, { format }: HeaderBlock, bytes: ByteReader): Promise<Sparse> {
  if (format !== "gnu") throw new TarError("a sparse file stands in an archive that is not GNU tar's");
  const size = numberIn(header, 483, 12);
  const pieces: Piece[] = [];
  let [block, from, count, more] = [header, 386, 4, 482];
  for (let read = 0; ; read += blockBytes) {
    if (read > mapLimit) throw new TarError("the map of a sparse file is too long");
    for (let at = from; at < from + count * 24 && block[at] !== 0; at += 24)
      pieces.push({ offset: numberIn(block, at, 12), length: numberIn(block, at + 12, 12) });
    if (block[more] === 0) return { size, pieces, mapBytes: 0 };
    [block, from, count, more] = [Buffer.from(await bytes.exactly(blockBytes)), 0, 21, 504];
  }
}

/**
 * The map of a sparse file in pax formats 0.0, 0.1 and 1.0; undefined where a header tells of none.
 * @throws TarError
 */
export async function paxMap(records: PaxRecords, stored: number, bytes: ByteReader): Promise<Sparse | undefined> {
  const version = `${textOf(records, "GNU.sparse.major") ?? ""}.${textOf(records, "GNU.sparse.minor") ?? ""}`;
  const map = textOf(records, "GNU.sparse.map");
  if (version !== "1.0" && version !== "0.0" && version !== "0.1" && !(version === "." && map !== undefined)) return undefined;
  const size = numberOf(records, "GNU.sparse.size") ?? numberOf(records, "GNU.sparse.realsize") ?? stored;
  if (version === "1.0") return { size, ...(await mapBeforeData(bytes, stored)) };
  const numbers = map === undefined ? [] : map.split(",").map(decimal);
  if (numbers.length !== 2 * (numberOf(records, "GNU.sparse.numblocks") ?? -1))
    throw new TarError("the map of a sparse file is not as long as it says");
  return { size, pieces: piecesOf(numbers), mapBytes: 0 };
}

/** Format 1.0: decimal numbers on lines of their own at the beginning of the data, padded to a block. */
async function mapBeforeData(bytes: ByteReader, stored: number): Promise<Omit<Sparse, "size">> {
  let mapBytes = 0;
  let text = "";
  const numbers: number[] = [];
  for (let wanted = 1; numbers.length < wanted; ) {
    const end = text.indexOf("\n");
    if (end === -1) {
      if (mapBytes + blockBytes > Math.min(stored, mapLimit) || text.length > 30)
        throw new TarError("the map of a sparse file is broken or too long");
      text += Buffer.from(await bytes.exactly(blockBytes)).toString("latin1");
      mapBytes += blockBytes;
      continue;
    }
    numbers.push(decimal(text.slice(0, end)));
    text = text.slice(end + 1);
    const [count = 0] = numbers;
    if (count < 0 || count > mapLimit) throw new TarError("the map of a sparse file is too long");
    wanted = 1 + 2 * count;
  }
  return { pieces: piecesOf(numbers.slice(1)), mapBytes };
}

function piecesOf(numbers: readonly number[]): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) pieces.push({ offset: numbers[at] ?? 0, length: numbers[at + 1] ?? 0 });
  return pieces;
}

/**
 * Checks that pieces lie in order within their file, and are as many bytes as the archive holds of it.
 * @param stored bytes that the archive holds
 * @throws TarError
 */
export function checkSparse({ size, pieces }: Sparse, stored: number): void {
  let [end, held] = [0, 0];
  for (const { offset, length } of pieces) {
    if (offset < end || length < 0 || offset + length > size) throw new TarError("the map of a sparse file leads out of the file, or back");
    end = offset + length;
    held += length;
  }
  if (size < 0 || held !== stored) throw new TarError("the map of a sparse file does not agree with the bytes that are there");
}

const zeros = new Uint8Array(1 << 18);

/** A sparse file's bytes, holes filled with zeros: chunks of zeros are the same memory again and again. */
export async function* filled({ size, pieces }: Sparse, take: (length: number) => AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let at = 0;
  for (const { offset, length } of [...pieces, { offset: size, length: 0 }]) {
    for (; at < offset; at += Math.min(zeros.length, offset - at)) yield zeros.subarray(0, offset - at);
    yield* take(length);
    at = offset + length;
  }
}
