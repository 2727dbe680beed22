import type { IncomingMessage } from "node:http";
import { Failure } from "../failure/index.ts";

/** Most bytes that wait here for whoever reads the body. */
const waitingLimit = 1 << 20;

/**
 * The body of a request, chunk by chunk as the connection gives them: reading the message itself would copy what has
 * gathered into one buffer. Whoever stops reading leaves the rest where it is, and the connection open for the answer.
 */
export function bodyOf(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => read(incoming) };
}

async function* read(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let waiting = 0;
  let ended = incoming.readableEnded;
  let broken = incoming.destroyed && !incoming.complete;
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
  const breaks = (): void => {
    broken = true;
    wake();
  };
  incoming.on("data", take).once("end", end).once("close", breaks).on("error", breaks);
  try {
    while (true) {
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
        waiting -= chunk.length;
        yield chunk;
      }
      if (ended) return;
      if (broken) throw new Failure("REGISTRY_UNREACHABLE", "the client's connection broke in the middle of its request");
      const more = new Promise<void>((resolve) => {
        wake = resolve;
      });
      incoming.resume();
      await more;
    }
  } finally {
    incoming.pause();
    incoming.off("data", take).off("end", end).off("close", breaks);
  }
}
