import { promisify } from "node:util";
import { deflateRaw } from "node:zlib";

/**
 * What DEFLATE can do for a piece: nothing, so that it is stored; give frequent bytes short codes; or find what repeats as well
 * (RFC 1951, section 3.2).
 */
export type Method = "stored" | "huffman" | "repeats";

const raw = promisify(deflateRaw);
/** Z_HUFFMAN_ONLY (zlib.h). As a number, because asking Node for it loads its zlib, also where nothing is packed. */
export const huffmanOnly = 2;
/** Bytes of each sample: three fill little more than the window in which repetitions are found (RFC 1951, section 2: 32 KiB). */
const sampleBytes = 24 << 10;
/** Shorter pieces are not worth a trial. */
const trialBytes = 1024;

/**
 * How a piece is to be compressed, by a trial on samples of its beginning, middle and end. What cannot be made smaller is stored, which
 * costs no time; where looking for repetitions gains less than a fiftieth, it is left out, which takes a third of the time. The trial is
 * in whole numbers and the same everywhere where zlib's own output is.
 */
export async function methodFor(piece: Uint8Array): Promise<Method> {
  if (piece.length < trialBytes) return "repeats";
  const sample = samplesOf(piece);
  const [coded, matched] = await Promise.all([
    raw(sample, { strategy: huffmanOnly, memLevel: 9, chunkSize: 1 << 17 }),
    raw(sample, { level: 1, memLevel: 9, chunkSize: 1 << 17 }),
  ]);
  const smaller = Math.min(coded.length, matched.length);
  // A thirtieth saved is the least that pays for the time of who packs and of all who unpack.
  if (smaller * 30 > sample.length * 29) return "stored";
  return coded.length * 50 <= matched.length * 51 ? "huffman" : "repeats";
}

function samplesOf(piece: Uint8Array): Uint8Array {
  if (piece.length <= 3 * sampleBytes) return piece;
  const samples = new Uint8Array(3 * sampleBytes);
  for (let sample = 0; sample < 3; sample++) {
    const start = Math.floor(((piece.length - sampleBytes) * sample) / 2);
    samples.set(piece.subarray(start, start + sampleBytes), sample * sampleBytes);
  }
  return samples;
}
