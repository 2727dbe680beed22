import type { Environment } from "./environment.ts";

/** Where an API of AWS is asked. */
export interface AwsPlace {
  readonly region: string;
  /** Whether the endpoints that FIPS 140 asks for are spoken to. */
  readonly fips?: boolean | undefined;
}

/** Keys of a session at AWS. Held in memory only; never in an event, error or record. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
  /** ARN of the role's session. */
  readonly principal?: string | undefined;
}

const connectMs = 10_000;
const requestMs = 20_000;
/** Of each call; the SDK waits longer before each, and asks again where AWS throttles or nothing answers. */
const attempts = 5;

/**
 * What every client of the AWS SDK is made with.
 * @param credentials undefined for the SDK's default chain
 */
export function clientSettings(service: string, place: AwsPlace, env: Environment, credentials: AwsCredentials | undefined) {
  const endpoint = env[`AWS_ENDPOINT_URL_${service}`] || env["AWS_ENDPOINT_URL"];
  return {
    region: place.region,
    // Unset, AWS_USE_FIPS_ENDPOINT counts; an endpoint that is named is spoken to as it is, and the SDK refuses both together.
    ...(endpoint ? { endpoint, useFipsEndpoint: false } : place.fips ? { useFipsEndpoint: true } : {}),
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: requestMs },
    ...(credentials === undefined ? {} : { credentials: plain(credentials) }),
  };
}

/** The SDK's types want absent values absent. */
function plain({ accessKeyId, secretAccessKey, sessionToken }: AwsCredentials) {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
