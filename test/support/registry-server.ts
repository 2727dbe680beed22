import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listening } from "./http-service.ts";

/** One request that the server got. */
export interface Recorded {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  /** Bytes of the body that came, as far as the server read it. */
  bytes: number;
}

/** Answers a request in the registry's place; false leaves it to the registry. */
export type Intercept = (request: IncomingMessage, response: ServerResponse, recorded: Recorded) => boolean | Promise<boolean>;

/** A registry as small as it can be, in memory, with a place to make it misbehave. */
export interface RegistryServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly requests: Recorded[];
  /** By digest. */
  readonly blobs: Map<string, Buffer>;
  /** By digest and by tag. */
  readonly manifests: Map<string, { readonly type: string; readonly bytes: Buffer }>;
  /** Open uploads. */
  readonly uploads: Map<string, Buffer[]>;
  intercept: Intercept;
  /** Whether the referrers API is there. */
  referrers: boolean;
  /** `METHOD /path` of all requests so far. */
  lines(): readonly string[];
}

/** Starts a registry on a free port. */
export async function registryServer(
  options: { readonly intercept?: Intercept; readonly referrers?: boolean } = {},
): Promise<RegistryServer> {
  const server = createServer((request, response) => {
    const recorded: Recorded = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, bytes: 0 };
    registry.requests.push(recorded);
    void Promise.resolve(registry.intercept(request, response, recorded))
      .then((handled) => (handled ? undefined : answer(registry, request, response, recorded)))
      .catch(() => response.destroy());
  });
  server.on("clientError", (_, socket) => socket.destroy());
  const listens = await listening(server);
  const registry: RegistryServer = {
    host: new URL(listens.url).host,
    requests: [],
    blobs: new Map(),
    manifests: new Map(),
    uploads: new Map(),
    intercept: options.intercept ?? (() => false),
    referrers: options.referrers ?? true,
    lines: () => registry.requests.map(({ method, url }) => `${method} ${url.split("?", 1)[0] ?? ""}`),
    [Symbol.asyncDispose]: async () => await listens[Symbol.asyncDispose](),
  };
  return registry;
}

/** The sha256 digest of bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Ends a response with an error of the distribution-spec. */
export function refuse(response: ServerResponse, status: number, code: string, message = "", headers: Record<string, string> = {}): true {
  response.req.resume();
  const body = JSON.stringify({ errors: [{ code, message }] });
  // Without its length a HEAD's answer would end the connection.
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers }).end(body);
  return true;
}

/** Ends a response. */
export function reply(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number> = {},
  body?: string | Uint8Array,
): true {
  response.writeHead(status, headers).end(body);
  return true;
}

/** Has the registry's own answer go out with another status or other headers; a header that is undefined is left out. */
export function amend(
  response: ServerResponse,
  change: (
    status: number,
    headers: Readonly<Record<string, string | number>>,
  ) => {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string | number | undefined>>;
  },
): false {
  const send = response.writeHead.bind(response) as (status: number, headers: Record<string, string | number>) => ServerResponse;
  response.writeHead = ((status: number, headers: Record<string, string | number> = {}) => {
    const changed = change(status, headers);
    const all = Object.entries({ ...headers, ...changed.headers }).filter(([, value]) => value !== undefined);
    return send(changed.status ?? status, Object.fromEntries(all) as Record<string, string | number>);
  }) as typeof response.writeHead;
  return false;
}

/** Cuts the connection of a request. */
export function cut(request: IncomingMessage): true {
  request.socket.destroy();
  return true;
}

/** Reads a body, keeping what came where the connection breaks. */
export async function readInto(request: IncomingMessage, recorded: Recorded, into: Buffer[]): Promise<void> {
  for await (const chunk of request as AsyncIterable<Buffer>) {
    into.push(chunk);
    recorded.bytes += chunk.length;
  }
}

async function answer(registry: RegistryServer, request: IncomingMessage, response: ServerResponse, recorded: Recorded): Promise<void> {
  const url = new URL(recorded.url, "http://registry");
  const match = /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags|referrers)\/(.*)$/.exec(url.pathname);
  if (match === null) return void refuse(response, 404, "NOT_FOUND");
  const [, name = "", kind, rest = ""] = match;
  if (kind === "blobs/uploads") return await upload(registry, request, response, recorded, { name, id: rest, url });
  if (kind === "blobs") return blob(registry, request, response, rest);
  if (kind === "manifests") return await manifest(registry, request, response, recorded, rest);
  if (kind === "tags") {
    const tags = [...registry.manifests.keys()].filter((key) => !key.includes(":"));
    return void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ name, tags }));
  }
  if (!registry.referrers) return void response.writeHead(404).end("404 page not found");
  const listed = [...registry.manifests]
    .filter(([key]) => key.includes(":"))
    .map(([digest, { type, bytes }]) => ({ digest, mediaType: type, size: bytes.length, ...JSON.parse(bytes.toString()) }))
    .filter(({ subject }) => subject?.digest === rest)
    .map(({ digest, mediaType, size, artifactType, annotations }) => ({ digest, mediaType, size, artifactType, annotations }));
  const type = "application/vnd.oci.image.index.v1+json";
  response.writeHead(200, { "content-type": type }).end(JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: listed }));
}

async function upload(
  registry: RegistryServer,
  request: IncomingMessage,
  response: ServerResponse,
  recorded: Recorded,
  { name, id, url }: { readonly name: string; readonly id: string; readonly url: URL },
): Promise<void> {
  const location = (of: string): string => `/v2/${name}/blobs/uploads/${of}?state=a%2Fb`;
  if (request.method === "POST") {
    const mount = url.searchParams.get("mount");
    request.resume();
    if (mount !== null && registry.blobs.has(mount)) return void response.writeHead(201, { location: `/v2/${name}/blobs/${mount}` }).end();
    const opened = randomUUID();
    registry.uploads.set(opened, []);
    return void response.writeHead(202, { location: location(opened) }).end();
  }
  const chunks = registry.uploads.get(id);
  if (chunks === undefined) return void refuse(response, 404, "BLOB_UPLOAD_UNKNOWN");
  const size = (): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const range = (): string => `0-${Math.max(size() - 1, 0)}`;
  if (request.method === "GET") return void response.writeHead(204, { location: location(id), range: range() }).end();
  const start = /^(\d+)-/.exec(String(request.headers["content-range"] ?? ""))?.[1];
  if (start !== undefined && Number(start) !== size()) {
    return void refuse(response, 416, "BLOB_UPLOAD_INVALID", "out of order", { range: range() });
  }
  await readInto(request, recorded, chunks);
  if (request.method === "PATCH") return void response.writeHead(202, { location: location(id), range: range() }).end();
  registry.uploads.delete(id);
  const bytes = Buffer.concat(chunks);
  const digest = url.searchParams.get("digest") ?? "";
  if (sha256(bytes) !== digest) return void refuse(response, 400, "DIGEST_INVALID", "provided digest did not match uploaded content");
  registry.blobs.set(digest, bytes);
  response.writeHead(201, { "docker-content-digest": digest, location: `/v2/${name}/blobs/${digest}` }).end();
}

function blob(registry: RegistryServer, request: IncomingMessage, response: ServerResponse, digest: string): void {
  const bytes = registry.blobs.get(digest);
  if (request.method === "DELETE") return void response.writeHead(registry.blobs.delete(digest) ? 202 : 404).end();
  if (bytes === undefined) return void refuse(response, 404, "BLOB_UNKNOWN");
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  const [start, end] = range === null ? [0, bytes.length] : [Number(range[1]), Math.min(Number(range[2]) + 1, bytes.length)];
  const part = bytes.subarray(start, end);
  response.writeHead(range === null ? 200 : 206, {
    "content-length": part.length,
    "docker-content-digest": digest,
    ...(range === null ? {} : { "content-range": `bytes ${start}-${end - 1}/${bytes.length}` }),
  });
  response.end(request.method === "HEAD" ? undefined : part);
}

async function manifest(
  registry: RegistryServer,
  request: IncomingMessage,
  response: ServerResponse,
  recorded: Recorded,
  reference: string,
): Promise<void> {
  if (request.method === "PUT") {
    const chunks: Buffer[] = [];
    await readInto(request, recorded, chunks);
    const held = { type: String(request.headers["content-type"]), bytes: Buffer.concat(chunks) };
    const digest = sha256(held.bytes);
    registry.manifests.set(digest, held);
    registry.manifests.set(reference, held);
    const subject: unknown = JSON.parse(held.bytes.toString()).subject?.digest;
    const noted = registry.referrers && typeof subject === "string" ? { "oci-subject": subject } : {};
    return void response.writeHead(201, { "docker-content-digest": digest, ...noted }).end();
  }
  if (request.method === "DELETE") return void response.writeHead(registry.manifests.delete(reference) ? 202 : 404).end();
  const held = registry.manifests.get(reference);
  if (held === undefined) return void refuse(response, 404, "MANIFEST_UNKNOWN");
  response.writeHead(200, { "content-type": held.type, "content-length": held.bytes.length, "docker-content-digest": sha256(held.bytes) });
  response.end(request.method === "HEAD" ? undefined : held.bytes);
}
