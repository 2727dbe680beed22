import { Failure, quoteForeign, redactUrl } from "../../failure/index.ts";

/** What is known about making a failed request again. */
export interface RetryAdvice {
  /** Milliseconds that the registry asked to wait. */
  readonly afterMs?: number | undefined;
  /** The request went over a kept connection that had ended meanwhile: nothing is wrong with the registry. */
  readonly atOnce?: boolean | undefined;
}

/** Beside the failures and not in their facts, so that only the one who talks to the registry retries. */
const advice = new WeakMap<Failure, RetryAdvice>();

/** Marks a failure as one that may pass. */
export function passing(failure: Failure, retry: RetryAdvice = {}): Failure {
  advice.set(failure, retry);
  return failure;
}

/** Whether a failure may pass, and how to wait for that; undefined where it will not. */
export function retryAdvice(failure: unknown): RetryAdvice | undefined {
  return failure instanceof Failure ? advice.get(failure) : undefined;
}

/** What a request is called in messages and facts. */
export interface Asked {
  readonly method: string;
  readonly url: URL;
}

const untrusted =
  /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF|GET_CRL|DECRYPT))/;

/** What Node threw while a request was on its way, as a Failure: REGISTRY_UNREACHABLE or REGISTRY_PROTOCOL. */
export function wireFailure(thrown: unknown, asked: Asked, reused = false): Failure {
  if (thrown instanceof Failure) return thrown;
  const error: NodeJS.ErrnoException = thrown instanceof Error ? thrown : new Error(String(thrown));
  const errno = error.code ?? "";
  const where = `${asked.method} ${redactUrl(asked.url)}`;
  // A connection attempt over several addresses fails with an AggregateError, whose own message is empty.
  const words = quoteForeign(error.message || (error instanceof AggregateError ? String(error.errors[0]) : "") || errno);
  const facts = { method: asked.method, url: redactUrl(asked.url), errno };
  if (untrusted.test(errno)) {
    return new Failure("REGISTRY_UNREACHABLE", `${where}: the certificate is not trusted: ${words}`, {
      hint: "If the registry's authority is your own, name its PEM file with --ca-file or NODE_EXTRA_CA_CERTS.",
      facts,
      cause: thrown,
    });
  }
  if (errno.startsWith("HPE_") || errno === "ERR_SSL_WRONG_VERSION_NUMBER" || errno === "EPROTO") {
    const failure = new Failure("REGISTRY_PROTOCOL", `${where}: what answers does not speak the protocol: ${words}`, {
      hint: "Look whether host, port and http:// or https:// are right.",
      facts,
      cause: thrown,
    });
    // It spoke it before: what stands in the connection is left over from another answer, and the next connection is clean.
    return reused ? passing(failure, { atOnce: true }) : failure;
  }
  const failure = new Failure("REGISTRY_UNREACHABLE", `${where}: ${words}`, {
    hint: "Look whether the registry's host is right and can be reached from here, and try again.",
    facts,
    cause: thrown,
  });
  return passing(failure, { atOnce: reused });
}

/** A time-out, as a Failure that may pass. */
export function timedOut(asked: Asked, what: string, ms: number): Failure {
  return passing(
    new Failure("REGISTRY_TIMEOUT", `${asked.method} ${redactUrl(asked.url)}: ${what} within ${ms / 1000} s`, {
      hint: "Look whether the registry is healthy and the network lets it through, and try again.",
      facts: { method: asked.method, url: redactUrl(asked.url) },
    }),
  );
}

/** An answer that no registry gives. */
export function protocolFailure(asked: Asked, why: string): Failure {
  return new Failure("REGISTRY_PROTOCOL", `${asked.method} ${redactUrl(asked.url)}: ${why}`, {
    hint: "Look whether the host is a registry, and whether a proxy or sign-in page answers in its place.",
    facts: { method: asked.method, url: redactUrl(asked.url) },
  });
}
