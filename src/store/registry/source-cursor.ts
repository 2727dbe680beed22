import { Failure, toFailure } from "../../failure/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import type { Source } from "../store.ts";
import { mismatch } from "../verify.ts";

/** Reads a source piece by piece. */
export interface Cursor {
  /** Exactly the bytes from `start` to before `end`; goes on where the last piece ended, and opens the source again otherwise. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * A cursor over the source of some content. Not each source is cheap to open in its middle, so it is kept open between pieces.
 * @param where how messages call the place that is written to
 * @throws Failure CONTENT_MISMATCH where the source has more or fewer bytes than the descriptor says
 */
export function sourceCursor(source: Source, descriptor: Descriptor, where: string): Cursor {
  let chunks: AsyncIterator<Uint8Array> | undefined;
  let position = 0;
  /** What was read and not handed out. */
  let rest: Uint8Array | undefined;

  const close = async (): Promise<void> => {
    const open = chunks;
    chunks = undefined;
    rest = undefined;
    await open?.return?.();
  };
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      const read = await chunks?.next();
      return read === undefined || read.done ? undefined : read.value;
    } catch (thrown) {
      throw ofSource(thrown);
    }
  };
  return {
    close,
    async *read(start, end) {
      if (chunks === undefined || position !== start) {
        await close();
        chunks = source.open(start, { recycle: true })[Symbol.asyncIterator]();
        position = start;
      }
      while (position < end) {
        const chunk = rest ?? (await next());
        rest = undefined;
        if (chunk === undefined) throw mismatch(descriptor, where, `the source ends after ${position} of its ${descriptor.size} bytes`);
        const take = Math.min(chunk.length, end - position);
        if (take < chunk.length) rest = chunk.subarray(take);
        position += take;
        if (position === descriptor.size && (rest ?? (await next())) !== undefined) {
          throw mismatch(descriptor, where, `the source has more than its ${descriptor.size} bytes`);
        }
        if (take > 0) yield take < chunk.length ? chunk.subarray(0, take) : chunk;
      }
    },
  };
}

/** A failure to read, so made that the one who writes does not take it for one of its own that may pass. */
function ofSource(thrown: unknown): Failure {
  const { code, message, hint, facts, cause } = toFailure(thrown);
  return new Failure(code, message, { hint, facts, cause });
}
