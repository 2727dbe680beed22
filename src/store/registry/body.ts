import type { WireAnswer } from "./transport.ts";
import { protocolFailure } from "./wire-failure.ts";

/** The most bytes of an error's body that are read. */
export const errorLimit: number = 64 * 1024;

/**
 * A body as bytes in memory.
 * @param limit the most bytes that it may have
 * @throws Failure REGISTRY_PROTOCOL where there are more, or fewer than the header says
 */
export async function readBody(answer: WireAnswer, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > limit) throw protocolFailure(answer, `the answer has more than the ${limit} bytes that are read of its kind`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** As much of a body as the limit allows; a connection that breaks meanwhile ends it. */
export async function readSome(answer: WireAnswer, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= limit) break;
    }
  } catch {
    // What the registry said so far is all that there is to quote.
  }
  return Buffer.concat(chunks).subarray(0, limit);
}

/**
 * A body as a JSON object.
 * @throws Failure REGISTRY_PROTOCOL
 */
export async function readJson(answer: WireAnswer, limit: number): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await readBody(answer, limit);
  const value = jsonObject(bytes);
  if (value === undefined) {
    throw protocolFailure(answer, `the answer is ${typeOf(answer) || "of no type"} and no JSON object`);
  }
  return value;
}

/** Bytes as a JSON object, or undefined. */
export function jsonObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(JSON.parse(Buffer.from(bytes).toString("utf8")));
  } catch {
    return undefined;
  }
}

/** A value as a JSON object, or undefined. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

/** The media type of an answer, without parameters and in lower case. */
export function typeOf(answer: WireAnswer): string {
  return (answer.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}
