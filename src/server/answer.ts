import type { Facts } from "../failure/index.ts";
import type { Digest } from "../oci/index.ts";

/** Header names, in lower case, to values; several values of one name are several lines. */
export type AnswerHeaders = Readonly<Record<string, string | number | readonly string[]>>;

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The bytes, or how to have them; `content-length` says how many. Not sent, and not opened, in answer to HEAD. */
  readonly body?: Uint8Array | (() => Promise<AsyncIterable<Uint8Array>>) | undefined;
}

/** The error codes of the OCI distribution-spec ("Error Codes"), and docker's for tags, with the status that each is answered with. */
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

/** One error of an answer. */
export interface AnswerError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail?: Facts | undefined;
}

/** An answer without a body. */
export function empty(status: number, headers: AnswerHeaders = {}): Answer {
  // RFC 9110: an answer 204 has no Content-Length.
  return { status, headers: status === 204 ? headers : { "content-length": 0, ...headers } };
}

/** An answer with a JSON body. */
export function json(status: number, value: unknown, headers: AnswerHeaders = {}): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return { status, headers: { "content-type": "application/json", "content-length": body.length, ...headers }, body };
}

/** A refusal, in the specification's form. */
export function refusal(
  code: ErrorCode,
  message: string,
  options: { readonly status?: number; readonly detail?: Facts; readonly headers?: AnswerHeaders } = {},
): Answer {
  return refusals([{ code, message, detail: options.detail }], options);
}

/** A refusal for several reasons at once; the first says the status. */
export function refusals(
  errors: readonly [AnswerError, ...AnswerError[]],
  options: { readonly status?: number; readonly headers?: AnswerHeaders } = {},
): Answer {
  return json(options.status ?? statuses[errors[0].code], { errors }, options.headers);
}

/** The answer to a write that made content: where it can be read, and its digest. */
export function created(location: string, digest: Digest, headers: AnswerHeaders = {}): Answer {
  return empty(201, { location, "docker-content-digest": digest, ...headers });
}

/** A digest in a path or a query that is none. */
export function badDigest(text: string): Answer {
  return refusal("DIGEST_INVALID", `not a digest of a registered algorithm: ${text.slice(0, 200)}`);
}
