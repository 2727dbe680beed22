import { Failure, quoteForeign } from "../failure/index.ts";
import { Misfit, type Shape } from "./shape.ts";

/** JSON from outside: an object of unknown shape, with ways to read it as a shape or to refuse it. */
export interface ForeignJson {
  readonly value: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
  as<T>(shape: Shape<T>): T;
  invalid(why: string): Failure;
}

/**
 * Parses bytes from outside as a JSON object.
 * @param options.what how to call it in an error
 * @param options.limit the most bytes that it may have
 * @throws Failure IMAGE_INVALID
 */
export function parseJson(bytes: Uint8Array, options: { readonly what: string; readonly limit: number }): ForeignJson {
  const invalid = (why: string) =>
    new Failure("IMAGE_INVALID", `the ${options.what} is not valid: ${why}`, { facts: { bytes: bytes.length } });
  if (bytes.length > options.limit) throw invalid(`${bytes.length} bytes, more than ${options.limit}`);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid(`it is not JSON: "${quoteForeign(Buffer.from(bytes.subarray(0, 80)).toString())}"`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid("it is no JSON object");
  const object = value as Record<string, unknown>;
  return {
    value: object,
    mediaType: object["mediaType"],
    invalid,
    as: (shape) => {
      try {
        return shape(object, "");
      } catch (thrown) {
        if (!(thrown instanceof Misfit)) throw thrown;
        throw invalid(`${quoteForeign(thrown.path) || "it"}: ${thrown.message}`);
      }
    },
  };
}
