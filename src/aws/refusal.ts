import { Failure, quoteForeign } from "../failure/index.ts";

/** A call to AWS, for what is said where it is refused. */
export interface AwsCall {
  /** As IAM names it: `ecr:GetAuthorizationToken`. */
  readonly call: string;
  /** What the identity must be allowed, where that is more than the call. */
  readonly actions?: string | readonly string[] | undefined;
  /** The ARN that it is about, or `*`. */
  readonly resource: string;
  /** What it was for; follows "to". */
  readonly purpose: string;
  readonly region: string;
  /** Who asked, where that is known. */
  readonly principal?: string | undefined;
  /** What else there is to say of a denial. */
  readonly denied?: string | undefined;
  readonly facts?: Readonly<Record<string, string>> | undefined;
}

const noIdentity = new Set(["CredentialsProviderError", "TokenProviderError"]);
const refused = new Set([
  "AccessDeniedException",
  "AccessDenied",
  "UnauthorizedOperation",
  // Of a token from elsewhere: no such provider, another audience, claims that it does not take (STS, "AssumeRoleWithWebIdentity").
  "InvalidIdentityToken",
  "InvalidIdentityTokenException",
  "IDPRejectedClaim",
  "IDPRejectedClaimException",
]);
const invalid = new Set([
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "ExpiredTokenException",
  "ExpiredToken",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
]);

/** AWS has many names for one thing (AWS SDKs Reference, "Retry behavior"). */
const throttled = new Set([
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "RequestThrottled",
  "RequestThrottledException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
  "SlowDown",
]);

/** Calls by which one signs in; all others look at or set up what is there. */
const signsIn = /^sts:|:GetAuthorizationToken$/;

/** The error's name where AWS, or the SDK in its stead, gave one. */
function awsErrorName(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : "";
}

/** Whether the session that signed has ended. */
export function isExpired(thrown: unknown): boolean {
  return ["ExpiredTokenException", "ExpiredToken"].includes(awsErrorName(thrown));
}

/** What AWS said; for an answer that is not JSON, as gateways and proxies give, its status: the SDK's words are about parsing. */
function wordsOf(thrown: unknown): { readonly name: string; readonly message: string } {
  if (!(thrown instanceof Error)) return { name: "", message: String(thrown) };
  if (!(thrown instanceof SyntaxError && "$metadata" in thrown)) return thrown;
  const { httpStatusCode } = thrown.$metadata as { readonly httpStatusCode?: number };
  return { name: "not JSON", message: `what answered there gave status ${httpStatusCode} and not the JSON of ECR's API` };
}

/** AWS names who was refused: "User: ARN is not authorized to perform: …" (IAM, "Troubleshoot access denied error messages"). */
export function principalIn(message: string): string | undefined {
  return /\barn:aws[a-z-]*:(?:sts|iam)::\d{12}:[\w+=,.@/-]+/.exec(message)?.[0];
}

/** What AWS says was refused, which is not always what was called: one call of this code may be several of AWS's. */
export function refusedIn(message: string): { readonly call?: string; readonly resource?: string } {
  const [, call, resource] = /not authorized to perform: ([\w-]+:\w+)(?: on resource: (\*|arn:[^\s]+))?/.exec(message) ?? [];
  return { ...(call === undefined ? {} : { call }), ...(resource === undefined ? {} : { resource }) };
}

/** What to say where a policy forbids in so many words: no other policy can allow that (IAM, "Policy evaluation logic"). */
export function explicitDenyIn(message: string): string | undefined {
  const [, policy] = /with an explicit deny in (an? [\w-]+(?: [\w-]+)*? policy)/.exec(message) ?? [];
  if (policy === undefined && !/explicit deny/.test(message)) return undefined;
  return `${policy === undefined ? "A policy" : `${policy[0]?.toUpperCase()}${policy.slice(1)}`} denies it explicitly: no statement allows it before that one is gone or has an exception.`;
}

/** The one statement that would allow a call, as JSON. */
export function allowing(action: string | readonly string[], resource: string): string {
  return JSON.stringify({ Effect: "Allow", Action: action, Resource: resource });
}

/**
 * A refusal or an error of AWS, by its name: which call, who asked, and what would allow it. CREDENTIALS_MISSING, DENIED,
 * UNAUTHORIZED; where AWS gave no answer CREDENTIALS_FAILED of a call that signs in, else REGISTRY_UNREACHABLE or REGISTRY_ERROR.
 */
export function awsFailure(thrown: unknown, asked: AwsCall): Failure {
  if (thrown instanceof Failure) return thrown;
  const { name, message } = wordsOf(thrown);
  const { purpose, region } = asked;
  const { call, resource } = { call: asked.call, resource: asked.resource, ...refusedIn(message) };
  const said = quoteForeign(message);
  const principal = principalIn(message) ?? asked.principal;
  const options = { facts: { ...asked.facts, region, aws: name, call, resource, principal }, cause: thrown };
  if (noIdentity.has(name)) {
    return new Failure("CREDENTIALS_MISSING", `there is no AWS identity to ${purpose} with: ${said}`, {
      ...options,
      hint: "In GitHub Actions: give the destination a role and the job permissions id-token: write. Elsewhere: aws sso login, or set AWS_PROFILE.",
    });
  }
  if (refused.has(name)) {
    return new Failure("DENIED", `${principal ?? "the AWS identity"} may not ${purpose}: ${call} on ${resource}: ${said}`, {
      ...options,
      hint:
        asked.denied ??
        `This statement in the policy of ${principal ?? "its role"} allows it: ${allowing(asked.actions ?? call, resource)}`,
    });
  }
  if (invalid.has(name)) {
    return new Failure("UNAUTHORIZED", `AWS does not accept the identity that was to ${purpose} (${call}): ${said}`, {
      ...options,
      hint: "Its keys or session have ended or are wrong: sign in at AWS again.",
    });
  }
  const { httpStatusCode: status, attempts = 1 } = (thrown as { readonly $metadata?: Metadata })?.$metadata ?? {};
  const code = signsIn.test(call) ? "CREDENTIALS_FAILED" : status === undefined ? "REGISTRY_UNREACHABLE" : "REGISTRY_ERROR";
  if (throttled.has(name) || status === 429) {
    return new Failure(code, `AWS throttles ${call} in ${region}, and did so ${attempts} times: ${said}`, {
      ...options,
      hint: `Nothing was refused: run it again in a minute. Where it happens often, start fewer jobs at once, or have the quota of ${call} raised.`,
    });
  }
  if (code === "REGISTRY_ERROR")
    return new Failure(code, `AWS did not ${purpose} (${call}, ${name || "error"}): ${said}`, {
      ...options,
      hint: "Look at what AWS says, and try again.",
    });
  return new Failure(code, `AWS gave no answer to ${purpose} (${call}, ${name || "error"}): ${said}`, {
    ...options,
    hint: `Look whether AWS's API in ${region} can be reached from here (VPC endpoint, proxy, AWS_ENDPOINT_URL).`,
  });
}

/** What the SDK says of a call. */
interface Metadata {
  readonly httpStatusCode?: number | undefined;
  readonly attempts?: number | undefined;
}
