import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import { huffmanOnly, type Method, methodFor } from "./method.ts";
import { storedMember } from "./stored.ts";

/** How layers are packed. */
export type Compression = "gzip" | "zstd";

/** How bytes are packed, and what may be done meanwhile. */
export interface PackOptions {
  /** gzip unless given. */
  readonly compression?: Compression | undefined;
  /** How many pieces are packed at once; the result does not depend on it. */
  readonly width?: number | undefined;
  /** Hears of the bytes that come, in larger pieces than they come in. */
  readonly plain?: ((piece: Uint8Array) => void) | undefined;
}

const deflated = promisify(gzip);
const compressed = promisify(zstdCompress);
/** ZSTD_c_compressionLevel (zstd.h). */
const zstdLevel = 100;
/** As many pieces are packed at once as Node has threads for it, if it has one for each core. */
const parallel = Math.max(availableParallelism(), 4);

/** A way to pack a layer: in pieces that each stand for themselves, so that they can be packed side by side. */
interface Packer {
  /** Bytes of each piece: small enough to be packed side by side, large enough to cost little in size. */
  readonly pieceBytes: number;
  pack(piece: Uint8Array): Promise<Uint8Array>;
}

/** Level 5 takes three quarters of level 6's time and gives a hundredth more (docs/decisions/0002-packing.md). */
const gzipSettings: Readonly<Record<Exclude<Method, "stored">, { readonly level?: number; readonly strategy?: number }>> = {
  repeats: { level: 5 },
  huffman: { strategy: huffmanOnly },
};

const packers: Readonly<Record<Compression, Packer>> = {
  // RFC 1952: "A gzip file consists of a series of members".
  gzip: {
    pieceBytes: 1 << 20,
    async pack(piece) {
      const method = await methodFor(piece);
      if (method === "stored") return storedMember(piece);
      // Memory for all of the output at once: what zlib gives in small chunks has to be put together again.
      const member = await deflated(piece, { ...gzipSettings[method], memLevel: 9, chunkSize: Math.max(piece.length, 1 << 10) });
      // The byte that names the operating system would differ from machine to machine: 255 is "unknown".
      member[9] = 255;
      return member;
    },
  },
  // RFC 8878, section 3.1: independent frames. Threads of zstd's own would make the bytes depend on their number.
  zstd: {
    pieceBytes: 4 << 20,
    pack: (piece) => compressed(piece, { params: { [zstdLevel]: 3 }, pledgedSrcSize: piece.length }),
  },
};

/**
 * Packs bytes as gzip members or zstd frames, several at once. The same bytes give the same file, however they come in pieces and
 * however many are packed at once.
 */
export async function* packed(chunks: AsyncIterable<Uint8Array>, options: PackOptions = {}): AsyncIterable<Uint8Array> {
  const { compression = "gzip", width = parallel, plain } = options;
  const { pieceBytes, pack } = packers[compression];
  const free: Buffer[] = [];
  const running: Promise<Uint8Array>[] = [];
  let none = true;
  try {
    for await (const piece of pieces(chunks, pieceBytes, () => free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes))) {
      none = false;
      plain?.(piece);
      const packing = pack(piece);
      // The piece itself is done with as soon as it is packed: what was packed lies elsewhere.
      packing.then(
        () => void free.push(Buffer.from(piece.buffer)),
        () => {},
      );
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

/** Bytes in pieces of one size, the last one of what is left. */
async function* pieces(chunks: AsyncIterable<Uint8Array>, size: number, room: () => Buffer): AsyncIterable<Uint8Array> {
  let piece = room();
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const length = Math.min(chunk.length - at, size - filled);
      piece.set(chunk.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled < size) continue;
      yield piece;
      piece = room();
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
