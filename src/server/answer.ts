import type { Facts } from "../failure/index.ts";

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Text, or bytes with their number in `content-length`; left out of answers to HEAD. */
  readonly body?: string | AsyncIterable<Uint8Array>;
}

/** The error codes of the OCI distribution-spec ("Error Codes"), with the status that each is answered with. */
const statuses = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 416,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  TAG_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
  UNKNOWN: 500,
} as const;

/** One of the codes above. */
export type ErrorCode = keyof typeof statuses;

/** An answer without a body. */
export function empty(status: number, headers: Answer["headers"] = {}): Answer {
  return { status, headers: { "content-length": 0, ...headers } };
}

/** An answer with a JSON body. */
export function json(status: number, value: unknown, headers: Answer["headers"] = {}): Answer {
  const body = JSON.stringify(value);
  return { status, headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers }, body };
}

/** A refusal, in the specification's form. */
export function refusal(
  code: ErrorCode,
  message: string,
  options: { readonly status?: number; readonly detail?: Facts; readonly headers?: Answer["headers"] } = {},
): Answer {
  const detail = options.detail === undefined ? {} : { detail: options.detail };
  return json(options.status ?? statuses[code], { errors: [{ code, message, ...detail }] }, options.headers);
}
