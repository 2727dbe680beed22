import { Failure, quoteForeign } from "../failure/index.ts";
import type { Emit } from "../report/index.ts";
import type { Credentials, SignIn } from "../store/index.ts";
import { type EcrHost, parseEcrHost } from "./host.ts";

/** What signing in at ECR takes from the outside. */
export interface EcrSignInOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly emit: Emit;
}

/** Milliseconds before its end that a token is renewed: a push that begins with it must be able to end. */
const renewBefore = 15 * 60 * 1000;
const connectMs = 10_000;
const requestMs = 20_000;
const attempts = 3;

interface Token {
  readonly credentials: Extract<Credentials, { kind: "basic" }>;
  readonly expiresAt: number;
}

/**
 * Signs in at ECR's hosts with the identity that the environment has (GetAuthorizationToken of the registry's region); all other
 * hosts are left to others. Tokens are kept in memory until they are about to end. The AWS SDK is loaded for an ECR host only.
 */
export function ecrSignIn({ env, emit }: EcrSignInOptions): SignIn {
  const tokens = new Map<string, Promise<Token>>();
  return {
    async credentials(host, options) {
      const ecr = parseEcrHost(host);
      if (ecr === undefined) return undefined;
      const key = `${ecr.partition} ${ecr.region} ${ecr.fips} ${ecr.account}`;
      const known = await tokens.get(key)?.catch(() => undefined);
      if (known !== undefined && !options?.fresh && known.expiresAt - Date.now() > renewBefore) return known.credentials;
      const asked = askToken(host, ecr, env, options?.signal);
      tokens.set(key, asked);
      try {
        const { credentials, expiresAt } = await asked;
        emit({ kind: "detail", text: `signed in at ${host}, until ${new Date(expiresAt).toISOString()}` });
        return credentials;
      } catch (thrown) {
        tokens.delete(key);
        throw thrown;
      }
    },
  };
}

async function askToken(host: string, ecr: EcrHost, env: EcrSignInOptions["env"], signal: AbortSignal | undefined): Promise<Token> {
  const { ECRClient, GetAuthorizationTokenCommand } = await import("./ecr-client.ts");
  const client = new ECRClient({
    region: ecr.region,
    useFipsEndpoint: ecr.fips,
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: connectMs, requestTimeout: requestMs },
    ...(env["AWS_ENDPOINT_URL_ECR"] || env["AWS_ENDPOINT_URL"]
      ? { endpoint: env["AWS_ENDPOINT_URL_ECR"] || env["AWS_ENDPOINT_URL"] || "" }
      : {}),
  });
  try {
    const answer = await client.send(new GetAuthorizationTokenCommand({}), signal === undefined ? {} : { abortSignal: signal });
    const token = tokenOf(answer.authorizationData?.[0], host);
    return token;
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown instanceof Failure ? thrown : signInFailure(host, ecr, thrown);
  } finally {
    client.destroy();
  }
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

const noIdentity = new Set(["CredentialsProviderError", "TokenProviderError"]);
const refused = new Set(["AccessDeniedException", "AccessDenied"]);
const invalid = new Set([
  "UnrecognizedClientException",
  "InvalidClientTokenId",
  "ExpiredTokenException",
  "ExpiredToken",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
]);

/** What AWS said; for an answer that is not JSON, as gateways and proxies give, its status: the SDK's words are about parsing. */
function wordsOf(thrown: unknown): { readonly name: string; readonly message: string } {
  if (!(thrown instanceof Error)) return { name: "", message: String(thrown) };
  if (!(thrown instanceof SyntaxError && "$metadata" in thrown)) return thrown;
  const { httpStatusCode } = thrown.$metadata as { readonly httpStatusCode?: number };
  return { name: "not JSON", message: `what answered there gave status ${httpStatusCode} and not the JSON of ECR's API` };
}

/** A refusal or an error of AWS, by its name: what it means, and what to do. */
function signInFailure(host: string, { region, account }: EcrHost, thrown: unknown): Failure {
  const { name, message } = wordsOf(thrown);
  const said = quoteForeign(message);
  const facts = { host, region, account, aws: name };
  if (noIdentity.has(name)) {
    return new Failure("CREDENTIALS_MISSING", `there is no AWS identity to sign in at ${host} with: ${said}`, {
      hint: "In GitHub Actions: run aws-actions/configure-aws-credentials first, with permissions id-token: write. Elsewhere: aws sso login, or set AWS_PROFILE.",
      facts,
      cause: thrown,
    });
  }
  if (refused.has(name)) {
    return new Failure("DENIED", `the AWS identity may not get a token for ${host}: ${said}`, {
      hint: "Allow its role ecr:GetAuthorizationToken on the resource *.",
      facts,
      cause: thrown,
    });
  }
  if (invalid.has(name)) {
    return new Failure("UNAUTHORIZED", `AWS does not accept the identity that was to sign in at ${host}: ${said}`, {
      hint: "Its keys or session have ended or are wrong: sign in at AWS again.",
      facts,
      cause: thrown,
    });
  }
  return new Failure("CREDENTIALS_FAILED", `ECR gave no token for ${host} (${name || "error"}): ${said}`, {
    hint: `Look whether ECR's API in ${region} can be reached from here (VPC endpoint, proxy, AWS_ENDPOINT_URL).`,
    facts,
    cause: thrown,
  });
}
