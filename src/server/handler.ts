import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Failure, type FailureCode, toFailure } from "../failure/index.ts";
import type { Emit } from "../report/index.ts";
import type { Repositories } from "../store/index.ts";
import { type Answer, type ErrorCode, empty, refusal } from "./answer.ts";
import type { Immutability } from "./immutability.ts";
import type { Request } from "./request.ts";
import { blobs } from "./resources/blobs.ts";
import { catalog, referrers, tags } from "./resources/lists.ts";
import { manifests } from "./resources/manifests.ts";
import { startUpload, upload } from "./resources/uploads.ts";
import { type Route, routeOf } from "./route.ts";

/** How a registry behaves. */
export interface HandlerOptions extends Immutability {
  /** The one user that may sign in; everybody may do everything unless given. */
  readonly basic?: { readonly username: string; readonly password: string } | undefined;
  /** Refuses whatever would change something. */
  readonly readOnly?: boolean | undefined;
  readonly emit: Emit;
}

/** What Node's HTTP server calls for each request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** A registry over repositories, as a handler for Node's HTTP and HTTPS servers. */
export function createHandler(repositories: Repositories, options: HandlerOptions): Handler {
  return async (incoming, response) => {
    const gone = new AbortController();
    response.on("close", () => {
      if (!response.writableFinished) gone.abort(new Failure("REGISTRY_UNREACHABLE", "the client is gone"));
    });
    try {
      const answer = await answerTo(incoming, repositories, options, gone.signal);
      await send(incoming, response, answer);
    } catch (thrown) {
      if (gone.signal.aborted) return;
      const failure = toFailure(thrown);
      const answer = failed(failure);
      if (answer.status >= 500) {
        options.emit({ kind: "message", level: "warning", text: `${incoming.method} ${incoming.url?.slice(0, 300)}: ${failure.message}` });
      }
      if (response.headersSent) response.destroy();
      else await send(incoming, response, answer).catch(() => response.destroy());
    }
  };
}

async function answerTo(
  incoming: IncomingMessage,
  repositories: Repositories,
  options: HandlerOptions,
  signal: AbortSignal,
): Promise<Answer> {
  if (!signedIn(incoming.headers.authorization, options.basic)) {
    return refusal("UNAUTHORIZED", "sign in first", { headers: { "www-authenticate": 'Basic realm="waybill", charset="UTF-8"' } });
  }
  const url = URL.parse(incoming.url ?? "/", "http://registry.invalid");
  const route = url === null ? undefined : routeOf(url.pathname);
  if (url === null || route === undefined) return refusal("UNSUPPORTED", "no such endpoint", { status: 404 });
  const method = incoming.method ?? "GET";
  if (options.readOnly && method !== "GET" && method !== "HEAD") return refusal("UNSUPPORTED", "this registry is read-only");
  const request: Request = {
    method,
    query: url.searchParams,
    headers: incoming.headers,
    body: incoming,
    signal,
    repositories,
    immutability: options,
  };
  return await dispatch(route, request);
}

async function dispatch(route: Route, request: Request): Promise<Answer> {
  if (route.kind === "base") return request.method === "GET" || request.method === "HEAD" ? empty(200) : refusal("UNSUPPORTED", "only GET");
  if (route.kind === "catalog") return await catalog(request);
  if (route.kind === "bad-name") return refusal("NAME_INVALID", `not a repository's name: ${route.name.slice(0, 300)}`);
  const { name } = route;
  const inside = { ...request, name, store: request.repositories.open(name) };
  switch (route.kind) {
    case "tags":
      return await tags(inside);
    case "manifest":
      return await manifests(inside, route.reference);
    case "blob":
      return await blobs(inside, route.digest);
    case "uploads":
      return await startUpload(inside);
    case "upload":
      return await upload(inside, route.id);
    case "referrers":
      return await referrers(inside, route.digest);
  }
}

async function send(incoming: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.writeHead(status, { "docker-distribution-api-version": "registry/2.0", "x-content-type-options": "nosniff", ...headers });
  if (body === undefined || incoming.method === "HEAD") response.end();
  else if (typeof body === "string") response.end(body);
  else await pipeline(body, response);
}

/** Failures of a store in the words of the distribution-spec. */
const answers: Partial<Readonly<Record<FailureCode, readonly [ErrorCode, number?]>>> = {
  NOT_FOUND: ["MANIFEST_UNKNOWN"],
  CONTENT_MISMATCH: ["DIGEST_INVALID"],
  DIGEST_INVALID: ["DIGEST_INVALID"],
  IMAGE_INVALID: ["MANIFEST_INVALID"],
  TAG_IMMUTABLE: ["TAG_INVALID"],
};

function failed(failure: Failure): Answer {
  const [code, status] = answers[failure.code] ?? ["UNKNOWN", 500];
  // What went wrong inside is for the one who runs the registry, not for its clients.
  const message = code === "UNKNOWN" ? "the registry went wrong" : failure.message;
  return refusal(code, message, status === undefined ? {} : { status });
}

function signedIn(header: string | undefined, basic: HandlerOptions["basic"]): boolean {
  if (basic === undefined) return true;
  const given = /^basic\s+(\S+)$/i.exec(header ?? "")?.[1] ?? "";
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  // Compared by their digests, which take the same time however much agrees.
  return timingSafeEqual(hash(Buffer.from(given, "base64").toString("utf8")), hash(`${basic.username}:${basic.password}`));
}
