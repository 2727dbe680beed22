import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { staticSignIn } from "../../src/store/index.ts";
import { user, type Vendor } from "./registry-compatible.ts";
import { amend, type Intercept, type Recorded, type RegistryServer, refuse, registryServer, reply } from "./registry-server.ts";
import { basicOnly } from "./registry-sign-in.ts";

/** The repository and what is asked of it, of a path below `/v2/`. */
export function askedOf({
  url,
}: Pick<Recorded, "url">): { readonly name: string; readonly kind: string; readonly rest: string } | undefined {
  const match = /^\/v2\/(.+?)\/(blobs\/uploads?|blobs|manifests|tags|referrers)\/([^?]*)/.exec(url);
  return match === null ? undefined : { name: match[1] ?? "", kind: match[2] ?? "", rest: match[3] ?? "" };
}

/** Puts a rule before what the registry does so far. */
export function before(server: RegistryServer, rule: Intercept): void {
  const then = server.intercept;
  server.intercept = async (request, response, recorded) =>
    (await rule(request, response, recorded)) || (await then(request, response, recorded));
}

/** Lets in only who has a token from a realm for what is asked. What comes back ends all tokens so far. */
export function bearer(
  server: RegistryServer,
  options: {
    /** The server that gives the tokens. */
    readonly realm: RegistryServer;
    readonly path: string;
    readonly service: string;
    /** What is answered with a token. */
    readonly answer: (token: string) => object;
    /** Whether a scope, `repository:NAME:ACTION`, is given. */
    readonly allows?: (scope: string) => boolean;
  },
): () => void {
  const granted = new Map<string, ReadonlySet<string>>();
  const give: Intercept = (request, response, recorded) => {
    const url = new URL(recorded.url, "http://realm");
    if (url.pathname !== options.path) return false;
    const basic = Buffer.from(`${user.username}:${user.password}`).toString("base64");
    if (request.headers.authorization !== `Basic ${basic}` || url.searchParams.get("service") !== options.service) {
      return refuse(response, 401, "UNAUTHORIZED", "incorrect username or password");
    }
    const token = `token-${randomUUID()}`;
    granted.set(
      token,
      new Set(
        url.searchParams
          .getAll("scope")
          .flatMap(eachAction)
          .filter(options.allows ?? (() => true)),
      ),
    );
    return reply(response, 200, { "content-type": "application/json" }, JSON.stringify(options.answer(token)));
  };
  before(options.realm, give);
  const then = server.intercept;
  server.intercept = async (request, response, recorded) => {
    const asked = askedOf(recorded);
    if (asked === undefined) return await then(request, response, recorded);
    const actions = request.method === "GET" || request.method === "HEAD" ? "pull" : request.method === "DELETE" ? "delete" : "pull,push";
    const scope = `repository:${asked.name}:${actions}`;
    const held = granted.get((request.headers.authorization ?? "").replace(/^Bearer /, ""));
    if (held !== undefined && eachAction(scope).every((one) => held.has(one))) return await then(request, response, recorded);
    const error = held === undefined ? "" : ',error="insufficient_scope"';
    return refuse(response, 401, "UNAUTHORIZED", "authentication required", {
      "www-authenticate": `Bearer realm="http://${options.realm.host}${options.path}",service="${options.service}",scope="${scope}"${error}`,
    });
  };
  return () => granted.clear();
}

function eachAction(scope: string): readonly string[] {
  const colon = scope.lastIndexOf(":");
  return scope
    .slice(colon + 1)
    .split(",")
    .map((action) => `${scope.slice(0, colon)}:${action}`);
}

/** Has blobs read from object storage, which refuses a request that is signed twice. */
export async function objectStorage(server: RegistryServer): Promise<RegistryServer> {
  const storage = await registryServer({
    intercept: (request, response, { url }) => {
      if (request.headers.authorization !== undefined) return reply(response, 400, {}, "<Error><Code>InvalidArgument</Code></Error>");
      const bytes = server.blobs.get(`sha256:${url.slice(1).split("?", 1)[0]}`);
      if (bytes === undefined) return reply(response, 404, {}, "<Error><Code>NoSuchKey</Code></Error>");
      return reply(response, 200, { "content-type": "binary/octet-stream", "content-length": bytes.length }, bytes);
    },
  });
  before(server, (request, response, recorded) => {
    const asked = askedOf(recorded);
    if (request.method !== "GET" || asked?.kind !== "blobs" || !server.blobs.has(asked.rest)) return false;
    const location = `http://${storage.host}/${asked.rest.slice("sha256:".length)}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=abc`;
    return reply(response, 307, { location, "content-type": "application/octet-stream" });
  });
  return storage;
}

/** Refuses to move tags that exist; the answer is the registry's own. */
export function immutable(server: RegistryServer, answer: (response: ServerResponse, tag: string) => true): void {
  before(server, (request, response, recorded) => {
    const asked = askedOf(recorded);
    const tag = asked?.kind === "manifests" && !asked.rest.includes(":") ? asked.rest : undefined;
    return request.method === "PUT" && tag !== undefined && server.manifests.has(tag) && answer(response, tag);
  });
}

/** Names uploads' places in the registry's own way: absolute, relative, with what it wants in the query. */
export function placing(server: RegistryServer, place: (path: string) => string): void {
  before(server, (_, response, recorded) =>
    askedOf(recorded)?.kind.startsWith("blobs/upload")
      ? amend(response, (status, { location }) =>
          status === 202 || status === 204 || recorded.method === "PATCH"
            ? { headers: { location: place(String(location).split("?", 1)[0] ?? "") } }
            : {},
        )
      : false,
  );
}

/** Takes no blob over from another repository. */
export function withoutMounts(server: RegistryServer): void {
  before(server, (request, _, recorded) => {
    if (request.method === "POST") Object.assign(recorded, { url: recorded.url.replace(/\?.*/, "") });
    return false;
  });
}

/** Deletes nothing. */
export function withoutDeleting(server: RegistryServer): void {
  before(
    server,
    (request, response) => request.method === "DELETE" && refuse(response, 405, "UNSUPPORTED", "The operation is unsupported."),
  );
}

/** Lists tags in pages of two, as `last` and `n` ask for them. */
export function pagedTags(server: RegistryServer): void {
  before(server, (_, response, recorded) => {
    const asked = askedOf(recorded);
    if (asked?.kind !== "tags") return false;
    const url = new URL(recorded.url, "http://registry");
    const last = url.searchParams.get("last") ?? "";
    const all = [...server.manifests.keys()].filter((key) => !key.includes(":") && key > last).sort();
    const tags = all.slice(0, 2);
    const link = all.length > 2 ? { link: `</v2/${asked.name}/tags/list?last=${tags.at(-1)}&n=2>; rel="next"` } : {};
    return reply(response, 200, { "content-type": "application/json", ...link }, JSON.stringify({ name: asked.name, tags }));
  });
}

/** A vendor on this machine: its servers end with it. */
export function vendorOf(
  server: RegistryServer,
  { host = server.host, ...rest }: Partial<Vendor> & { readonly scheme: Vendor["scheme"] },
  ...others: readonly RegistryServer[]
): Vendor {
  if (rest.scheme === "Basic") basicBefore(server);
  return {
    server,
    host,
    repository: "team/app",
    elsewhere: [],
    ...rest,
    options: {
      signIn: staticSignIn({ [host]: user }),
      ...(host === server.host ? {} : { endpoints: { [host]: { url: `http://${server.host}` } } }),
      ...rest.options,
    },
    async [Symbol.asyncDispose]() {
      for (const one of [server, ...others]) await one[Symbol.asyncDispose]();
    },
  };
}

function basicBefore(server: RegistryServer): void {
  const then = server.intercept;
  basicOnly(server, (name, password) => name === user.username && password === user.password);
  const first = server.intercept;
  server.intercept = async (request, response, recorded) =>
    (await first(request, response, recorded)) || (await then(request, response, recorded));
}
