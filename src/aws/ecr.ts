import type { ECRClient } from "@aws-sdk/client-ecr";
import type { Environment } from "./environment.ts";
import { type AwsCredentials, type AwsPlace, clientSettings } from "./place.ts";

/**
 * A client of ECR's API for a registry, in its region. Whoever asks for it destroys it.
 * @param credentials of a role's session (AwsSessions); undefined for the SDK's default chain
 */
export async function ecrClient(place: AwsPlace, env: Environment, credentials?: AwsCredentials): Promise<ECRClient> {
  const sdk = await import("./ecr-client.ts");
  return new sdk.ECRClient(clientSettings("ECR", place, env, credentials));
}
