import { Failure } from "../failure/index.ts";
import type { Emit } from "../report/index.ts";
import type { Credentials, SignIn } from "../store/index.ts";
import { ecrClient } from "./ecr.ts";
import { type Environment, hasStaticKeys } from "./environment.ts";
import { hasGithubToken } from "./github-token.ts";
import { type EcrHost, parseEcrHost } from "./host.ts";
import { awsFailure, isExpired } from "./refusal.ts";
import { parseRole } from "./role.ts";
import { type AwsSessions, awsSessions } from "./sessions.ts";

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

interface Token {
  readonly credentials: Extract<Credentials, { kind: "basic" }>;
  readonly expiresAt: number;
}

/**
 * Signs in at ECR's hosts (GetAuthorizationToken of the registry's region), with a repository's role or the identity that the
 * environment has; all other hosts are left to others. Tokens are kept in memory for each role, partition and region, until they are
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
    forRepository: (name) => withRole(roles.find(({ host, repository }) => host === name.host && repository === name.repository)?.role),
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
  const tokens = new Map<string, Promise<Token>>();
  return {
    async credentials(host, options) {
      const ecr = parseEcrHost(host);
      if (ecr === undefined) return undefined;
      const key = `${ecr.partition} ${ecr.region} ${ecr.fips}`;
      const known = await tokens.get(key)?.catch(() => undefined);
      if (known !== undefined && !options?.fresh && known.expiresAt - Date.now() > renewBefore) return known.credentials;
      if (hasStaticKeys(env) && (role === undefined || !hasGithubToken(env))) warn();
      const asked = askToken({ host, ecr, role, env, sessions, signal: options?.signal });
      tokens.set(key, asked);
      try {
        const { credentials, expiresAt } = await asked;
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

interface AskingToken {
  readonly host: string;
  readonly ecr: EcrHost;
  readonly role: string | undefined;
  readonly env: Environment;
  readonly sessions: AwsSessions;
  readonly signal: AbortSignal | undefined;
}

async function askToken(asking: AskingToken, fresh = false): Promise<Token> {
  const { host, ecr, role, env, sessions, signal } = asking;
  if (role !== undefined && parseRole(role).partition !== ecr.partition) throw otherPartition(role, host, ecr);
  const keys = await sessions.credentials(role, ecr, { signal, fresh });
  const client = await ecrClient(ecr, env, keys);
  try {
    const { GetAuthorizationTokenCommand } = await import("./ecr-client.ts");
    const answer = await client.send(new GetAuthorizationTokenCommand({}), signal === undefined ? {} : { abortSignal: signal });
    return tokenOf(answer.authorizationData?.[0], host);
  } catch (thrown) {
    signal?.throwIfAborted();
    // The role's session may have ended earlier than it said it would.
    if (keys !== undefined && !fresh && isExpired(thrown)) return await askToken(asking, true);
    throw awsFailure(thrown, {
      call: "ecr:GetAuthorizationToken",
      resource: "*",
      purpose: `get a token for ${host}`,
      region: ecr.region,
      principal: role,
      facts: { host, account: ecr.account },
    });
  } finally {
    client.destroy();
  }
}

function otherPartition(role: string, host: string, ecr: EcrHost): Failure {
  return new Failure("CONFIG_INVALID", `the role ${role} is of another partition than ${host}, which is in ${ecr.partition}`, {
    hint: `Name a role of that partition: arn:${ecr.partition}:iam::ACCOUNT:role/NAME.`,
  });
}

function tokenOf(
  data: { readonly authorizationToken?: string | undefined; readonly expiresAt?: Date | undefined } | undefined,
  host: string,
): Token {
  const decoded = Buffer.from(data?.authorizationToken ?? "", "base64").toString("utf8");
  const at = decoded.indexOf(":");
  if (at <= 0)
    throw new Failure("CREDENTIALS_FAILED", `ECR gave no usable token for ${host}`, { hint: "Look at AWS_ENDPOINT_URL, if it is set." });
  const expiresAt = data?.expiresAt?.getTime() ?? Date.now() + 60 * 60 * 1000;
  return { credentials: { kind: "basic", username: decoded.slice(0, at), password: decoded.slice(at + 1), expiresAt }, expiresAt };
}
