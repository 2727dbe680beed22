import type { FileHandle } from "node:fs/promises";
import { bufferBytes, giveBuffer, takeBuffer } from "../buffers.ts";
import { writeAll } from "./files.ts";

/** Full buffers of one file, the one that is written among them. */
const buffersLimit = 2;

/** Writes chunks of any size in few calls, while the next ones are received and hashed. */
export interface Gatherer {
  /** Takes a copy of a chunk; waits only where the disk is slower than what comes. */
  add(chunk: Uint8Array): Promise<void>;
  /** Waits until all is written. Nothing may be added afterwards. */
  flush(): Promise<void>;
  /** Size of the file with all that was taken. */
  size(): number;
}

/** @param start where in the file the first byte goes */
export function gatherer(handle: FileHandle, start: number): Gatherer {
  let end = start;
  let filling: Buffer | undefined;
  let filled = 0;
  const full: { readonly buffer: Buffer; readonly bytes: number; readonly position: number }[] = [];
  /** The writes, one after another; it stays rejected, so that nothing is written after a gap. */
  let writing: Promise<void> | undefined;
  /** The one write that runs. */
  let current: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    for (let next = full[0]; next !== undefined; next = full[0]) {
      current = writeAll(handle, next.buffer.subarray(0, next.bytes), next.position);
      await current;
      full.shift();
      giveBuffer(next.buffer);
    }
    writing = undefined;
  };

  /** Hands what is filled to the disk. */
  const pass = (): void => {
    if (filling === undefined) return;
    full.push({ buffer: filling, bytes: filled, position: end - filled });
    filling = undefined;
    filled = 0;
    writing ??= write();
    // Heard by whoever waits for it.
    writing.catch(() => {});
  };

  return {
    size: () => end,
    async add(chunk) {
      for (let taken = 0; taken < chunk.length; ) {
        filling ??= takeBuffer();
        const part = chunk.subarray(taken, taken + bufferBytes - filled);
        filling.set(part, filled);
        taken += part.length;
        filled += part.length;
        end += part.length;
        if (filled === bufferBytes) pass();
        while (full.length >= buffersLimit) await current;
      }
      // What came is on disk soon, also where no more comes: an upload goes on from there.
      if (writing === undefined) pass();
    },
    async flush() {
      pass();
      await writing;
    },
  };
}
