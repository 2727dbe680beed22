import type { Credentials, SignIn } from "./sign-in.ts";

/** Sign-ins in order: the first that has credentials for a host is the one. */
export function stackSignIns(signIns: readonly SignIn[]): SignIn {
  return {
    async credentials(host, options) {
      for (const signIn of signIns) {
        const found = await signIn.credentials(host, options);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** Credentials that are known beforehand, by registry host. */
export function staticSignIn(credentials: Readonly<Record<string, Credentials>>): SignIn {
  return { credentials: async (host) => (Object.hasOwn(credentials, host) ? credentials[host] : undefined) };
}
