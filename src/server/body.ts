import type { IncomingMessage } from "node:http";
import { Failure } from "../failure/index.ts";
import { incomingBytes } from "../store/index.ts";

/** The body of a request; a connection that breaks in its middle is the client's doing. */
export function bodyOf(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => read(incoming) };
}

async function* read(incoming: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* incomingBytes(incoming);
  } catch (thrown) {
    throw new Failure("REGISTRY_UNREACHABLE", "the client's connection broke in the middle of its request", { cause: thrown });
  }
}
