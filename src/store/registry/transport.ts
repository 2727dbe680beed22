import { readFileSync } from "node:fs";
import type { Agent, AgentOptions, ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { Failure, throwIfAborted, toFailure } from "../../failure/index.ts";
import { isLoopback } from "../../oci/index.ts";
import { incomingBytes } from "../incoming.ts";
import { readsIntoOneBuffer, recycledBytes, worthRecycling } from "./direct-reads.ts";
import type { ProxySettings, Timeouts } from "./options.ts";
import { type Asked, timedOut, wireFailure } from "./wire-failure.ts";

/** A body of a request that can be sent again. */
export interface WireBody {
  /** Size in bytes: exactly as many must come. Undefined where it is known at the end only: the body goes in chunks then. */
  readonly size: number | undefined;
  open(): AsyncIterable<Uint8Array>;
}

/** One request as it goes over the wire. */
export interface WireRequest extends Asked {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: WireBody | undefined;
  /** The body holds a credential, and is for this origin only. */
  readonly personal?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Whoever reads the answer's body is done with a chunk before the second one after it is asked for. */
  readonly recycle?: boolean | undefined;
  /** Milliseconds from the end of the request to the answer. */
  readonly headersMs?: number | undefined;
}

/** One answer, whose body has yet to be read. */
export interface WireAnswer extends Asked {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** To be read once; leaving it early closes the connection. A broken or silent connection throws a Failure. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the answer where its body is of no interest; when it is done, the connection can serve again. */
  discard(): Promise<void>;
}

/**
 * Sends requests, one exchange each: no redirects, no sign-in, no retries. docs/decisions/0001-http-transport.md says
 * why this is Node's own client.
 */
export interface Transport {
  /** @throws Failure REGISTRY_UNREACHABLE, REGISTRY_TIMEOUT, REGISTRY_PROTOCOL, the reason of the signal */
  send(request: WireRequest): Promise<WireAnswer>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly timeouts: Timeouts;
  readonly caFile?: string | undefined;
  readonly proxy?: ProxySettings | undefined;
}

/** Idle connections that are kept for each host. How many are open at once is up to the callers: a limit here could
 * make a copy wait for itself, with all connections taken by reads whose bytes wait for a connection to write. */
const keptSockets = 16;
/** An unread body up to this size is let in, so that its connection can serve again. */
const drainBytes = 64 * 1024;

/**
 * The transport over node:http and node:https, with kept connections.
 * @throws Failure CONFIG_INVALID where the file of certificate authorities cannot be read
 */
export function nodeTransport(options: TransportOptions): Transport {
  // Taken this way, and when first used, the modules load in half the time that an import statement takes.
  const http = process.getBuiltinModule("node:http");
  const kept = { keepAlive: true, maxFreeSockets: keptSockets };
  const straight = { ...kept, ...readsIntoOneBuffer() };
  const environment = proxyEnvironment(options.proxy);
  // Connections to a proxy are Node's own affair until the tunnel stands.
  const elsewhere = environment === undefined ? straight : { ...kept, ...environment };
  const agents = new Map<string, Agent>();
  const agentFor = (url: URL): Agent => {
    // A registry on this machine is never to be had through a proxy.
    const local = isLoopback(url.hostname);
    const key = `${url.protocol}${local}`;
    const settings = local ? straight : elsewhere;
    const agent =
      agents.get(key) ??
      (url.protocol === "https:"
        ? new (process.getBuiltinModule("node:https").Agent)({ ...settings, ...authorities(options.caFile) })
        : new http.Agent(settings));
    agents.set(key, agent);
    return agent;
  };
  return {
    async send(request) {
      throwIfAborted(request.signal);
      const { url, method, headers, body } = request;
      const sized = body?.size === undefined ? headers : { ...headers, "content-length": String(body.size) };
      const client = url.protocol === "https:" ? process.getBuiltinModule("node:https") : http;
      // The time-out given here is the one that ends a proxy's silence; it is taken back when the connection stands.
      const sending = client.request(url, { method, headers: sized, agent: agentFor(url), timeout: options.timeouts.connectMs });
      return await exchange(sending, request, options.timeouts);
    },
    async close() {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

function proxyEnvironment(proxy: ProxySettings | undefined): AgentOptions | undefined {
  if (!proxy?.https && !proxy?.http) return undefined;
  return { proxyEnv: { HTTPS_PROXY: proxy.https, HTTP_PROXY: proxy.http, NO_PROXY: proxy.no } };
}

function authorities(file: string | undefined): { readonly ca?: string[] } {
  if (file === undefined) return {};
  try {
    return { ca: [...process.getBuiltinModule("node:tls").getCACertificates("default"), readFileSync(file, "utf8")] };
  } catch (thrown) {
    throw new Failure("CONFIG_INVALID", `the file of certificate authorities cannot be read: ${toFailure(thrown).message}`, {
      hint: "Name a PEM file with --ca-file or WAYBILL_CA_FILE.",
      cause: thrown,
    });
  }
}

async function exchange(sending: ClientRequest, request: WireRequest, timeouts: Timeouts): Promise<WireAnswer> {
  const { signal } = request;
  const answered = Promise.withResolvers<IncomingMessage>();
  // A request that waits for its connection tells nobody when it is destroyed, so the failure does not go through it.
  const fail = (failure: unknown): void => {
    answered.reject(failure);
    sending.destroy();
  };
  const abort = (): void => fail(toFailure(signal?.reason));
  signal?.addEventListener("abort", abort, { once: true });
  const connecting = setTimeout(() => fail(timedOut(request, "no connection", timeouts.connectMs)), timeouts.connectMs);
  sending.once("socket", (socket) => {
    sending.setTimeout(0);
    whenConnected(socket, () => clearTimeout(connecting));
  });
  sending.once("response", answered.resolve);
  sending.on("error", answered.reject);
  sending.once("close", () => {
    signal?.removeEventListener("abort", abort);
    answered.reject(new Error("the connection was closed"));
  });
  let waiting: NodeJS.Timeout | undefined;
  try {
    await Promise.race([sendBody(sending, request, answered.promise, timeouts.idleMs), answered.promise]);
    const headersMs = request.headersMs ?? timeouts.headersMs;
    waiting = setTimeout(() => fail(timedOut(request, "no answer", headersMs)), headersMs);
    return await answer(await answered.promise, sending, request, timeouts.idleMs);
  } catch (thrown) {
    signal?.removeEventListener("abort", abort);
    fail(thrown);
    throw wireFailure(thrown, request, sending.reusedSocket);
  } finally {
    clearTimeout(connecting);
    clearTimeout(waiting);
  }
}

function whenConnected(socket: Socket, done: () => void): void {
  const secure = socket as TLSSocket & { readonly secureConnecting?: boolean };
  if (secure.encrypted) {
    if (secure.secureConnecting) socket.once("secureConnect", done);
    else done();
  } else if (socket.connecting) socket.once("connect", done);
  else done();
}

/** Sends the body at the speed of the connection, and stops where the answer or a failure comes before its end. */
async function sendBody(sending: ClientRequest, request: WireRequest, answered: Promise<unknown>, idleMs: number): Promise<void> {
  const { body } = request;
  if (body === undefined || body.size === 0) return void sending.end();
  let over = false;
  const ended = answered.then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  sending.on("timeout", () => sending.destroy(timedOut(request, "no byte of the body was taken", idleMs)));
  for await (const chunk of body.open()) {
    if (over) return;
    if (!sending.write(chunk)) await drained(sending, ended, idleMs);
  }
  if (!over) sending.end();
}

/** Waits until more can be written. Only this wait counts as silence: while the source is slow, the registry is not. */
async function drained(sending: ClientRequest, ended: Promise<void>, idleMs: number): Promise<void> {
  const drain = Promise.withResolvers<void>();
  sending.once("drain", drain.resolve);
  // The socket's own clock goes on as long as any byte is taken, however large the piece.
  sending.setTimeout(idleMs);
  await Promise.race([drain.promise, ended]);
  sending.off("drain", drain.resolve);
  sending.setTimeout(0);
}

async function answer(received: IncomingMessage, sending: ClientRequest, request: WireRequest, idleMs: number): Promise<WireAnswer> {
  received.on("error", () => {});
  received.once("end", () => {
    // A body that was not sent to its end leaves the connection in no state to be used again.
    if (!sending.writableEnded) sending.destroy();
  });
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(received.headers)) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  const status = received.statusCode ?? 0;
  const bodiless = request.method === "HEAD" || status === 204 || status === 304;
  const length = bodiless ? 0 : Number(headers["content-length"] ?? Number.POSITIVE_INFINITY);
  const discard = (): Promise<void> => drain(received, length, idleMs);
  // The connection is free only after its end was seen: the next request would open another.
  if (length === 0) await discard();
  return { method: request.method, url: request.url, status, headers, body: bodyOf(received, request, length, idleMs), discard };
}

/** Lets a small body in, so that its connection can serve again, and ends the connection of a large one. */
async function drain(received: IncomingMessage, length: number, idleMs: number): Promise<void> {
  if (received.readableEnded || received.destroyed) return;
  if (length > drainBytes && Number.isFinite(length)) return void received.destroy();
  const { promise, resolve } = Promise.withResolvers<void>();
  let size = 0;
  received.once("end", resolve).once("close", resolve);
  received.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > drainBytes) received.destroy();
  });
  const silence = setTimeout(() => received.destroy(), idleMs);
  await promise;
  clearTimeout(silence);
}

async function* bodyOf(received: IncomingMessage, request: WireRequest, length: number, idleMs: number): AsyncIterable<Uint8Array> {
  if (received.readableEnded) return;
  const silence = { idleMs, failure: () => timedOut(request, "no byte of the answer came", idleMs) };
  try {
    yield* request.recycle && worthRecycling(length) ? recycledBytes(received, length, silence) : incomingBytes(received, silence);
  } catch (thrown) {
    if (request.signal?.aborted) throw toFailure(request.signal.reason);
    throw wireFailure(thrown, request);
  } finally {
    if (!received.complete) received.destroy();
  }
}
