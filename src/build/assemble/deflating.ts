import { createDeflateRaw, type DeflateRaw, type ZlibOptions } from "node:zlib";

/** The most bytes that are compressed at once. */
export const pieceLimit: number = 1 << 20;

/** Z_FULL_FLUSH and Z_HUFFMAN_ONLY (zlib.h). As numbers, because asking Node for them loads its zlib, also where nothing is packed. */
const [fullFlush, huffmanOnly] = [3, 2];
/** Ends what a full flush left open: an empty last block of fixed codes (RFC 1951, section 3.2.6). */
const lastBlock: Uint8Array = Uint8Array.of(0x03, 0x00);
/** More than any piece can take, its flush's mark among it: zlib stores what it cannot make smaller (deflateBound). */
const mostOutput = pieceLimit + (pieceLimit >> 6);
/** Memory of one compressor for what it gives: it is used from its start to its end, and then left. */
const outputBytes = 4 << 20;
/** Compressors of one kind that wait to be used again. */
const keptLimit = 4;

/** Level 5 takes three quarters of level 6's time and gives a hundredth more (docs/decisions/0002-packing.md). */
const settings = { repeats: { level: 5 }, huffman: { strategy: huffmanOnly } };

/** How bytes are compressed. */
export type Deflating = keyof typeof settings;

/** A compressor, and how much of its memory is left. */
interface Compressor {
  readonly stream: DeflateRaw;
  left: number;
}

const kept: Record<Deflating, Compressor[]> = { repeats: [], huffman: [] };

/**
 * Compresses a piece by itself (RFC 1951). zlib's memory is used again: taking it anew for each piece had the garbage collector run for a
 * fifth of the time. The same piece gives the same bytes, whatever was compressed before it.
 * @param piece of at most {@link pieceLimit} bytes
 */
export async function deflated(piece: Uint8Array, how: Deflating): Promise<readonly Uint8Array[]> {
  const compressor = kept[how].pop() ?? begin(how);
  const { stream } = compressor;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stream.once("error", reject);
  stream.write(piece, (error) => (error ? reject(error) : resolve()));
  try {
    await promise;
  } catch (thrown) {
    stream.destroy();
    throw thrown;
  }
  stream.off("error", reject);
  const bytes: Uint8Array = stream.read();
  compressor.left -= bytes.length;
  // A flush that meets the memory's end marks itself twice (zlib.h), so that the bytes would depend on what was before.
  if (compressor.left < mostOutput || kept[how].length >= keptLimit) stream.destroy();
  else {
    stream.reset();
    kept[how].push(compressor);
  }
  return [bytes, lastBlock];
}

function begin(how: Deflating): Compressor {
  const options: ZlibOptions & { readonly readableHighWaterMark: number } = {
    ...settings[how],
    memLevel: 9,
    // With each write: it ends at a whole byte, and what was before is forgotten.
    flush: fullFlush,
    chunkSize: outputBytes,
    // All of a piece waits here until it is read.
    readableHighWaterMark: outputBytes,
  };
  return { stream: createDeflateRaw(options), left: outputBytes };
}
