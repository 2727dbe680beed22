import { Failure } from "../../failure/index.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { keychain } from "./keychain.ts";
import { parseScopes, type Scope } from "./scope.ts";
import type { Secrets } from "./secrets.ts";
import type { Credentials, SignIn } from "./sign-in.ts";
import { basicHeader, fetchToken, parseRealm, type Realm, type Token } from "./token.ts";
import { tokenCache } from "./token-cache.ts";
import type { WireAnswer, WireRequest } from "./transport.ts";

/** A 401 and what had been sent. */
export interface Refusal {
  /** The WWW-Authenticate header. */
  readonly challenge: string | undefined;
  /** The Authorization header that was not taken, if there was one. */
  readonly refused: string | undefined;
  /** How many headers of this request were refused, this one included. */
  readonly count: number;
}

/** Who signs requests to one registry, and learns from its challenges how. */
export interface Authority {
  /** The Authorization header for a request that needs these scopes; undefined as long as the registry has not asked for one. */
  header(scopes: readonly Scope[]): Promise<string | undefined>;
  /** What to send after a 401: another header, or undefined where nothing is left to try. */
  challenged(refusal: Refusal, scopes: readonly Scope[]): Promise<string | undefined>;
  /** What to send in place of a header that was refused without a challenge; undefined where there is no other. */
  another(refused: string, scopes: readonly Scope[]): Promise<string | undefined>;
  /** Whether there were credentials to sign in with; undefined before they were looked for. */
  readonly signedIn: boolean | undefined;
}

export interface AuthorityOptions {
  readonly host: string;
  /** The base URL of the registry. */
  readonly base: URL;
  readonly signIn: SignIn;
  /** Told what is sent to the registry and to its realm. */
  readonly secrets: Secrets;
  /** Sends what fetches a token. What it does is shared between requests, so that no single one's signal may end it. */
  readonly send: (request: WireRequest) => Promise<WireAnswer>;
  readonly signal?: AbortSignal | undefined;
}

type Scheme = { readonly kind: "basic" } | { readonly kind: "bearer"; readonly realm: Realm };

/** The authority of one registry. Tokens and credentials live in memory and leave it in a header only. */
export function authority({ host, base, signIn, secrets, send, signal }: AuthorityOptions): Authority {
  const keys = keychain(signIn, host, signal);
  const tokens = tokenCache();
  let scheme: Scheme | undefined;

  const fetch = async (realm: Realm, scopes: readonly Scope[], credentials: Credentials | undefined): Promise<Token> => {
    const fetchWith = (given: Credentials | undefined) =>
      fetchToken(realm, scopes, given, (request) => send({ ...request, signal }), { host, secrets });
    try {
      return await fetchWith(credentials);
    } catch (thrown) {
      if (credentials === undefined || !(thrown instanceof Failure) || thrown.code !== "UNAUTHORIZED") throw thrown;
      const others = await keys.other(credentials);
      if (others === undefined) throw thrown;
      return await fetchWith(others);
    }
  };

  const make = async (scopes: readonly Scope[], fresh = false): Promise<string | undefined> => {
    if (scheme === undefined) return undefined;
    const credentials = await keys.credentials(fresh);
    if (credentials !== undefined) secrets.learn(credentials);
    if (credentials?.kind === "bearer") return `Bearer ${credentials.token}`;
    if (scheme.kind === "basic") return credentials?.kind === "basic" ? basicHeader(credentials) : undefined;
    const { realm } = scheme;
    return `Bearer ${(await tokens.get(scopes, () => fetch(realm, scopes, credentials))).value}`;
  };

  const another = async (refused: string, scopes: readonly Scope[], count: number): Promise<string | undefined> => {
    tokens.drop(refused.replace(/^Bearer /, ""));
    // A token ends by itself, and another may be had with the same credentials; a password that was refused is wrong by now.
    const next = await make(scopes);
    if (next !== refused && count === 1) return next;
    const renewed = await make(scopes, true);
    return renewed === refused ? undefined : renewed;
  };

  return {
    get signedIn() {
      return keys.found;
    },
    header: (scopes) => make(scopes),
    async challenged({ challenge, refused, count }, scopes) {
      const asked = choose(parseChallenges(challenge));
      if (asked === undefined) return undefined;
      scheme = asked.scheme === "basic" ? { kind: "basic" } : { kind: "bearer", realm: parseRealm(asked.parameters, base) };
      const wanted = [...new Set([...scopes, ...parseScopes(asked.parameters.get("scope"))])];
      return refused === undefined ? await make(wanted) : await another(refused, wanted, count);
    },
    another: (refused, scopes) => another(refused, scopes, 1),
  };
}

/** Of several challenges a token's, because it is the narrower key. */
function choose(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find(({ scheme }) => scheme === "bearer") ?? challenges.find(({ scheme }) => scheme === "basic");
}
