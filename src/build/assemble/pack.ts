import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import { type Deflating, deflated, pieceLimit } from "./deflating.ts";
import { memberHead, memberTail, storedMember, storedSize } from "./member.ts";
import { methodFor } from "./method.ts";

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

const compressed = promisify(zstdCompress);
/** ZSTD_c_compressionLevel (zstd.h). */
const zstdLevel = 100;
/** As many pieces are packed at once as Node has threads for it, if it has one for each core. */
const parallel = Math.max(availableParallelism(), 4);

/** A piece that is packed. */
interface PackedPiece {
  readonly parts: readonly Uint8Array[];
  /** Hears that nobody reads the parts any more. */
  readonly done?: (() => void) | undefined;
}

/** A way to pack a layer: in pieces that each stand for themselves, so that they can be packed side by side. */
interface Packer {
  /** Bytes of each piece: small enough to be packed side by side, large enough to cost little in size. */
  readonly pieceBytes: number;
  pack(piece: Uint8Array): PackedPiece | Promise<PackedPiece>;
}

/** Memory for whole pieces that are stored, to be used again. */
const storing: Buffer[] = [];

const packers: Readonly<Record<Compression, Packer>> = {
  // RFC 1952: "A gzip file consists of a series of members".
  gzip: {
    pieceBytes: pieceLimit,
    pack(piece) {
      const method = methodFor(piece);
      if (method !== "stored") return member(piece, method);
      if (piece.length < pieceLimit) return { parts: [storedMember(piece)] };
      const into = storing.pop() ?? Buffer.allocUnsafeSlow(storedSize(pieceLimit));
      return { parts: [storedMember(piece, into)], done: () => void (storing.length < parallel && storing.push(into)) };
    },
  },
  // RFC 8878, section 3.1: independent frames. Threads of zstd's own would make the bytes depend on their number.
  zstd: {
    pieceBytes: 4 << 20,
    pack: async (piece) => ({ parts: [await compressed(piece, { params: { [zstdLevel]: 3 }, pledgedSrcSize: piece.length })] }),
  },
};

async function member(piece: Uint8Array, how: Deflating): Promise<PackedPiece> {
  const tail = memberTail(piece);
  return { parts: [memberHead, ...(await deflated(piece, how)), tail] };
}

/**
 * Packs bytes as gzip members or zstd frames, several at once. The same bytes give the same file, however they come in pieces and
 * however many are packed at once. The memory of a chunk that it gives may be used again when
 * the next one is asked for.
 */
export async function* packed(chunks: AsyncIterable<Uint8Array>, options: PackOptions = {}): AsyncIterable<Uint8Array> {
  const { compression = "gzip", width = parallel, plain } = options;
  const { pieceBytes, pack } = packers[compression];
  const free: Buffer[] = [];
  const running: Promise<PackedPiece>[] = [];
  let none = true;
  const oldest = async function* (): AsyncIterable<Uint8Array> {
    const first = await running.shift();
    if (first === undefined) return;
    yield* first.parts;
    first.done?.();
  };
  try {
    for await (const piece of pieces(chunks, pieceBytes, () => free.pop() ?? Buffer.allocUnsafeSlow(pieceBytes))) {
      none = false;
      plain?.(piece);
      const packing = Promise.resolve(pack(piece));
      // The piece itself is done with as soon as it is packed: what was packed lies elsewhere.
      packing.then(
        () => void free.push(Buffer.from(piece.buffer)),
        () => {},
      );
      running.push(packing);
      if (running.length >= width) yield* oldest();
    }
    if (none) running.push(Promise.resolve(pack(new Uint8Array(0))));
    while (running.length > 0) yield* oldest();
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
