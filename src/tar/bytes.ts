import { TarError } from "./error.ts";

/** Reads bytes that come in chunks of any size, so many at a time as are wanted. */
export interface ByteReader {
  /** The next bytes, fewer only at the end. They are good until the next ones are asked for. */
  upTo(length: number): Promise<Buffer>;
  /** The next bytes. @throws TarError where there are fewer */
  exactly(length: number): Promise<Buffer>;
  /** Bytes as they come, of which there must be so many. @throws TarError where there are fewer */
  stream(length: number): AsyncIterable<Buffer>;
  /** Reads whatever is left. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

const cutShort = (): TarError => new TarError("it ends early");

/** A reader of chunks; each is done with before the second one after it is asked for. */
export function byteReader(chunks: AsyncIterable<Uint8Array>): ByteReader {
  const source = chunks[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);
  let ended = false;
  const more = async (): Promise<Buffer | undefined> => {
    while (!ended) {
      const { value, done } = await source.next();
      ended = done === true;
      if (value !== undefined && !ended && value.length > 0) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    return undefined;
  };
  const take = (length: number): Buffer => {
    const taken = held.subarray(0, length);
    held = held.subarray(length);
    return taken;
  };
  const reader: ByteReader = {
    async upTo(length) {
      if (held.length >= length) return take(length);
      const parts: Buffer[] = [];
      // What is kept while more is read is copied: its memory may be used again.
      for (let left = length; ; ) {
        const part = take(left);
        if (part.length > 0) parts.push(Buffer.from(part));
        left -= part.length;
        const next = left === 0 ? undefined : await more();
        if (next === undefined) return Buffer.concat(parts);
        held = next;
      }
    },
    async exactly(length) {
      const found = await reader.upTo(length);
      if (found.length < length) throw cutShort();
      return found;
    },
    async *stream(length) {
      for (let left = length; left > 0; ) {
        if (held.length === 0) {
          const next = await more();
          if (next === undefined) throw cutShort();
          held = next;
        }
        const part = take(left);
        left -= part.length;
        yield part;
      }
    },
    async drain() {
      held = Buffer.alloc(0);
      while ((await more()) !== undefined);
    },
    async close() {
      ended = true;
      await source.return?.();
    },
  };
  return reader;
}
