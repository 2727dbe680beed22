import { type Facts, Failure, quoteForeign } from "../../failure/index.ts";
import { run } from "../../process/index.ts";
import { jsonObject } from "./body.ts";
import type { Credentials } from "./sign-in.ts";

const timeoutMs = 60_000;
const outputLimit = 1024 * 1024;
/** What helpers print, with exit code 1, where they have nothing (docker-credential-helpers). */
const nothing = /credentials not found|no credentials|not found in (native )?keychain/i;

/** What a helper's words, with exit code 1, say where it has nothing to be stored in: docker-credential-ecr-login signs in by itself. */
const keepsNone = /not implemented/i;

/** What a helper runs in. */
export interface HelperOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks `docker-credential-NAME get` for the credentials of a server.
 * @returns undefined where the helper has none
 * @throws Failure CREDENTIALS_FAILED, PROGRAM_MISSING
 */
export async function helperCredentials(name: string, server: string, options: HelperOptions): Promise<Credentials | undefined> {
  const failed = failing(name, `gives no credentials for ${server}`, "get");
  const { exitCode, stdout, stderr } = await runHelper(name, "get", server, options, failed);
  // Helpers complain on either stream; on standard output only when they fail, else the secret is there.
  if (exitCode !== 0) {
    const words = quoteForeign(`${stderr} ${stdout.toString("utf8")}`);
    if (nothing.test(words)) return undefined;
    throw failed(`exit code ${exitCode}: ${words}`, { exitCode });
  }
  const json = jsonObject(stdout);
  const username = json?.["Username"];
  const secret = json?.["Secret"];
  if (typeof username !== "string" || typeof secret !== "string") throw failed("its answer is not the JSON of a helper");
  if (username === "" && secret === "") return undefined;
  return username === "<token>" ? { kind: "identity-token", token: secret } : { kind: "basic", username, password: secret };
}

/**
 * Gives user and password of a server to `docker-credential-NAME store`.
 * @returns false where the helper keeps none, because it signs in by itself
 * @throws Failure CREDENTIALS_FAILED, PROGRAM_MISSING
 */
export async function helperStores(
  name: string,
  server: string,
  { username, password }: { readonly username: string; readonly password: string },
  options: HelperOptions,
): Promise<boolean> {
  const failed = failing(name, `does not keep the sign-in at ${server}`, "store");
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: password });
  const { exitCode, stdout, stderr } = await runHelper(name, "store", input, options, failed);
  if (exitCode === 0) return true;
  const words = quoteForeign(`${stderr} ${stdout.toString("utf8")}`.replaceAll(password, "REDACTED"));
  if (keepsNone.test(words)) return false;
  throw failed(`exit code ${exitCode}: ${words}`, { exitCode });
}

type Failing = (why: string, facts?: Facts) => Failure;

function failing(name: string, does: string, action: string): Failing {
  return (why, facts = {}) =>
    new Failure("CREDENTIALS_FAILED", `docker-credential-${name.slice(0, 64)} ${does}: ${why}`, {
      hint: `Run the helper by hand with \`${action}\`, or sign in anew with docker login.`,
      facts,
    });
}

async function runHelper(name: string, action: string, input: string, options: HelperOptions, failed: Failing) {
  // The name comes from a file and becomes that of a program.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) throw failed("that is no name of a helper");
  return await run(`docker-credential-${name}`, [action], { ...options, input, timeoutMs, maxBytes: outputLimit });
}
