import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { gzip, constants as zlib, zstdCompress } from "node:zlib";
import { worthPacking } from "./worth.ts";

/** How layers are packed. */
export type Compression = "gzip" | "zstd";

const deflated = promisify(gzip);
const compressed = promisify(zstdCompress);
/** How many pieces are packed at once; as many as Node has threads for it, if it has one for each core. */
const parallel = Math.max(availableParallelism(), 4);

/** A way to pack a layer: in pieces that each stand for themselves, so that they can be packed side by side. */
interface Packer {
  /** Bytes of each piece: small enough to be packed side by side, large enough to cost little in size. */
  readonly pieceBytes: number;
  pack(piece: Uint8Array): Promise<Uint8Array>;
}

const packers: Readonly<Record<Compression, Packer>> = {
  // RFC 1952: "A gzip file consists of a series of members".
  gzip: {
    pieceBytes: 1 << 20,
    async pack(piece) {
      const member = await deflated(piece, { level: worthPacking(piece) ? 6 : 0, memLevel: 9 });
      // The byte that names the operating system would differ from machine to machine: 255 is "unknown".
      member[9] = 255;
      return member;
    },
  },
  // RFC 8878, section 3.1: independent frames. Threads of zstd's own would make the bytes depend on their number.
  zstd: {
    pieceBytes: 4 << 20,
    pack: (piece) => compressed(piece, { params: { [zlib.ZSTD_c_compressionLevel]: 3 }, pledgedSrcSize: piece.length }),
  },
};

/**
 * Packs bytes as gzip members or zstd frames, several at once. The same bytes give the same file, however they come in pieces and
 * however many are packed at once.
 * @param width how many pieces are packed at once
 */
export async function* packed(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression = "gzip",
  width: number = parallel,
): AsyncIterable<Uint8Array> {
  const { pieceBytes, pack } = packers[compression];
  const running: Promise<Uint8Array>[] = [];
  let none = true;
  try {
    for await (const piece of pieces(chunks, pieceBytes)) {
      none = false;
      const packing = pack(piece);
      packing.catch(() => {});
      running.push(packing);
      if (running.length < width) continue;
      const first = await running.shift();
      if (first !== undefined) yield first;
    }
    if (none) running.push(pack(new Uint8Array(0)));
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next;
  } finally {
    await Promise.allSettled(running);
  }
}

async function* pieces(chunks: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Uint8Array> {
  let piece = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const length = Math.min(chunk.length - at, size - filled);
      piece.set(chunk.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled < size) continue;
      yield piece;
      piece = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
