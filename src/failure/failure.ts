import { codes, type FailureCode, worstExit } from "./codes.ts";
import { redactText } from "./redact.ts";

/** Facts about a failure that a program may read: never a credential, URLs without user and password. */
export type Facts = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a failure is made of besides its code and message. */
export interface FailureOptions {
  /** What the user can do next, as a sentence. */
  readonly hint?: string | undefined;
  readonly facts?: Facts | undefined;
  readonly cause?: unknown;
}

/**
 * The one error class that waybill's code throws on purpose. The message says what failed, where and
 * why; the hint says what to do next. Text is redacted when the failure is made, so whoever prints it
 * need not know what was secret.
 */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly hint: string | undefined;
  readonly facts: Facts;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(redactText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "Failure";
    this.code = code;
    this.hint = options.hint === undefined ? undefined : redactText(options.hint);
    this.facts = Object.fromEntries(
      Object.entries(options.facts ?? {}).map(([name, value]) => [name, typeof value === "string" ? redactText(value) : value]),
    );
  }

  /** The process exit code that follows from the code. */
  get exitCode(): number {
    return codes[this.code].exit;
  }
}

/** The failure that decides the exit code where several parts failed: the worst, the first of those. */
export function worstFailure(failures: readonly (Failure | undefined)[]): Failure | undefined {
  const all = failures.filter((failure) => failure !== undefined);
  const worst = worstExit(all.map((failure) => failure.exitCode));
  return all.find((failure) => failure.exitCode === worst);
}

/** The serialisable form of a failure, as it stands in reports, records and JSON output. */
export interface FailureReport {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint?: string;
  readonly facts?: Facts;
}

/** A failure as plain data. */
export function failureReport(failure: Failure): FailureReport {
  return {
    code: failure.code,
    message: failure.message,
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    ...(Object.keys(failure.facts).length === 0 ? {} : { facts: failure.facts }),
  };
}

/**
 * Anything thrown, as a Failure: itself, an interruption where a signal was aborted with a Failure as its
 * reason, or a DEFECT that keeps the original as its cause.
 */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure("DEFECT", `unexpected: ${message}`, {
    cause: thrown,
    hint: "Please report this with the output of the same command with --output json.",
  });
}

/** Throws the reason of an aborted signal; does nothing while it is not aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw toFailure(signal.reason);
}

/**
 * The failure of one part of the work, which the other parts go on after. A defect and an interruption are nobody's part:
 * they are thrown on.
 */
export function partFailure(thrown: unknown, signal: AbortSignal | undefined): Failure {
  const failure = toFailure(thrown);
  if (failure.code === "DEFECT" || signal?.aborted) throw failure;
  return failure;
}
