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
  let reading: Reading | undefined;

  const close = async (): Promise<void> => {
    const open = reading;
    reading = undefined;
    await open?.chunks.return?.();
  };
  return {
    close,
    async *read(start, end) {
      if (reading === undefined || reading.busy || reading.position !== start) {
        await close();
        const chunks = source.open(start, { recycle: true })[Symbol.asyncIterator]();
        reading = { chunks, position: start, rest: undefined, busy: false };
      }
      const mine = reading;
      mine.busy = true;
      while (mine.position < end) {
        const chunk = mine.rest ?? (await next(mine));
        mine.rest = undefined;
        if (chunk === undefined)
          throw mismatch(descriptor, where, `the source ends after ${mine.position} of its ${descriptor.size} bytes`);
        const take = Math.min(chunk.length, end - mine.position);
        if (take < chunk.length) mine.rest = chunk.subarray(take);
        mine.position += take;
        if (mine.position === descriptor.size && (mine.rest ?? (await next(mine))) !== undefined) {
          throw mismatch(descriptor, where, `the source has more than its ${descriptor.size} bytes`);
        }
        if (take > 0) yield take < chunk.length ? chunk.subarray(0, take) : chunk;
      }
      mine.busy = false;
    },
  };
}

/** One opening of the source. */
interface Reading {
  readonly chunks: AsyncIterator<Uint8Array>;
  position: number;
  /** What was read and not handed out. */
  rest: Uint8Array | undefined;
  /** A piece was begun and not read to its end. Whoever left it may still wait for a chunk, and would take it from the next one. */
  busy: boolean;
}

async function next({ chunks }: Reading): Promise<Uint8Array | undefined> {
  try {
    const read = await chunks.next();
    return read.done ? undefined : read.value;
  } catch (thrown) {
    throw ofSource(thrown);
  }
}

/** A failure to read, so made that the one who writes does not take it for one of its own that may pass. */
function ofSource(thrown: unknown): Failure {
  const { code, message, hint, facts, cause } = toFailure(thrown);
  return new Failure(code, message, { hint, facts, cause });
}
