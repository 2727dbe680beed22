import { Failure } from "../failure/index.ts";
import type { Emit } from "../report/index.ts";
import { assumeRole, assumeWithGithub } from "./assume.ts";
import { type Environment, namesIdentity } from "./environment.ts";
import { hasGithubToken } from "./github-token.ts";
import { type CallerIdentity, callerIdentity, type WhoAsking } from "./identity.ts";
import type { AwsCredentials, AwsPlace } from "./place.ts";
import { isSessionOf, parseRole, type Role } from "./role.ts";

/** Keys for roles, kept in memory until near their end. */
export interface AwsSessions {
  /**
   * Keys that sign as a role: undefined where the SDK's default chain is to sign, because no role is asked for or the environment has
   * it already. Else the role is taken with GitHub's OIDC token where the job may have one, else from the environment's identity.
   * @throws Failure CONFIG_INVALID, CREDENTIALS_MISSING, CREDENTIALS_FAILED, DENIED, UNAUTHORIZED
   */
  credentials(role: string | undefined, place: AwsPlace, options?: SessionOptions): Promise<AwsCredentials | undefined>;
  /** Who signs then; undefined where that cannot be told in a moment. Never fails. */
  who(role: string | undefined, place: AwsPlace, options?: Pick<SessionOptions, "signal">): Promise<CallerIdentity | undefined>;
}

export interface SessionOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes the role anew, because the last keys were refused. */
  readonly fresh?: boolean | undefined;
}

/** Milliseconds before their end that keys are renewed. */
const renewBefore = 5 * 60 * 1000;

/** Milliseconds that somebody waits to hear who signs, which is only said: STS may be out of reach where ECR is not. */
const whoMs = 3000;

/** Sessions of the roles that are asked for. */
export function awsSessions({ env, emit }: { readonly env: Environment; readonly emit: Emit }): AwsSessions {
  const held = new Map<string, Promise<AwsCredentials | undefined>>();
  let environments: CallerIdentity | undefined;
  const environment = async (asking: Taking): Promise<CallerIdentity> => {
    environments ??= await callerIdentity(asking);
    return environments;
  };
  const sessions: AwsSessions = {
    async who(arn, place, { signal } = {}) {
      const asked = sessions.credentials(arn, place, { signal });
      const credentials = await asked.catch(() => "none" as const);
      if (credentials === "none") return undefined;
      if (arn !== undefined && credentials !== undefined) return { arn: credentials.principal ?? arn, account: parseRole(arn).account };
      const limit = AbortSignal.timeout(whoMs);
      const asking = { env, place, signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) };
      return await environment(asking).catch(() => undefined);
    },
    async credentials(arn, place, { signal, fresh = false } = {}) {
      if (arn === undefined) return undefined;
      const role = parseRole(arn);
      const key = `${arn} ${place.region} ${place.fips ?? false}`;
      const known = held.get(key);
      if (known !== undefined && !fresh) {
        const credentials = await known;
        const end = credentials?.expiration?.getTime();
        if (end === undefined || end - Date.now() > renewBefore) return credentials;
      }
      const asked = take(role, { env, place, signal, purpose: `take the role ${arn}` }, emit, environment);
      held.set(key, asked);
      // What failed must not stand in the way of the next one.
      asked.catch(() => held.get(key) === asked && held.delete(key));
      return await asked;
    },
  };
  return sessions;
}

type Taking = Pick<WhoAsking, "env" | "place" | "signal" | "purpose">;

type Who = (asking: Taking) => Promise<CallerIdentity>;

async function take(role: Role, asking: Taking, emit: Emit, environment: Who): Promise<AwsCredentials | undefined> {
  const github = hasGithubToken(asking.env);
  const caller = await callerOr(asking, github, environment);
  if (caller !== undefined && isSessionOf(caller.arn, role)) {
    emit({ kind: "detail", text: `the environment has the role ${role.arn} already` });
    return undefined;
  }
  const taken = github ? await assumeWithGithub(role, asking) : await assumeRole(role, caller?.arn ?? "", asking);
  emit({ kind: "detail", text: `took the role ${role.arn}${github ? " with GitHub's OIDC token" : ` as ${caller?.arn}`}` });
  return taken;
}

/** Who the environment is; nobody where GitHub's token is there to go on with. */
async function callerOr(asking: Taking, github: boolean, environment: Who): Promise<CallerIdentity | undefined> {
  // Elsewhere than in the environment an identity is looked for over the network, for seconds.
  if (github && !namesIdentity(asking.env)) return undefined;
  try {
    return await environment(asking);
  } catch (thrown) {
    if (github && thrown instanceof Failure) return undefined;
    throw thrown;
  }
}
