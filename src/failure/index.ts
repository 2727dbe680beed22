/**
 * Failures: the one error class, the closed list of its codes with their exit codes, and the removal of
 * credentials from text. Every room may use this one; it knows none of them.
 */
export { type CodeMeaning, codes, type FailureCode, worstExit } from "./codes.ts";
export {
  type Facts,
  Failure,
  type FailureOptions,
  type FailureReport,
  failureReport,
  partFailure,
  throwIfAborted,
  toFailure,
  worstFailure,
} from "./failure.ts";
export { type Mask, masking } from "./mask.ts";
export { nearest } from "./nearest.ts";
export { quoteForeign, redactText, redactUrl } from "./redact.ts";
