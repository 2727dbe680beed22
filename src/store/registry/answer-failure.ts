import { Failure, type FailureCode, quoteForeign, redactUrl } from "../../failure/index.ts";
import { errorLimit, jsonObject, readSome } from "./body.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { Secrets } from "./secrets.ts";
import type { WireAnswer } from "./transport.ts";
import { passing } from "./wire-failure.ts";

const passingStatus: readonly number[] = [408, 425, 429];

/** Whether the same request may fare better later. */
export function mayPass(status: number): boolean {
  return passingStatus.includes(status) || (status >= 500 && status !== 501 && status !== 505);
}

/** What a registry says about an error (OCI distribution-spec, "Error Codes"). */
interface Words {
  readonly code: string | undefined;
  readonly text: string;
}

/**
 * An answer that is an error, as a Failure: method, URL without secrets, status, the registry's own code and words.
 * UNAUTHORIZED, DENIED, NOT_FOUND, REGISTRY_PROTOCOL (a redirect that leads nowhere) or REGISTRY_ERROR.
 */
export async function answerFailure(answer: WireAnswer, host: string, { conceal }: Secrets): Promise<Failure> {
  const { status, method } = answer;
  // What was not meant as an error has no words, but perhaps a layer.
  if (status < 400) await answer.discard();
  const words = status < 400 ? { code: undefined, text: "" } : wordsOf(await readSome(answer, errorLimit), conceal);
  const url = redactUrl(answer.url);
  const said = [words.code, words.text && `"${words.text}"`].filter(Boolean).join(" ");
  const code = codeOf(status);
  const failure = new Failure(code, `${method} ${url}: ${status}${said ? ` ${said}` : ""}`, {
    hint: hintOf(code, status, host, words),
    facts: { method, url, status, registryCode: words.code },
  });
  return mayPass(status) ? passing(failure, { afterMs: retryAfterMs(answer.headers["retry-after"], Date.now()) }) : failure;
}

function codeOf(status: number): FailureCode {
  if (status === 401) return "UNAUTHORIZED";
  if (status === 403) return "DENIED";
  if (status === 404) return "NOT_FOUND";
  return status >= 400 ? "REGISTRY_ERROR" : "REGISTRY_PROTOCOL";
}

function hintOf(code: FailureCode, status: number, host: string, words: Words): string {
  if (code === "UNAUTHORIZED") return `Sign in with docker login ${host}, or renew the sign-in.`;
  if (code === "DENIED") {
    return /quota|limit exceeded|storage/i.test(words.text)
      ? "The registry's quota is used up: free some of it or have it raised."
      : `Give the identity that signs in at ${host} the right to do this, or sign in as another.`;
  }
  if (code === "NOT_FOUND")
    return "Look whether the repository's name is right and whether it exists; some registries have it created first.";
  if (code === "REGISTRY_PROTOCOL")
    return "Look whether the host is a registry, and whether a proxy mixes answers up or answers in its place.";
  if (status === 429) return "The registry limits how often it may be asked: try again later, or sign in if it was asked anonymously.";
  if (status >= 500) return "The registry has a problem of its own: try again later.";
  return "The registry's own words say what it does not take.";
}

/** @param conceal comes before the words are cut, so that no beginning of a secret stays */
function wordsOf(bytes: Uint8Array, conceal: Secrets["conceal"]): Words {
  const json = jsonObject(bytes);
  if (json === undefined) {
    const text = Buffer.from(bytes).toString("utf8");
    // Of a page made for browsers the title says most.
    const title = /<title[^>]{0,200}>([^<]{0,300})/i.exec(text.slice(0, 8192))?.[1];
    return { code: undefined, text: quoteForeign(conceal(title ?? (/^\s*</.test(text) ? "a page of HTML" : text))) };
  }
  const errors: unknown = json["errors"];
  const first: unknown = Array.isArray(errors) ? errors[0] : json;
  const field = (name: string): string => {
    const value = typeof first === "object" && first !== null ? (first as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" ? value : "";
  };
  const code = conceal(field("code"))
    .replace(/[^A-Za-z0-9_.-]/g, "")
    .slice(0, 64);
  const detail = field("detail") || field("details");
  const text = [field("message") || field("error_description") || field("error"), detail].filter(Boolean).join(": ");
  return { code: code || undefined, text: quoteForeign(conceal(text)) };
}
