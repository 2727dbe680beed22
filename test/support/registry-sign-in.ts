import { createServer } from "node:http";
import { listening } from "./http-service.ts";
import type { Recorded, RegistryServer } from "./registry-server.ts";
import { refuse } from "./registry-server.ts";

/** A server that gives out tokens, and lets only those into a registry. */
export interface TokenServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: (Recorded & { readonly body: string })[];
  /** Tokens that count; the registry refuses all others. */
  readonly valid: Set<string>;
  /** What the next answer says beside the token. */
  extra: Readonly<Record<string, unknown>>;
  /** The status that is answered instead of a token, while it is set. */
  refusal: number | undefined;
}

/** Starts a token server and puts it in front of a registry. */
export async function tokenServer(registry: RegistryServer): Promise<TokenServer> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    tokens.requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, bytes: body.length, body });
    if (tokens.refusal !== undefined) return void refuse(response, tokens.refusal, "UNAUTHORIZED", "incorrect username or password");
    const token = `token-${tokens.requests.length}`;
    tokens.valid.add(token);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token, expires_in: 300, ...tokens.extra }));
  });
  const listens = await listening(server);
  const url = `${listens.url}/token`;
  const tokens: TokenServer = {
    ...listens,
    url,
    requests: [],
    valid: new Set(),
    extra: {},
    refusal: undefined,
  };
  const before = registry.intercept;
  registry.intercept = (request, response, recorded) => {
    const token = (request.headers.authorization ?? "").replace(/^Bearer /, "");
    if (tokens.valid.has(token)) return before(request, response, recorded);
    const name = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(recorded.url)?.[1];
    const scope = `repository:${name}:${request.method === "GET" || request.method === "HEAD" ? "pull" : "pull,push"}`;
    request.resume();
    return refuse(response, 401, "UNAUTHORIZED", "authentication required", {
      "www-authenticate": `Bearer realm="${url}",service="registry.test",scope="${scope}"`,
    });
  };
  return tokens;
}

/** Puts Basic authentication in front of a registry. */
export function basicOnly(registry: RegistryServer, accepts: (user: string, password: string) => boolean): void {
  registry.intercept = (request, response) => {
    const encoded = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const [user = "", ...password] = Buffer.from(encoded, "base64").toString().split(":");
    if (accepts(user, password.join(":"))) return false;
    request.resume();
    return refuse(response, 401, "UNAUTHORIZED", "not for you", { "www-authenticate": 'Basic realm="registry",charset="UTF-8"' });
  };
}
