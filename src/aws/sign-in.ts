import type { Emit } from "../report/index.ts";
import { anonymous, type SignIn } from "../store/index.ts";
import { type Environment, hasStaticKeys } from "./environment.ts";
import { explainAnswer, guestNote } from "./explain.ts";
import { hasGithubToken } from "./github-token.ts";
import { ecrRegistryOf } from "./host.ts";
import type { CallerIdentity } from "./identity.ts";
import { type AwsSessions, awsSessions } from "./sessions.ts";
import { askToken, type EcrToken } from "./token.ts";

/** One repository, and the role to sign in with there. */
export interface RoleOfRepository {
  readonly host: string;
  readonly repository: string;
  /** ARN of an IAM role. */
  readonly role?: string | undefined;
}

/** What signing in at ECR takes from the outside. */
export interface EcrSignInOptions {
  readonly env: Environment;
  readonly emit: Emit;
  /** Sessions of roles that are shared with others who ask AWS; own ones unless given. */
  readonly sessions?: AwsSessions | undefined;
  /** Repositories that are signed in to with a role; all others with the identity that the environment has. */
  readonly roles?: readonly RoleOfRepository[] | undefined;
}

/** Milliseconds before its end that a token is renewed: a push that begins with it must be able to end. */
const renewBefore = 15 * 60 * 1000;

/**
 * Signs in at ECR's hosts (GetAuthorizationToken of the registry's region), with a repository's role or the identity that the
 * environment has; at the public registry for the repositories that are named only. All other hosts are left to others. Tokens are kept in memory for each role, partition and region, until they are
 * about to end. The AWS SDK is loaded for an ECR host only.
 */
export function ecrSignIn({ env, emit, sessions = awsSessions({ env, emit }), roles = [] }: EcrSignInOptions): SignIn {
  let warned = false;
  const warn = (): void => {
    if (!warned) emit(staticKeys);
    warned = true;
  };
  const signIns = new Map<string | undefined, SignIn>();
  const withRole = (role: string | undefined): SignIn => {
    const known = signIns.get(role) ?? signInAs(role, { env, emit, sessions, warn });
    signIns.set(role, known);
    return known;
  };
  return {
    credentials: (host, options) => withRole(undefined).credentials(host, options),
    explain: async (failure, host, signal) => (await withRole(undefined).explain?.(failure, host, signal)) ?? failure,
    forRepository: (name) => {
      const known = roles.find(({ host, repository }) => host === name.host && repository === name.repository);
      // Everybody may read what is public there, mostly by an identity that may not sign in there.
      return known === undefined && ecrRegistryOf(name.host)?.kind === "public" ? anonymous : withRole(known?.role);
    },
  };
}

interface SigningIn {
  readonly env: Environment;
  readonly emit: Emit;
  readonly sessions: AwsSessions;
  /** Tells of static keys that sign. */
  readonly warn: () => void;
}

const staticKeys = {
  kind: "message",
  level: "warning",
  text: "what signs in at AWS are static keys (AWS_ACCESS_KEY_ID without a session token), which do not end and may leak",
  hint: "Give the destination a role and the job permissions id-token: write, and delete the keys: https://github.com/quiltdata/waybill/blob/main/docs/ecr.md#roles",
} as const;

function signInAs(role: string | undefined, { env, emit, sessions, warn }: SigningIn): SignIn {
  const tokens = new Map<string, Promise<EcrToken>>();
  const told = new Set<string>();
  const tell = async (host: string, who: Promise<CallerIdentity | undefined> | undefined): Promise<void> => {
    const text = guestNote(await who, host);
    if (text !== undefined) emit({ kind: "message", level: "info", text });
  };
  return {
    async explain(failure, host, signal) {
      const registry = ecrRegistryOf(host);
      return registry === undefined
        ? failure
        : await explainAnswer(failure, host, async () => await sessions.who(role, registry, { signal }));
    },
    async credentials(host, options) {
      const registry = ecrRegistryOf(host);
      if (registry === undefined) return undefined;
      const key = `${registry.kind} ${registry.partition} ${registry.region} ${registry.fips}`;
      const who = told.has(host) || registry.kind === "public" ? undefined : sessions.who(role, registry, { signal: options?.signal });
      told.add(host);
      const known = await tokens.get(key)?.catch(() => undefined);
      if (known !== undefined && !options?.fresh && known.expiresAt - Date.now() > renewBefore) {
        await tell(host, who);
        return known.credentials;
      }
      if (hasStaticKeys(env) && (role === undefined || !hasGithubToken(env))) warn();
      const asked = askToken({ host, registry, role, env, sessions, signal: options?.signal });
      tokens.set(key, asked);
      try {
        const { credentials, expiresAt } = await asked;
        await tell(host, who);
        emit({
          kind: "detail",
          text: `signed in at ${host}${role === undefined ? "" : ` as ${role}`}, until ${new Date(expiresAt).toISOString()}`,
        });
        return credentials;
      } catch (thrown) {
        if (tokens.get(key) === asked) tokens.delete(key);
        throw thrown;
      }
    },
  };
}
