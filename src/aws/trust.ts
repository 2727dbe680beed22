import { Failure } from "../failure/index.ts";
import type { Environment } from "./environment.ts";
import { type AwsCredentials, type AwsPlace, clientSettings } from "./place.ts";
import { awsFailure } from "./refusal.ts";
import { parseRole, type Role } from "./role.ts";
import type { AwsSessions } from "./sessions.ts";

/** What reading a role takes. */
export interface TrustAsking {
  readonly env: Environment;
  readonly sessions: AwsSessions;
  readonly place: AwsPlace;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A role's trust policy as JSON (IAM GetRole), asked for as the role itself, else with the environment's identity where that is of the
 * role's account; undefined where there is no such role.
 * @throws Failure of taking the role, where nobody can ask; DENIED and what else IAM answers
 */
export async function trustPolicyOf(arn: string, asking: TrustAsking): Promise<string | undefined> {
  const role = parseRole(arn);
  const { sessions, place, signal } = asking;
  try {
    return await getRole(role, await sessions.credentials(arn, place, { signal }), asking);
  } catch (thrown) {
    signal?.throwIfAborted();
    // In another account a role of the same name would be another role.
    const caller = await sessions.who(undefined, place, { signal });
    if (!(thrown instanceof Failure) || caller?.account !== role.account) throw thrown;
    return await getRole(role, undefined, asking);
  }
}

async function getRole(
  { arn, name }: Role,
  credentials: AwsCredentials | undefined,
  { env, place, signal }: TrustAsking,
): Promise<string | undefined> {
  const { GetRoleCommand, IAMClient } = await import("./iam-client.ts");
  const client = new IAMClient(clientSettings("IAM", place, env, credentials));
  try {
    const { Role: found } = await client.send(new GetRoleCommand({ RoleName: name }), signal === undefined ? {} : { abortSignal: signal });
    return found?.Arn === arn ? decodeURIComponent(found.AssumeRolePolicyDocument ?? "") : undefined;
  } catch (thrown) {
    signal?.throwIfAborted();
    if (thrown instanceof Error && /^NoSuchEntity/.test(thrown.name)) return undefined;
    throw awsFailure(thrown, {
      call: "iam:GetRole",
      resource: arn,
      purpose: `look at the role ${name}`,
      region: place.region,
      principal: arn,
    });
  } finally {
    client.destroy();
  }
}
