import { type Failure, type FailureCode, toFailure } from "../failure/index.ts";
import { type Answer, type ErrorCode, refusal } from "./answer.ts";

/** Failures of a store that a client caused, in the words of the distribution-spec. */
const codes: Partial<Readonly<Record<FailureCode, ErrorCode>>> = {
  NOT_FOUND: "BLOB_UNKNOWN",
  CONTENT_MISMATCH: "DIGEST_INVALID",
  DIGEST_INVALID: "DIGEST_INVALID",
  IMAGE_INVALID: "MANIFEST_INVALID",
  TAG_IMMUTABLE: "TAG_INVALID",
};

/**
 * The answer to whatever a store threw, and the failure where it is the registry's own: its message is for whoever runs the
 * registry and may name folders, so clients are told only that it happened.
 */
export function answerFailure(thrown: unknown): { readonly answer: Answer; readonly own: Failure | undefined } {
  const failure = toFailure(thrown);
  const code = codes[failure.code];
  if (code !== undefined) return { answer: refusal(code, failure.message), own: undefined };
  const full = isFull(thrown) || isFull(failure.cause);
  return {
    answer: full
      ? refusal("UNKNOWN", "the registry has no room left", { status: 507 })
      : refusal("UNKNOWN", "the registry could not do that; whoever runs it sees why"),
    own: failure,
  };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
