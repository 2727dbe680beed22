import type { Environment } from "./environment.ts";
import { type AwsCredentials, type AwsPlace, clientSettings } from "./place.ts";
import { awsFailure } from "./refusal.ts";

/** Who signs, as STS has it. */
export interface CallerIdentity {
  /** Of a role's session: `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`. */
  readonly arn: string;
  readonly account: string;
}

/** What asking AWS takes. */
export interface AwsAsking {
  readonly env: Environment;
  readonly place: AwsPlace;
  /** Undefined for the SDK's default chain. */
  readonly credentials?: AwsCredentials | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asking AWS who signs. */
export interface WhoAsking extends AwsAsking {
  /** What that is to be known for, where nobody can be asked: follows "to". */
  readonly purpose?: string | undefined;
}

/**
 * Who signs (STS GetCallerIdentity; it needs no permission).
 * @throws Failure CREDENTIALS_MISSING, UNAUTHORIZED, DENIED, CREDENTIALS_FAILED
 */
export async function callerIdentity({ env, place, credentials, signal, purpose = "say who signs" }: WhoAsking): Promise<CallerIdentity> {
  const { STSClient, GetCallerIdentityCommand } = await import("./sts-client.ts");
  const client = new STSClient(clientSettings("STS", place, env, credentials));
  try {
    const { Arn = "", Account = "" } = await client.send(
      new GetCallerIdentityCommand({}),
      signal === undefined ? {} : { abortSignal: signal },
    );
    return { arn: Arn, account: Account };
  } catch (thrown) {
    signal?.throwIfAborted();
    throw awsFailure(thrown, { call: "sts:GetCallerIdentity", resource: "*", purpose, region: place.region });
  } finally {
    client.destroy();
  }
}
