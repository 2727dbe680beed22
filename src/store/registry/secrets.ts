import { Failure } from "../../failure/index.ts";
import type { Credentials } from "./sign-in.ts";
import { passing, retryAdvice } from "./wire-failure.ts";

/** What was sent to a registry in confidence, and must not come back in what it says. */
export interface Secrets {
  learn(credentials: Credentials): void;
  /** A token that was given out for credentials. */
  learnToken(value: string): void;
  /** Text without the secrets, however they are written in it. */
  conceal(text: string): string;
}

/** Shorter ones would blot out ordinary words, and are no secrets. */
const leastLength = 4;
/** Tokens are renewed every few minutes; those of the last hours are enough. */
const mostTokens = 256;

/** The secrets of one registry, none yet. A registry or proxy that quotes a request in its error would otherwise have them shown. */
export function secretsKept(): Secrets {
  const kept = new Map<string, readonly string[]>();
  const tokens: string[] = [];
  const keep = (secret: string): boolean => {
    if (secret.length < leastLength || kept.has(secret)) return false;
    kept.set(secret, spellings(secret));
    return true;
  };
  return {
    learn(credentials) {
      if (credentials.kind !== "basic") return void keep(credentials.token);
      keep(credentials.password);
      keep(`${credentials.username}:${credentials.password}`);
    },
    learnToken(value) {
      if (keep(value) && tokens.push(value) > mostTokens) kept.delete(tokens.shift() ?? "");
    },
    conceal(text) {
      // In any case of letters, because headers are put into lower case.
      const lower = text.toLowerCase();
      const found = [...kept.values()].flat().filter((secret) => lower.includes(secret.toLowerCase()));
      // The longest first, so that no rest of it stays when a part of it is one too.
      const pattern = found.sort((a, b) => b.length - a.length).map((secret) => secret.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&"));
      return found.length === 0 ? text : text.replace(new RegExp(pattern.join("|"), "gi"), "REDACTED");
    },
  };
}

/** A secret as it may be quoted: as it is, in a URL, a form, a string of JSON, or in base64. */
function spellings(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  const base64 = bytes.toString("base64");
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  const plain = [secret, form, json, base64, base64.replace(/=+$/, ""), bytes.toString("base64url"), bytes.toString("hex")];
  // A URL within a URL, as in a redirect's query, is encoded twice.
  const once = plain.map(encodeURIComponent);
  return [...new Set([...plain, encodeURI(secret), ...once, ...once.map(encodeURIComponent)])];
}

/** A failure without the secrets: in words, hint and facts. Its cause is left out where it held any. */
export function concealing(thrown: unknown, { conceal }: Secrets): unknown {
  if (!(thrown instanceof Failure)) return thrown;
  const message = conceal(thrown.message);
  const hint = thrown.hint === undefined ? undefined : conceal(thrown.hint);
  const facts = Object.fromEntries(
    Object.entries(thrown.facts).map(([name, value]) => [name, typeof value === "string" ? conceal(value) : value]),
  );
  const same =
    message === thrown.message && hint === thrown.hint && Object.entries(facts).every(([name, value]) => thrown.facts[name] === value);
  if (same) return thrown;
  const failure = new Failure(thrown.code, message, { hint, facts });
  const advice = retryAdvice(thrown);
  return advice === undefined ? failure : passing(failure, advice);
}
