import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Failure, quoteForeign, redactUrl } from "../failure/index.ts";
import type { Emit } from "../report/index.ts";
import type { Repositories } from "../store/index.ts";
import type { Answer } from "./answer.ts";
import { bodyOf } from "./body.ts";
import { dispatch } from "./dispatch.ts";
import { type Immutability, mayMove } from "./immutability.ts";
import type { Registry } from "./request.ts";
import { type SessionLimits, sessionTable } from "./sessions.ts";
import { askToSignIn, type Basic } from "./sign-in.ts";
import { answerFailure } from "./store-failure.ts";

/** How a registry behaves. */
export interface HandlerOptions extends Immutability {
  /** The one user that may sign in; everybody may do everything unless given. */
  readonly basic?: Basic | undefined;
  /** Refuses whatever would change something. */
  readonly readOnly?: boolean | undefined;
  readonly limits?: Partial<SessionLimits> | undefined;
  readonly emit: Emit;
}

/** What Node's HTTP server calls for each request. Never rejects. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const defaultLimits: SessionLimits = { openUploads: 4096, uploadIdleMs: 3_600_000 };
/** Most bytes that are read and thrown away of a body that was refused; a client that sends more is cut off. */
const drainLimit = 16 * 1024 * 1024;

/**
 * A registry over repositories, as a handler for Node's HTTP and HTTPS servers.
 * @throws Failure CONFIG_INVALID where a pattern of mutable tags is none
 */
export function createHandler(repositories: Repositories, options: HandlerOptions): Handler {
  return createRegistry(repositories, options).handler;
}

/** The handler, and the removal of abandoned uploads, which somebody has to call now and then. */
export function createRegistry(repositories: Repositories, options: HandlerOptions): { readonly handler: Handler; sweep(): Promise<void> } {
  const sessions = sessionTable({ ...defaultLimits, ...options.limits });
  const registry: Registry = { repositories, mayMove: mayMove(options), sessions };
  const handler: Handler = async (incoming, response) => {
    const began = performance.now();
    const idleMs = incoming.socket.timeout ?? 0;
    // While the store works nothing goes over the connection, and that is no fault of the client.
    incoming.once("end", () => incoming.socket.setTimeout(0));
    const answer = await answerTo(incoming, registry, options, goneSignal(response));
    incoming.socket.setTimeout(idleMs);
    const sent = await send(incoming, response, answer);
    const { method } = incoming;
    const ms = Math.round(performance.now() - began);
    options.emit({ kind: "detail", text: `${method} ${shownUrl(incoming)} ${sent ? answer.status : "broken off"} ${ms} ms` });
  };
  return { handler, sweep: sessions.sweep };
}

async function answerTo(incoming: IncomingMessage, registry: Registry, options: HandlerOptions, signal: AbortSignal): Promise<Answer> {
  const refused = askToSignIn(incoming.headers.authorization, options.basic);
  if (refused !== undefined) return refused;
  const [path = "/", query = ""] = (incoming.url ?? "/").split(/\?(.*)/s);
  const request = {
    ...registry,
    method: incoming.method ?? "GET",
    // A plus in a media type means itself; no parameter of this interface has spaces.
    query: new URLSearchParams(query.replaceAll("+", "%2B")),
    headers: incoming.headers,
    body: bodyOf(incoming),
    signal,
  };
  try {
    return await dispatch(request.method, path, request, { readOnly: options.readOnly ?? false });
  } catch (thrown) {
    const { answer, own } = answerFailure(thrown);
    if (own !== undefined && !signal.aborted) {
      const text = `${request.method} ${shownUrl(incoming)}: ${own.message}`;
      options.emit({ kind: "message", level: "warning", text, hint: own.hint });
    }
    return answer;
  }
}

/** Sends an answer; false where the connection broke first. */
async function send(incoming: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): Promise<boolean> {
  try {
    const open = typeof body === "function" && incoming.method !== "HEAD" ? await body() : undefined;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string | number | string[]);
    response.setHeader("docker-distribution-api-version", "registry/2.0");
    response.setHeader("x-content-type-options", "nosniff");
    response.writeHead(status);
    if (open !== undefined) await pipeline(open, response);
    else if (body instanceof Uint8Array && incoming.method !== "HEAD") response.end(body);
    else response.end();
    drain(incoming);
    return true;
  } catch {
    // An answer that cannot be finished must not look finished.
    response.destroy();
    return false;
  }
}

/** Reads what is left of a body that was not wanted, so that the client gets to read the answer. */
function drain(incoming: IncomingMessage): void {
  if (incoming.complete) return;
  let bytes = 0;
  incoming.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > drainLimit) incoming.destroy();
  });
  incoming.on("error", () => {});
  incoming.resume();
}

/** Aborted when the connection ends before the answer. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort(new Failure("REGISTRY_UNREACHABLE", "the client is gone"));
  });
  return gone.signal;
}

function shownUrl({ url = "/" }: IncomingMessage): string {
  const shown = URL.parse(url, "http://registry.invalid");
  return quoteForeign(shown === null ? url : redactUrl(shown).slice("http://registry.invalid".length));
}
