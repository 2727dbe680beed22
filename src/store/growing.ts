import { type FileHandle, open } from "node:fs/promises";
import { Failure } from "../failure/index.ts";

const chunkBytes = 1 << 19;

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
   * Reads from the start, waiting for what is not there yet; any number of times, also after the file has got another name. All chunks but
   * the last are of 512 KiB: a connection keeps a small one, and asks for the next. Their memory is used again when the second one after is asked for.
   * @throws Failure STORE_FAILED where the file cannot be read; the reason that it is broken for
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
  const read = async (buffer: Buffer, filled: number, position: number): Promise<number> => {
    try {
      return (await (await file).read(buffer, filled, Math.min(chunkBytes - filled, size - position), position)).bytesRead;
    } catch (thrown) {
      throw failed("cannot be read", thrown);
    }
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
      let [buffer, other] = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)];
      let filled = 0;
      for (let position = 0; position < size; ) {
        const growth = more.promise;
        if (failure !== undefined) throw failure.why;
        const ended = size !== Number.POSITIVE_INFINITY;
        const bytesRead = await read(buffer, filled, position);
        filled += bytesRead;
        position += bytesRead;
        if (filled === chunkBytes || position === size) {
          yield buffer.subarray(0, filled);
          [buffer, other, filled] = [other, buffer, 0];
        } else if (bytesRead > 0) continue;
        else if (ended) throw failed(`ends after ${position} of its ${size} bytes`);
        else await growth;
      }
    },
    async [Symbol.asyncDispose]() {
      await (await file.catch(() => undefined))?.close();
    },
  };
}

function failed(why: string, cause?: unknown): Failure {
  return new Failure("STORE_FAILED", `the file that a layer is put together in ${why}`, { cause });
}
