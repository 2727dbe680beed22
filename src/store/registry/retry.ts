import { setTimeout as sleep } from "node:timers/promises";
import { Failure, redactUrl, throwIfAborted, toFailure } from "../../failure/index.ts";
import type { Emit } from "../../report/index.ts";
import type { RetryPolicy } from "./options.ts";
import { concealing, type Secrets } from "./secrets.ts";
import { type Asked, type RetryAdvice, retryAdvice } from "./wire-failure.ts";

/** Keeps count of attempts at one piece of work. */
export interface Attempts {
  /** Waits for the next attempt, or throws the failure where there is to be none. */
  failed(failure: unknown, asked: Asked): Promise<void>;
  /** What was asked for came a step nearer: the count and the deadline begin anew. */
  progressed(): void;
  /** Bytes are on their way, though perhaps not for the first time: only the deadline begins anew. */
  moving(): void;
}

export interface AttemptOptions {
  readonly policy: RetryPolicy;
  readonly emit: Emit;
  readonly secrets: Secrets;
  readonly signal?: AbortSignal | undefined;
}

/** Starts counting: exponential waits with full jitter, Retry-After before them, a deadline over all. */
export function attempts({ policy, emit, secrets, signal }: AttemptOptions): Attempts {
  let count = 0;
  let began = performance.now();
  return {
    async failed(told, asked) {
      throwIfAborted(signal);
      const thrown = concealing(told, secrets);
      const advice = retryAdvice(thrown);
      if (advice === undefined || !(thrown instanceof Failure)) throw thrown;
      count++;
      const waitMs = waitFor(policy, count, advice);
      const late = performance.now() - began + waitMs > policy.deadlineMs;
      if (count >= policy.attempts || late) throw ended(thrown, count);
      const url = secrets.conceal(redactUrl(asked.url));
      emit({ kind: "retry", method: asked.method, url, attempt: count, waitMs, cause: thrown.message });
      await pause(waitMs, signal);
    },
    progressed() {
      count = 0;
      began = performance.now();
    },
    moving() {
      began = performance.now();
    },
  };
}

function waitFor(policy: RetryPolicy, count: number, advice: RetryAdvice): number {
  if (advice.atOnce && count === 1) return 0;
  const most = Math.min(policy.capMs, policy.baseMs * 2 ** (count - 1));
  // Whoever was told the same time to wait must not come back at the same moment either.
  return Math.round((advice.afterMs ?? 0) + Math.random() * most);
}

/** Waits. @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (ms === 0) return;
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (thrown) {
    throwIfAborted(signal);
    throw toFailure(thrown);
  }
}

/** The last failure, saying how often it was tried. It may not pass any more: whoever hears it does not try again. */
function ended(failure: Failure, count: number): Failure {
  if (count === 1) return new Failure(failure.code, failure.message, { hint: failure.hint, facts: failure.facts, cause: failure });
  return new Failure(failure.code, `${failure.message} (${count} attempts)`, {
    hint: failure.hint,
    facts: { ...failure.facts, attempts: count },
    cause: failure,
  });
}
