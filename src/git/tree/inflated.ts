import type { FileHandle } from "node:fs/promises";
import { createInflate, type Inflate, type ZlibOptions } from "node:zlib";
import { Failure } from "../../failure/index.ts";

/** Bytes that are read and unpacked at once. */
const pieceBytes = 256 * 1024;
/** Pieces that are unpacked ahead of who reads, so that neither waits for the other. */
const piecesAhead = 4;

/** How content is read. */
export interface Recycling {
  /** Whoever reads is done with a chunk before the second one after it is asked for, so that its memory may be used again. */
  readonly recycle?: boolean | undefined;
}

/**
 * Unpacks what zlib packed (RFC 1950), from some place in a file to the stream's end. Closes the file when that is read, or left.
 * @throws Error where it is damaged
 */
export async function* inflated(file: FileHandle, start: number, reading?: Recycling): AsyncIterable<Uint8Array> {
  // Pieces as they are: read as bytes, those that wait would be copied into one.
  const options: ZlibOptions & { readonly readableObjectMode: true; readonly readableHighWaterMark: number } = {
    chunkSize: pieceBytes,
    readableObjectMode: true,
    readableHighWaterMark: piecesAhead,
  };
  const inflate = createInflate(options);
  // What it fails with is what whoever reads hears; after the stream's end the rest of the file is of no interest.
  const feeding = feed(inflate, file, start).catch((thrown) => void inflate.destroy(thrown));
  try {
    const pieces = inflate as AsyncIterable<Buffer<ArrayBuffer>>;
    yield* reading?.recycle ? letGo(pieces) : pieces;
  } finally {
    inflate.destroy();
    await feeding;
    await file.close();
  }
}

/** Writes what is in a file to a stream, with memory for two pieces. */
async function feed(inflate: Inflate, file: FileHandle, start: number): Promise<void> {
  const buffers = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)] as const;
  let position = start;
  const read = async (buffer: Buffer): Promise<Buffer> => {
    const { bytesRead } = await file.read(buffer, 0, pieceBytes, position);
    position += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  // Of what comes behind the stream's end zlib never says that it was taken.
  const closed = new Promise<void>((resolve) => void inflate.once("close", resolve));
  let next = read(buffers[0]);
  try {
    for (let turn = 1; ; turn = 1 - turn) {
      const piece = await next;
      if (piece.length === 0) return void inflate.end();
      next = read(buffers[turn as 0 | 1]);
      const taken = new Promise<void>((resolve, reject) => inflate.write(piece, (error) => (error ? reject(error) : resolve())));
      await Promise.race([taken, closed]);
      if (inflate.destroyed) return;
    }
  } finally {
    await next.catch(() => {});
  }
}

/**
 * Gives the memory of pieces back as soon as they are done with: to wait for the garbage collector has it run all the time, over a heap
 * in which there is nothing for it.
 */
async function* letGo(pieces: AsyncIterable<Buffer<ArrayBuffer>>): AsyncIterable<Uint8Array> {
  let last: ArrayBuffer | undefined;
  for await (const { buffer, byteOffset, length } of pieces) {
    yield new Uint8Array(buffer, byteOffset, length);
    last?.transfer(0);
    // Into memory that is not full yet zlib goes on to write.
    last = byteOffset + length === buffer.byteLength ? buffer : undefined;
  }
}

/**
 * An object's content, held against the size that it says it has.
 * @throws Failure GIT_FAILED
 */
export async function* ofSize(id: string, size: number, content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let left = size;
  try {
    for await (const piece of content) {
      left -= piece.length;
      if (left < 0) break;
      yield piece;
    }
  } catch (thrown) {
    throw damaged(id, thrown);
  }
  if (left !== 0) throw damaged(id, new Error("it has not the size that it says"));
}

/** An object that is in git, and is not as git writes it. */
export function damaged(id: string, thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  return new Failure("GIT_FAILED", `the object ${id} cannot be read from git: ${thrown instanceof Error ? thrown.message : thrown}`, {
    hint: "Look at the repository with git fsck.",
    cause: thrown,
  });
}
