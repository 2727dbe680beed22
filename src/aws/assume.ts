import { Failure } from "../failure/index.ts";
import { claimsOf, githubAudience, githubIssuer, githubToken } from "./github-token.ts";
import type { AwsAsking } from "./identity.ts";
import { type AwsCredentials, clientSettings } from "./place.ts";
import { allowing, awsFailure } from "./refusal.ts";
import type { Role } from "./role.ts";

/** What STS gives, as its API has it. */
interface Given {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
  readonly SessionToken?: string | undefined;
  readonly Expiration?: Date | undefined;
}

/** Whose they are. */
interface GivenTo {
  readonly Arn?: string | undefined;
}

/**
 * Takes a role with GitHub's OIDC token (STS AssumeRoleWithWebIdentity).
 * @throws Failure DENIED with the token's `sub` and `aud`, CREDENTIALS_FAILED, UNAUTHORIZED
 */
export async function assumeWithGithub(role: Role, asking: AwsAsking): Promise<AwsCredentials> {
  const { env, place, signal } = asking;
  const token = await githubToken(env, signal);
  const { STSClient, AssumeRoleWithWebIdentityCommand } = await import("./sts-client.ts");
  // The token is what signs; whatever else the environment has is not asked for.
  const client = new STSClient(clientSettings("STS", place, env, { accessKeyId: "none", secretAccessKey: "none" }));
  try {
    const command = new AssumeRoleWithWebIdentityCommand({ RoleArn: role.arn, RoleSessionName: sessionName(env), WebIdentityToken: token });
    const { Credentials, AssumedRoleUser } = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
    return credentialsOf(Credentials, AssumedRoleUser, role);
  } catch (thrown) {
    signal?.throwIfAborted();
    const { sub, aud } = claimsOf(token);
    const call = "sts:AssumeRoleWithWebIdentity";
    throw awsFailure(thrown, {
      call,
      resource: role.arn,
      purpose: `take the role ${role.arn} with GitHub's OIDC token`,
      region: place.region,
      principal: `the job with sub ${sub}`,
      denied: `The token has sub "${sub}" and aud "${aud}". The role's trust policy would need: ${trusting(role, sub)}. Role and OIDC provider have to exist in account ${role.account}, the provider with the audience ${githubAudience}.`,
      facts: { role: role.arn, sub, aud },
    });
  } finally {
    client.destroy();
  }
}

/** The trust policy's statement that lets a job in (GitHub Docs, "Configuring OpenID Connect in Amazon Web Services"). */
function trusting({ partition, account }: Role, sub: string): string {
  return JSON.stringify({
    Effect: "Allow",
    Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${githubIssuer}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: { StringEquals: { [`${githubIssuer}:aud`]: githubAudience, [`${githubIssuer}:sub`]: sub } },
  });
}

/**
 * Takes a role from the identity that there is (STS AssumeRole).
 * @throws Failure DENIED, CREDENTIALS_FAILED, UNAUTHORIZED
 */
export async function assumeRole(role: Role, principal: string, { env, place, signal, credentials }: AwsAsking): Promise<AwsCredentials> {
  const { STSClient, AssumeRoleCommand } = await import("./sts-client.ts");
  const client = new STSClient(clientSettings("STS", place, env, credentials));
  try {
    const command = new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: sessionName(env) });
    const { Credentials, AssumedRoleUser } = await client.send(command, signal === undefined ? {} : { abortSignal: signal });
    return credentialsOf(Credentials, AssumedRoleUser, role);
  } catch (thrown) {
    signal?.throwIfAborted();
    const call = "sts:AssumeRole";
    throw awsFailure(thrown, {
      call,
      resource: role.arn,
      purpose: `take the role ${role.arn}`,
      region: place.region,
      principal,
      denied: `This statement in the policy of ${principal || "who asks"} allows it: ${allowing(call, role.arn)}. The role has to exist, which AWS does not tell, and its trust policy has to name who asks.`,
      facts: { role: role.arn },
    });
  } finally {
    client.destroy();
  }
}

function credentialsOf(given: Given | undefined, to: GivenTo | undefined, role: Role): AwsCredentials {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken, Expiration: expiration } = given ?? {};
  if (accessKeyId && secretAccessKey) return { accessKeyId, secretAccessKey, sessionToken, expiration, principal: to?.Arn };
  throw new Failure("CREDENTIALS_FAILED", `STS gave no keys for ${role.arn}`, { hint: "Look at AWS_ENDPOINT_URL, if it is set." });
}

/** How the session is called in CloudTrail: the run that it is of. */
function sessionName(env: AwsAsking["env"]): string {
  const run = env["GITHUB_RUN_ID"] ?? "";
  return /^\d{1,20}$/.test(run) ? `waybill-${run}` : "waybill";
}
