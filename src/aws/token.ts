import { Failure } from "../failure/index.ts";
import type { Credentials } from "../store/index.ts";
import { ecrClient } from "./ecr.ts";
import type { Environment } from "./environment.ts";
import type { EcrRegistry } from "./host.ts";
import { type AwsCredentials, clientSettings } from "./place.ts";
import { awsFailure, isExpired } from "./refusal.ts";
import { parseRole } from "./role.ts";
import type { AwsSessions } from "./sessions.ts";

/** What a registry of AWS takes as a password, until it ends. */
export interface EcrToken {
  readonly credentials: Extract<Credentials, { kind: "basic" }>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What asking for a token takes. */
export interface AskingToken {
  readonly host: string;
  readonly registry: EcrRegistry;
  readonly role: string | undefined;
  readonly env: Environment;
  readonly sessions: AwsSessions;
  readonly signal: AbortSignal | undefined;
}

/** As both APIs give it. */
interface Given {
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

interface TokenApi {
  readonly call: string;
  /** What the identity must be allowed. */
  readonly actions: string | readonly string[];
  ask(asking: AskingToken, keys: AwsCredentials | undefined): Promise<Given | undefined>;
}

/** Whom one asks (API references of Amazon ECR and Amazon ECR Public, "GetAuthorizationToken"). */
const apis: Readonly<Record<EcrRegistry["kind"], TokenApi>> = {
  private: {
    call: "ecr:GetAuthorizationToken",
    actions: "ecr:GetAuthorizationToken",
    async ask({ registry, env, signal }, keys) {
      const { GetAuthorizationTokenCommand } = await import("./ecr-client.ts");
      using client = destroyed(await ecrClient(registry, env, keys));
      const answer = await client.sdk.send(new GetAuthorizationTokenCommand({}), signal === undefined ? {} : { abortSignal: signal });
      return answer.authorizationData?.[0];
    },
  },
  public: {
    call: "ecr-public:GetAuthorizationToken",
    actions: ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"],
    async ask({ registry, env, signal }, keys) {
      const { ECRPUBLICClient, GetAuthorizationTokenCommand } = await import("./ecr-public-client.ts");
      using client = destroyed(new ECRPUBLICClient(clientSettings("ECR_PUBLIC", registry, env, keys)));
      const answer = await client.sdk.send(new GetAuthorizationTokenCommand({}), signal === undefined ? {} : { abortSignal: signal });
      return answer.authorizationData;
    },
  },
};

/**
 * Asks for a token, as the role or with the identity that the environment has.
 * @throws Failure CONFIG_INVALID, CREDENTIALS_MISSING, CREDENTIALS_FAILED, DENIED, UNAUTHORIZED
 */
export async function askToken(asking: AskingToken, fresh = false): Promise<EcrToken> {
  const { host, registry, role, sessions, signal } = asking;
  if (role !== undefined && parseRole(role).partition !== registry.partition) throw otherPartition(role, host, registry.partition);
  const { call, actions, ask } = apis[registry.kind];
  const keys = await sessions.credentials(role, registry, { signal, fresh });
  try {
    return tokenOf(await ask(asking, keys), host);
  } catch (thrown) {
    signal?.throwIfAborted();
    // The role's session may have ended earlier than it said it would.
    if (keys !== undefined && !fresh && isExpired(thrown)) return await askToken(asking, true);
    throw awsFailure(thrown, {
      call,
      actions,
      resource: "*",
      purpose: `get a token for ${host}`,
      region: registry.region,
      principal: keys?.principal ?? role,
      facts: { host, ...(registry.kind === "private" ? { account: registry.account } : {}) },
    });
  }
}

function destroyed<T extends { destroy(): void }>(sdk: T): Disposable & { readonly sdk: T } {
  return { sdk, [Symbol.dispose]: () => sdk.destroy() };
}

function otherPartition(role: string, host: string, partition: string): Failure {
  return new Failure("CONFIG_INVALID", `the role ${role} is of another partition than ${host}, which is in ${partition}`, {
    hint: `Name a role of that partition: arn:${partition}:iam::ACCOUNT:role/NAME.`,
  });
}

function tokenOf(data: Given | undefined, host: string): EcrToken {
  const decoded = Buffer.from(data?.authorizationToken ?? "", "base64").toString("utf8");
  const at = decoded.indexOf(":");
  if (at <= 0)
    throw new Failure("CREDENTIALS_FAILED", `ECR gave no usable token for ${host}`, { hint: "Look at AWS_ENDPOINT_URL, if it is set." });
  const expiresAt = data?.expiresAt?.getTime() ?? Date.now() + 60 * 60 * 1000;
  return { credentials: { kind: "basic", username: decoded.slice(0, at), password: decoded.slice(at + 1), expiresAt }, expiresAt };
}
