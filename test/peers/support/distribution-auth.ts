import { randomUUID, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { listening } from "../../support/http-service.ts";
import { aCertificate } from "../../support/registry-certificate.ts";
import type { DistributionAuth } from "./distribution.ts";

/** The user that both know. */
export const distributionUser = { username: "someone", password: "secret" } as const;

/** bcrypt of the password, which is all that distribution reads; Node has no bcrypt. */
const bcrypt = "$2b$04$lZMzFyHDyWKgTz8Rnd2R5OsBXXUP6UolLka4igrtehNfAiwP8pRTK";

/** Basic authentication, from a file as htpasswd writes it. */
export const htpasswd: DistributionAuth = {
  async prepare(dir) {
    const path = join(dir, "htpasswd");
    await writeFile(path, `${distributionUser.username}:${bcrypt}\n`);
    return { htpasswd: { realm: "distribution", path } };
  },
};

/** A server of signed tokens that a registry is told to trust. */
export interface SignedTokens extends DistributionAuth, AsyncDisposable {
  /** The scopes of each token that was given out. */
  readonly given: readonly (readonly string[])[];
}

/** Starts a token server for the distribution project's token specification; it gives its user all that is asked for. */
export async function signedTokens(): Promise<SignedTokens> {
  const { cert, key } = aCertificate();
  const given: (readonly string[])[] = [];
  const basic = `Basic ${Buffer.from(`${distributionUser.username}:${distributionUser.password}`).toString("base64")}`;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== basic) return void response.writeHead(401, { "content-type": "application/json" }).end("{}");
    const query = new URL(request.url ?? "/", "http://tokens").searchParams;
    const scopes = query.getAll("scope").flatMap((scope) => scope.split(" "));
    given.push(scopes);
    const token = signed(key, cert, query.get("service") ?? "", scopes);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ token, expires_in: 300 }));
  });
  const listens = await listening(server);
  return {
    given,
    async prepare(dir) {
      const rootcertbundle = join(dir, "tokens.pem");
      await writeFile(rootcertbundle, cert);
      return { token: { realm: `${listens.url}/token`, service: "distribution", issuer: "tokens", rootcertbundle } };
    },
    [Symbol.asyncDispose]: async () => await listens[Symbol.asyncDispose](),
  };
}

/** A JSON web token (RFC 7519) that carries the certificate of its key. */
function signed(key: string, cert: string, audience: string, scopes: readonly string[]): string {
  const now = Math.floor(Date.now() / 1000);
  const access = scopes.map((scope) => {
    const [type, name, actions = ""] = scope.split(":");
    return { type, name, actions: actions.split(",") };
  });
  const header = { typ: "JWT", alg: "ES256", x5c: [cert.replace(/-----[^-]+-----|\s/g, "")] };
  const times = { exp: now + 300, nbf: now - 10, iat: now };
  const claims = { iss: "tokens", sub: distributionUser.username, aud: audience, ...times, jti: randomUUID(), access };
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}
