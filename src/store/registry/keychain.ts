import { isDeepStrictEqual } from "node:util";
import type { Credentials, SignIn } from "./sign-in.ts";

/** The credentials for one registry, looked up once and renewed before they end. */
export interface Keychain {
  /** @param fresh asks for others, because these were refused */
  credentials(fresh?: boolean): Promise<Credentials | undefined>;
  /** Other credentials than these, undefined where there are none. */
  other(than: Credentials | undefined): Promise<Credentials | undefined>;
  /** Whether any were found; undefined before they were looked for. */
  readonly found: boolean | undefined;
}

/** Credentials that end within this time are renewed first; an upload may take long. */
const renewMs = 5 * 60 * 1000;

/** A keychain over a sign-in. Whoever asks meanwhile waits for the same look-up. */
export function keychain(signIn: SignIn, host: string, signal: AbortSignal | undefined): Keychain {
  let held: Promise<Credentials | undefined> | undefined;
  let renewing: Promise<Credentials | undefined> | undefined;
  let found: boolean | undefined;

  const ask = (fresh: boolean): Promise<Credentials | undefined> => {
    const asked = signIn.credentials(host, { signal, fresh }).then((credentials) => {
      found = credentials !== undefined;
      return credentials;
    });
    held = asked;
    // A look-up that failed must not stand in the way of the next one.
    asked.catch(() => {
      if (held === asked) held = undefined;
    });
    return asked;
  };
  const renew = (): Promise<Credentials | undefined> => {
    renewing ??= ask(true).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };
  const keychain: Keychain = {
    get found() {
      return found;
    },
    async credentials(fresh = false) {
      if (fresh) return await renew();
      const known = await (held ?? ask(false));
      const ending = known?.kind === "basic" && known.expiresAt !== undefined && known.expiresAt - Date.now() < renewMs;
      return ending ? await renew() : known;
    },
    async other(than) {
      const known = await keychain.credentials();
      if (!isDeepStrictEqual(known, than)) return known;
      const renewed = await keychain.credentials(true);
      return isDeepStrictEqual(renewed, than) ? undefined : renewed;
    },
  };
  return keychain;
}
