import type { Credentials, SignIn } from "./sign-in.ts";

/** Sign-ins in order: the first that has credentials for a host is the one. */
export function stackSignIns(signIns: readonly SignIn[]): SignIn {
  const stacks: { readonly parts: readonly SignIn[]; readonly stack: SignIn }[] = [];
  return {
    forRepository(name) {
      const parts = signIns.map((one) => one.forRepository?.(name) ?? one);
      const known = stacks.find((one) => one.parts.every((part, index) => part === parts[index]));
      if (known !== undefined) return known.stack;
      const stack = stackSignIns(parts);
      stacks.push({ parts, stack });
      return stack;
    },
    async explain(failure, host, signal) {
      for (const signIn of signIns) {
        const explained = (await signIn.explain?.(failure, host, signal)) ?? failure;
        if (explained !== failure) return explained;
      }
      return failure;
    },
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
