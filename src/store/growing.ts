import { type FileHandle, open } from "node:fs/promises";

const chunkBytes = 1 << 19;
/** Whoever reads is done with a chunk before the second one after it is asked for. */
const ring = 3;

/** A file that is still being written to, for who reads along. */
export interface Growing extends AsyncDisposable {
  /** Hears that there may be more in the file. */
  grew(): void;
  /** Hears that all is there: so many bytes. */
  whole(size: number): void;
  /** Hears that no more will come; whoever reads fails with the reason. */
  broken(why: unknown): void;
  /** Whether no more will come, and what came is not all. */
  isBroken(): boolean;
  /**
   * Reads from the start, waiting for what is not there yet; any number of times, also after the file has got another name. A chunk's memory
   * is used again when the second one after it is asked for.
   */
  open(): AsyncIterable<Uint8Array>;
}

/** Follows a file as it grows. To be disposed of when all who read have ended. */
export function growingFile(path: string): Growing {
  const file: Promise<FileHandle> = open(path);
  // Heard by whoever reads.
  file.catch(() => {});
  let size = Number.POSITIVE_INFINITY;
  let failure: { readonly why: unknown } | undefined;
  let more = Promise.withResolvers<void>();
  const wake = (): void => {
    more.resolve();
    more = Promise.withResolvers();
  };
  return {
    grew: wake,
    whole(all) {
      size = all;
      wake();
    },
    broken(why) {
      failure = { why };
      wake();
    },
    isBroken: () => failure !== undefined,
    async *open() {
      const handle = await file;
      const buffers = Array.from({ length: ring }, () => Buffer.allocUnsafeSlow(chunkBytes));
      for (let [position, count] = [0, 0]; position < size; ) {
        const growth = more.promise;
        if (failure !== undefined) throw failure.why;
        const ended = size !== Number.POSITIVE_INFINITY;
        const buffer = buffers[count % ring] as Buffer;
        const { bytesRead } = await handle.read(buffer, 0, Math.min(chunkBytes, size - position), position);
        if (bytesRead > 0) {
          position += bytesRead;
          count++;
          yield buffer.subarray(0, bytesRead);
        } else if (ended) throw new Error(`the file ends after ${position} of its ${size} bytes`);
        else await growth;
      }
    },
    async [Symbol.asyncDispose]() {
      await (await file.catch(() => undefined))?.close();
    },
  };
}
