import type { FileHandle } from "node:fs/promises";
import { writeAll } from "./files.ts";

/** Bytes that wait for the disk before their source does. */
const waitingLimit = 2 << 20;

/** Writes chunks of any size in few calls, without copying them, while the next ones are received and hashed. */
export interface Gatherer {
  /** Takes a chunk; waits only where the disk is slower than what comes. */
  add(chunk: Uint8Array): Promise<void>;
  /** Waits until all is written. */
  flush(): Promise<void>;
  /** Size of the file with all that was taken. */
  size(): number;
}

/** @param start where in the file the first byte goes */
export function gatherer(handle: FileHandle, start: number): Gatherer {
  let batch: Uint8Array[] = [];
  let gathered = 0;
  let end = start;
  let writing: Promise<void> | undefined;
  /** The one write that runs; what was gathered meanwhile goes next. */
  let current: Promise<void> | undefined;

  // One write at a time, with all that came during the one before.
  const write = async (): Promise<void> => {
    while (batch.length > 0) {
      const [chunks, position] = [batch, end - gathered];
      batch = [];
      gathered = 0;
      current = writeBatch(handle, chunks, position);
      await current;
    }
    writing = undefined;
  };

  const begin = (): Promise<void> => {
    const begun = write();
    // Heard by whoever waits for it; a write that failed stays, so that nothing is written after a gap.
    begun.catch(() => {});
    return begun;
  };

  return {
    size: () => end,
    async add(chunk) {
      batch.push(chunk);
      gathered += chunk.length;
      end += chunk.length;
      writing ??= begin();
      if (gathered >= waitingLimit) await current;
    },
    async flush() {
      await writing;
    },
  };
}

async function writeBatch(handle: FileHandle, chunks: readonly Uint8Array[], position: number): Promise<void> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(chunks, position);
  if (bytesWritten === total) return;
  // A short write; rare, so the rest is worth a copy.
  await writeAll(handle, Buffer.concat(chunks).subarray(bytesWritten), position + bytesWritten);
}
