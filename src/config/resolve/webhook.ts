import { isLoopback } from "../../oci/index.ts";
import type { Environment } from "../environment.ts";
import { misplaced } from "../misplaced.ts";
import type { Webhook } from "../settings.ts";

/** The variable that holds the address, whatever the file says. */
const variable = "WAYBILL_ON_FAILURE";

/**
 * Where news of a failure goes by the environment alone: for failures that come before the configuration is known.
 * @throws Failure CONFIG_INVALID
 */
export function webhookFromEnvironment(env: Environment): Webhook | undefined {
  const given = env[variable];
  return given ? { kind: "address", url: parsed(given, variable) } : undefined;
}

/**
 * An address as the file has it, or the variable that it names.
 * @param place where the file has it
 * @throws Failure CONFIG_INVALID
 */
export function webhookOf(stated: string | { readonly env: string }, place: string, env: Environment): Webhook {
  if (typeof stated === "string") return { kind: "address", url: parsed(stated, place) };
  const given = env[stated.env];
  return given ? { kind: "address", url: parsed(given, stated.env) } : { kind: "unset", variable: stated.env };
}

/** Whoever knows the address may post to it, so that no message quotes it. */
function parsed(text: string, where: string): URL {
  const url = URL.parse(text.trim());
  const safe = url !== null && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  if (safe && url.username === "" && url.password === "") return url;
  throw misplaced("CONFIG_INVALID", where, "expected a webhook's address, and this is none that news can be posted to safely", {
    hint: "Write an https:// address without user and password; http:// goes to this machine only.",
  });
}
