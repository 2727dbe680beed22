import { createHash, timingSafeEqual } from "node:crypto";
import { type Answer, refusal } from "./answer.ts";

/** The one user that may sign in. */
export interface Basic {
  readonly username: string;
  readonly password: string;
}

/**
 * Undefined where the Authorization header is the user's (RFC 7617), else the answer that asks for it.
 * Compared by digests, which takes the same time however much of it agrees.
 */
export function askToSignIn(header: string | undefined, basic: Basic | undefined): Answer | undefined {
  if (basic === undefined) return undefined;
  const given = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? "")?.[1] ?? "";
  if (timingSafeEqual(hash(Buffer.from(given, "base64")), hash(Buffer.from(`${basic.username}:${basic.password}`)))) return undefined;
  return refusal("UNAUTHORIZED", "sign in with the registry's user and password", {
    headers: { "www-authenticate": 'Basic realm="waybill", charset="UTF-8"' },
  });
}

function hash(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
