import { Failure, throwIfAborted } from "../../failure/index.ts";
import type { Emit } from "../../report/index.ts";
import { answerFailure, mayPass } from "./answer-failure.ts";
import { type Authority, authority } from "./authority.ts";
import type { RetryPolicy, Timeouts } from "./options.ts";
import { sendFollowing } from "./redirect.ts";
import { attempts } from "./retry.ts";
import type { Scope } from "./scope.ts";
import type { SignIn } from "./sign-in.ts";
import type { Transport, WireAnswer, WireBody, WireRequest } from "./transport.ts";
import type { Asked } from "./wire-failure.ts";

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
  /** The end of an upload, which a registry may take its time for. */
  readonly commits?: boolean | undefined;
}

/** One registry: requests to it, signed in, redirected, retried. */
export interface Registry {
  /** As references name it. */
  readonly host: string;
  readonly base: URL;
  readonly emit: Emit;
  readonly retry: RetryPolicy;
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

/** A registry at its base URL. */
export function registryAt(options: RegistryOptions): Registry {
  const { host, base, transport, emit, retry, timeouts } = options;

  const asking = async <T>(asked: Asked, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
    const tries = attempts({ policy: retry, emit, signal });
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
    signal: options.signal,
    send: (request) =>
      asking(request, request.signal, async () => {
        const answer = await sendFollowing(transport, request);
        if (mayPass(answer.status)) throw await answerFailure(answer, host);
        return answer;
      }),
  });

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
      headersMs: call.commits ? timeouts.commitMs : undefined,
    };
    const answer = await signed(authorities, request, base, call.scopes, (signedRequest) => sendFollowing(transport, signedRequest));
    if (call.accept.includes(answer.status)) return answer;
    throw judged(await answerFailure(answer, host), host, authorities.signedIn);
  };

  return {
    host,
    base,
    emit,
    retry,
    askOnce,
    ask: (call, take) =>
      asking({ method: call.method, url: new URL(call.to, new URL("v2/", base)) }, eitherSignal(call.signal, options.signal), async () =>
        take(await askOnce(call)),
      ),
  };
}

/** Sends with the header that the registry wants, where the request goes to the registry itself. */
async function signed(
  signer: Authority,
  request: WireRequest,
  base: URL,
  scopes: readonly Scope[],
  send: (request: WireRequest) => Promise<WireAnswer>,
): Promise<WireAnswer> {
  if (request.url.origin !== base.origin) return await send(request);
  let header = await signer.header(scopes);
  for (let count = header === undefined ? 0 : 1; ; count++) {
    const answer = await send(header === undefined ? request : { ...request, headers: { ...request.headers, authorization: header } });
    // Who was redirected to somewhere else is not asked by the registry to sign in there.
    if (answer.status !== 401 || answer.url.origin !== base.origin || count === mostRefusals) return answer;
    const next = await signer.challenged({ challenge: answer.headers["www-authenticate"], refused: header, count }, scopes);
    if (next === undefined) return answer;
    await answer.discard();
    header = next;
  }
}

/** Says of a 401 whether anything was there to sign in with. */
function judged(failure: Failure, host: string, signedIn: boolean | undefined): Failure {
  if (failure.code !== "UNAUTHORIZED" || signedIn !== false) return failure;
  return new Failure("CREDENTIALS_MISSING", `there are no credentials for ${host}: ${failure.message}`, {
    hint: `Sign in with docker login ${host}.`,
    facts: failure.facts,
    cause: failure,
  });
}

function eitherSignal(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one !== undefined && other !== undefined ? AbortSignal.any([one, other]) : (one ?? other);
}
