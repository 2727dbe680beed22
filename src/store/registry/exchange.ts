import { Failure, throwIfAborted } from "../../failure/index.ts";
import type { Emit } from "../../report/index.ts";
import { answerFailure, mayPass } from "./answer-failure.ts";
import { type Authority, authority } from "./authority.ts";
import { parseChallenges } from "./challenge.ts";
import type { RetryPolicy, Timeouts } from "./options.ts";
import { sendFollowing } from "./redirect.ts";
import { type Attempts, attempts } from "./retry.ts";
import type { Scope } from "./scope.ts";
import { concealing, secretsKept } from "./secrets.ts";
import type { SignIn } from "./sign-in.ts";
import type { Transport, WireAnswer, WireBody, WireRequest } from "./transport.ts";
import { type Asked, retryAdvice } from "./wire-failure.ts";

/** One thing that is asked of a registry. */
export interface Call {
  readonly method: string;
  /** Path below `/v2/`, or where the registry said. */
  readonly to: string | URL;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: WireBody | undefined;
  /** What the token must allow. */
  readonly scopes: readonly Scope[];
  /** Statuses that are answers; every other is a Failure. */
  readonly accept: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** As in {@link WireRequest}. */
  readonly recycle?: boolean | undefined;
  /** The end of an upload, which a registry may take its time for. */
  readonly commits?: boolean | undefined;
}

/** One registry: requests to it, signed in, redirected, retried. */
export interface Registry {
  /** As references name it. */
  readonly host: string;
  readonly base: URL;
  readonly emit: Emit;
  /** Begins to count attempts at a piece of work of several requests. */
  attempts(signal: AbortSignal | undefined): Attempts;
  /**
   * Asks until there is an answer, and takes what is wanted of it; a connection that breaks while it is taken counts as no answer.
   * @throws Failure UNAUTHORIZED, CREDENTIALS_MISSING, DENIED, NOT_FOUND, REGISTRY_*
   */
  ask<T>(call: Call, take: (answer: WireAnswer) => T | Promise<T>): Promise<T>;
  /** Asks once; for work that knows better how to go on after a failure. The answer is one of `accept`. */
  askOnce(call: Call): Promise<WireAnswer>;
}

export interface RegistryOptions {
  readonly host: string;
  readonly base: URL;
  readonly transport: Transport;
  readonly signIn: SignIn;
  readonly emit: Emit;
  readonly retry: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly signal?: AbortSignal | undefined;
}

/** A 401 is met with a header, with another, and with one from new credentials; then it stands. */
const mostRefusals = 3;

/** ECR says so with 403, and ECR Public with 400, instead of a challenge. */
const endedToken = /token (?:has|is) expired|expired token|reauthenticate/i;

/** A registry at its base URL. */
export function registryAt(options: RegistryOptions): Registry {
  const { host, base, transport, emit, timeouts } = options;
  const secrets = secretsKept();
  const counting = (signal: AbortSignal | undefined): Attempts => attempts({ policy: options.retry, emit, secrets, signal });

  const asking = async <T>(asked: Asked, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
    const tries = counting(signal);
    for (;;) {
      try {
        return await work();
      } catch (thrown) {
        await tries.failed(thrown, asked);
      }
    }
  };

  const authorities: Authority = authority({
    host,
    base,
    signIn: options.signIn,
    secrets,
    signal: options.signal,
    send: (request) =>
      asking(request, request.signal, async () => {
        const answer = await sendFollowing(transport, request);
        if (mayPass(answer.status)) throw await answerFailure(answer, host, secrets);
        return answer;
      }),
  });

  /** What may pass is asked again, and needs no explaining. */
  const explained = async (failure: Failure, signal: AbortSignal | undefined): Promise<Failure> =>
    retryAdvice(failure) !== undefined || !authorities.signedIn
      ? failure
      : ((await options.signIn.explain?.(failure, host, signal)) ?? failure);

  let suspected = false;
  /** Whether a refusal may be of a token that has ended: in so many words, or without a word, as answers to HEAD are; that is tried once. */
  const mayHaveEnded = (failure: Failure): boolean => {
    if (failure.facts["status"] !== 403 && failure.facts["status"] !== 400) return false;
    if (endedToken.test(failure.message)) return true;
    const mute = failure.facts["status"] === 403 && failure.facts["method"] === "HEAD" && !suspected;
    if (mute) suspected = true;
    return mute;
  };

  /** Sends with the header that the registry wants, where the request goes to the registry itself. */
  const signed = async (request: WireRequest, { scopes, accept }: Call, signal: AbortSignal | undefined): Promise<WireAnswer> => {
    const own = request.url.origin === base.origin;
    let header = own ? await authorities.header(scopes) : undefined;
    let renewed = false;
    for (let count = header === undefined ? 0 : 1; ; count++) {
      const headers = header === undefined ? request.headers : { ...request.headers, authorization: header };
      const answer = await sendFollowing(transport, { ...request, headers });
      if (accept.includes(answer.status)) return answer;
      // Who was redirected to somewhere else is not asked by the registry to sign in there.
      const asked = own && answer.url.origin === base.origin;
      if (asked && answer.status === 401 && count < mostRefusals) {
        const next = await authorities.challenged({ challenge: answer.headers["www-authenticate"], refused: header, count }, scopes);
        if (next !== undefined) {
          await answer.discard();
          header = next;
          continue;
        }
      }
      const failure = await answerFailure(answer, host, secrets);
      if (asked && header !== undefined && !renewed && mayHaveEnded(failure)) {
        renewed = true;
        const next = await authorities.another(header, scopes);
        if (next !== undefined) {
          header = next;
          continue;
        }
      }
      throw await explained(judged(failure, answer, host, authorities.signedIn), signal);
    }
  };

  const askOnce = async (call: Call): Promise<WireAnswer> => {
    const signal = eitherSignal(call.signal, options.signal);
    throwIfAborted(signal);
    const url = typeof call.to === "string" ? new URL(`v2/${call.to}`, base) : call.to;
    const request: WireRequest = {
      method: call.method,
      url,
      headers: { accept: "*/*", "user-agent": "waybill", ...call.headers },
      body: call.body,
      signal,
      recycle: call.recycle,
      headersMs: call.commits ? timeouts.commitMs : undefined,
    };
    try {
      return await signed(request, call, signal);
    } catch (thrown) {
      throw concealing(thrown, secrets);
    }
  };

  return {
    host,
    base,
    emit,
    attempts: counting,
    askOnce,
    ask: (call, take) =>
      asking({ method: call.method, url: new URL(call.to, new URL("v2/", base)) }, eitherSignal(call.signal, options.signal), async () =>
        take(await askOnce(call)),
      ),
  };
}

/** Says of a 401 whether anything was there to sign in with, and whether that was accepted and only allows too little. */
function judged(failure: Failure, answer: WireAnswer, host: string, signedIn: boolean | undefined): Failure {
  const { message, facts } = failure;
  if (failure.code !== "UNAUTHORIZED" || signedIn === undefined) return failure;
  if (!signedIn) {
    const hint = `Sign in with waybill login ${host}, or docker login ${host}.`;
    return new Failure("CREDENTIALS_MISSING", `there are no credentials for ${host}: ${message}`, { hint, facts, cause: failure });
  }
  const challenges = parseChallenges(answer.headers["www-authenticate"]);
  if (!challenges.some(({ parameters }) => parameters.get("error") === "insufficient_scope")) return failure;
  // Docker Hub and others say the same of a repository that is not there, so as not to tell which ones are.
  const hint = `Look whether the repository exists, and whether the identity that signs in at ${host} may do this there.`;
  return new Failure("DENIED", `the sign-in at ${host} does not allow this: ${message}`, { hint, facts, cause: failure });
}

function eitherSignal(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one !== undefined && other !== undefined ? AbortSignal.any([one, other]) : (one ?? other);
}
