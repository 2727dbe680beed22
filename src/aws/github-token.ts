import { Failure, quoteForeign } from "../failure/index.ts";
import { isLoopback } from "../oci/index.ts";
import type { Environment } from "./environment.ts";

/** Where GitHub's tokens come from (GitHub, "Configuring OpenID Connect in Amazon Web Services"). */
export const githubIssuer = "token.actions.githubusercontent.com";
/** Whom a token of GitHub's is for, at AWS. */
export const githubAudience = "sts.amazonaws.com";
const timeoutMs = 20_000;

/** Whether the job may ask GitHub for a token: it has `permissions: id-token: write`. */
export function hasGithubToken(env: Environment): boolean {
  return Boolean(env["ACTIONS_ID_TOKEN_REQUEST_URL"] && env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]);
}

/**
 * GitHub's OIDC token for AWS (GitHub Docs, "OpenID Connect reference"). It is a credential.
 * @throws Failure CREDENTIALS_FAILED
 */
export async function githubToken(env: Environment, signal?: AbortSignal): Promise<string> {
  const url = URL.parse(env["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "");
  if (url === null || (url.protocol !== "https:" && !isLoopback(url.hostname))) {
    throw failed("ACTIONS_ID_TOKEN_REQUEST_URL is no https URL");
  }
  url.searchParams.set("audience", githubAudience);
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await fetch(url, {
      headers: { authorization: `bearer ${env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]}`, accept: "application/json" },
      redirect: "error",
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    if (!answer.ok) throw failed(`status ${answer.status}`);
    const { value } = (await answer.json()) as { readonly value?: unknown };
    if (typeof value !== "string" || value === "") throw failed("the answer holds no token");
    return value;
  } catch (thrown) {
    signal?.throwIfAborted();
    throw thrown instanceof Failure ? thrown : failed(thrown instanceof Error ? quoteForeign(thrown.message) : "no answer", thrown);
  }
}

function failed(why: string, cause?: unknown): Failure {
  return new Failure("CREDENTIALS_FAILED", `GitHub gave no OIDC token: ${why}`, {
    hint: "The job needs permissions: id-token: write.",
    cause,
  });
}

/** What a token says of its job; nothing of it is believed, it is only shown. */
export interface TokenClaims {
  readonly sub: string;
  readonly aud: string;
}

/** The claims of a token (RFC 7519), for who has to write a trust policy; empty where it is not readable. */
export function claimsOf(token: string): TokenClaims {
  try {
    const json = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as Record<string, unknown>;
    const text = (value: unknown): string => (typeof value === "string" ? quoteForeign(value) : "");
    return { sub: text(json["sub"]), aud: text(Array.isArray(json["aud"]) ? json["aud"][0] : json["aud"]) };
  } catch {
    return { sub: "", aud: "" };
  }
}
