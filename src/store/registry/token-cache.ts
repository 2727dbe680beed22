import { covers, type Scope } from "./scope.ts";
import type { Token } from "./token.ts";

/** Tokens by what they allow. */
export interface TokenCache {
  /** A token for the scopes that is not stale: a held one, or a new one. Whoever asks meanwhile waits for the same. */
  get(scopes: readonly Scope[], fetch: () => Promise<Token>): Promise<Token>;
  /** Forgets a token that was refused. */
  drop(value: string): void;
}

interface Held {
  readonly scopes: readonly Scope[];
  readonly token: Promise<Token>;
  settled: Token | undefined;
}

/** An empty cache. */
export function tokenCache(): TokenCache {
  let all: Held[] = [];
  return {
    async get(scopes, fetch) {
      const now = performance.now();
      all = all.filter(({ settled }) => settled === undefined || now < settled.staleAt);
      const known = all.find((held) => covers(held.scopes, scopes));
      if (known !== undefined) return await known.token;
      const token = fetch();
      const held: Held = { scopes, token, settled: undefined };
      all.push(held);
      try {
        held.settled = await token;
        return held.settled;
      } catch (thrown) {
        all = all.filter((other) => other !== held);
        throw thrown;
      }
    },
    drop(value) {
      all = all.filter(({ settled }) => settled?.value !== value);
    },
  };
}
