import type { IncomingMessage } from "node:http";

/** Most bytes that wait here for whoever reads the body. */
const waitingLimit = 1 << 20;

/**
 * The body of a message, chunk by chunk as the connection gives them: reading the message itself would copy what has
 * gathered into one buffer. Whoever stops reading leaves the rest where it is, and the connection open.
 * @param silence what is thrown after so many milliseconds in which no byte came while one was waited for
 * @throws what broke the connection
 */
export async function* incomingBytes(
  incoming: IncomingMessage,
  silence?: { readonly idleMs: number; failure(): Error },
): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let first = 0;
  let waiting = 0;
  let ended = incoming.readableEnded;
  let broken: unknown = incoming.destroyed && !incoming.complete ? closed() : undefined;
  let wake = (): void => {};
  const take = (chunk: Uint8Array): void => {
    chunks.push(chunk);
    waiting += chunk.length;
    if (waiting >= waitingLimit) incoming.pause();
    wake();
  };
  const end = (): void => {
    ended = true;
    wake();
  };
  const breaks = (why?: Error): void => {
    broken ??= why ?? closed();
    wake();
  };
  const close = (): void => breaks();
  incoming.on("data", take).once("end", end).on("error", breaks).once("close", close);
  try {
    while (true) {
      for (let chunk = chunks[first]; chunk !== undefined; chunk = chunks[first]) {
        first++;
        waiting -= chunk.length;
        yield chunk;
      }
      chunks.length = 0;
      first = 0;
      if (ended) return;
      if (broken !== undefined) throw broken;
      const more = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const timer = silence && setTimeout(() => breaks(silence.failure()), silence.idleMs);
      incoming.resume();
      await more;
      clearTimeout(timer);
    }
  } finally {
    incoming.pause();
    incoming.off("data", take).off("end", end).off("error", breaks).off("close", close);
  }
}

function closed(): Error {
  return new Error("the connection was closed");
}
