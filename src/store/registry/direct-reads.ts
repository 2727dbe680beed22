import type { IncomingMessage } from "node:http";
import type { OnReadOpts, Socket } from "node:net";
import { bufferBytes, giveBuffer, takeBuffer } from "../buffers.ts";

/** Bytes that a connection reads at most at once. */
const readBytes = 256 * 1024;
/** Bodies from this size on are worth a connection of their own. */
const directFrom = 4 << 20;
/** Full buffers that wait for whoever reads the body. */
const waitingLimit = 2;

/** Chunks behind the newest that may still be read: one that is held back until it is verified, one by whoever wants them. */
const heldLimit = 2;

/** Who takes the bytes of a connection, in place of HTTP's parser: says whether more may come at once. */
const direct = new WeakMap<Socket, (chunk: Uint8Array) => boolean>();

/**
 * Options of an agent whose connections all read into one buffer: fresh memory for each read, and another copy for each
 * piece of a body, cost more time than hashing it. HTTP's parser is given copies, {@link recycledBytes} the buffer itself.
 */
export function readsIntoOneBuffer(): { readonly onread: OnReadOpts } {
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const callback = function (this: Socket, bytes: number, view: Uint8Array): boolean {
    const chunk = view.subarray(0, bytes);
    const take = direct.get(this);
    if (take !== undefined) return take(chunk);
    // HTTP listens to this event, which a socket with a buffer of its own does not emit.
    this.emit("data", Buffer.from(chunk));
    return true;
  };
  return { onread: { buffer, callback: callback as OnReadOpts["callback"] } };
}

/** Whether a body of so many bytes, on this connection, is to be read by {@link recycledBytes}. */
export function worthRecycling(bytes: number): boolean {
  return bytes >= directFrom && Number.isFinite(bytes);
}

/**
 * The body of an answer in memory that is used again: a chunk holds until the third one after it is asked for. It is taken
 * past HTTP's parser, so the connection can serve nothing else afterwards.
 * @param length bytes that the body has, by its Content-Length
 * @param silence what is thrown after so many milliseconds in which no byte came while one was waited for
 * @throws what broke the connection
 */
export async function* recycledBytes(
  incoming: IncomingMessage,
  length: number,
  silence: { readonly idleMs: number; failure(): Error },
): AsyncGenerator<Uint8Array> {
  const { socket } = incoming;
  const full: { readonly buffer: Buffer; readonly bytes: number }[] = [];
  let filling: Buffer | undefined;
  let filled = 0;
  let left = length;
  let stopped = false;
  let broken: unknown;
  let wake = (): void => {};

  const fill = (all: Uint8Array): boolean => {
    const chunk = all.subarray(0, left);
    left -= chunk.length;
    for (let taken = 0; taken < chunk.length; ) {
      filling ??= takeBuffer();
      const part = chunk.subarray(taken, taken + bufferBytes - filled);
      filling.set(part, filled);
      taken += part.length;
      filled += part.length;
      if (filled === bufferBytes) pass();
    }
    stopped = left === 0 || full.length >= waitingLimit;
    wake();
    return !stopped;
  };
  const pass = (): void => {
    if (filling === undefined || filled === 0) return;
    full.push({ buffer: filling, bytes: filled });
    filling = undefined;
    filled = 0;
  };
  const breaks = (why?: Error): void => {
    broken ??= why ?? new Error("the connection was closed");
    wake();
  };
  const close = (): void => breaks();

  incoming.on("error", breaks).once("close", close);
  // What came with the headers, through the parser.
  for (let chunk: Uint8Array | null = incoming.read(); chunk !== null; chunk = incoming.read()) fill(chunk);
  direct.set(socket, fill);
  socket.resume();

  const held: Buffer[] = [];
  try {
    while (true) {
      if (full.length === 0) pass();
      const next = full.shift();
      if (next !== undefined) {
        if (stopped && left > 0 && full.length < waitingLimit) {
          stopped = false;
          socket.resume();
        }
        yield next.buffer.subarray(0, next.bytes);
        const free = held.push(next.buffer) > heldLimit ? held.shift() : undefined;
        if (free !== undefined) giveBuffer(free);
        continue;
      }
      if (left === 0) return;
      if (broken !== undefined) throw broken;
      const more = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const timer = setTimeout(() => breaks(silence.failure()), silence.idleMs);
      await more;
      clearTimeout(timer);
    }
  } finally {
    // The last chunks may still be read by whoever held them back, so their memory is not used again.
    incoming.off("error", breaks).off("close", close);
    incoming.destroy();
  }
}
