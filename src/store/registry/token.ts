import { Failure, redactUrl } from "../../failure/index.ts";
import { isLoopback } from "../../oci/index.ts";
import { answerFailure } from "./answer-failure.ts";
import { readJson } from "./body.ts";
import { isSafe } from "./endpoint.ts";
import type { Scope } from "./scope.ts";
import type { Secrets } from "./secrets.ts";
import type { Credentials } from "./sign-in.ts";
import type { WireAnswer, WireRequest } from "./transport.ts";
import { protocolFailure } from "./wire-failure.ts";

/** Who gives out tokens, as a registry's Bearer challenge names it. */
export interface Realm {
  readonly url: URL;
  readonly service: string | undefined;
}

/** A token for some scopes. */
export interface Token {
  readonly value: string;
  /** Milliseconds on this process's own clock from which on another should be used. */
  readonly staleAt: number;
}

const tokenLimit = 1024 * 1024;
/** Without `expires_in` a token lives 60 s (the distribution project's token specification). */
const defaultLifeSeconds = 60;

/**
 * The realm of a Bearer challenge.
 * @param registry the base URL of the registry that named it
 * @throws Failure REGISTRY_PROTOCOL where it is not one that credentials may be sent to
 */
export function parseRealm(parameters: ReadonlyMap<string, string>, registry: URL): Realm {
  const realm = parameters.get("realm") ?? "";
  const url = URL.parse(realm);
  const asked = { method: "GET", url: registry };
  if (url === null) throw protocolFailure(asked, "the registry asks for a token and does not say at which URL");
  url.username = "";
  url.password = "";
  url.hash = "";
  // Plain text is for a registry on this machine that speaks it itself, so that no remote one can point in here.
  const plain = registry.protocol === "http:" && isLoopback(registry.hostname);
  if (!isSafe(url) || (url.protocol === "http:" && !plain)) {
    throw protocolFailure(asked, `the registry asks to sign in at ${redactUrl(url)}, which is not https`);
  }
  return { url, service: parameters.get("service")?.slice(0, 512) };
}

/**
 * Fetches a token: POST with an identity token (OAuth2 refresh), else GET, with Basic where there are credentials.
 * @throws Failure UNAUTHORIZED, DENIED, REGISTRY_PROTOCOL and what the request throws
 */
export async function fetchToken(
  realm: Realm,
  scopes: readonly Scope[],
  credentials: Credentials | undefined,
  send: (request: Omit<WireRequest, "signal">) => Promise<WireAnswer>,
  { host, secrets }: { readonly host: string; readonly secrets: Secrets },
): Promise<Token> {
  if (credentials !== undefined) secrets.learn(credentials);
  const asked = performance.now();
  const answer = await send(
    credentials?.kind === "identity-token" ? refresh(realm, scopes, credentials.token) : get(realm, scopes, credentials),
  );
  if (answer.status !== 200) {
    const failure = await answerFailure(answer, host, secrets);
    const refused = [400, 401, 403].includes(answer.status);
    if (!refused) throw failure;
    throw new Failure(answer.status === 403 ? "DENIED" : "UNAUTHORIZED", `${host} gives no token: ${failure.message}`, {
      hint: `Sign in with docker login ${host}, or renew the sign-in.`,
      facts: failure.facts,
      cause: failure,
    });
  }
  const json = await readJson(answer, tokenLimit);
  const value = [json["token"], json["access_token"]].find((text) => typeof text === "string" && text !== "");
  // What goes into a header must not be able to end it.
  if (typeof value !== "string" || !/^[\x21-\x7e]{1,65536}$/.test(value)) throw protocolFailure(answer, "the answer holds no token");
  secrets.learnToken(value);
  const life = json["expires_in"];
  const seconds = typeof life === "number" && life > 0 ? Math.min(life, 24 * 60 * 60) : defaultLifeSeconds;
  // Counted from before the request on this machine's clock: the other clock may be wrong, the answer may have been slow.
  return { value, staleAt: asked + seconds * 1000 - Math.min(30_000, seconds * 250) };
}

function get({ url, service }: Realm, scopes: readonly Scope[], credentials: Credentials | undefined): Omit<WireRequest, "signal"> {
  const asked = new URL(url);
  if (service !== undefined) asked.searchParams.set("service", service);
  for (const scope of scopes) asked.searchParams.append("scope", scope);
  const basic = credentials?.kind === "basic" ? { authorization: basicHeader(credentials) } : {};
  return { method: "GET", url: asked, headers: { accept: "application/json", ...basic } };
}

function refresh({ url, service }: Realm, scopes: readonly Scope[], token: string): Omit<WireRequest, "signal"> {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: "waybill", refresh_token: token });
  if (service !== undefined) form.set("service", service);
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  const bytes = Buffer.from(form.toString());
  return {
    method: "POST",
    url,
    personal: true,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: {
      size: bytes.length,
      open: async function* () {
        yield bytes;
      },
    },
  };
}

/** The Authorization header of a user and password. */
export function basicHeader(credentials: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, "utf8").toString("base64")}`;
}
