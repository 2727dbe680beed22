import { Failure, quoteForeign } from "../../failure/index.ts";
import { run } from "../../process/index.ts";
import { jsonObject } from "./body.ts";
import type { Credentials } from "./sign-in.ts";

const timeoutMs = 60_000;
const outputLimit = 1024 * 1024;
/** What helpers print, with exit code 1, where they have nothing (docker-credential-helpers). */
const nothing = /credentials not found|no credentials|not found in (native )?keychain/i;

/**
 * Asks `docker-credential-NAME get` for the credentials of a server.
 * @returns undefined where the helper has none
 * @throws Failure CREDENTIALS_FAILED, PROGRAM_MISSING
 */
export async function helperCredentials(
  name: string,
  server: string,
  options: { readonly env: Readonly<Record<string, string | undefined>>; readonly signal?: AbortSignal | undefined },
): Promise<Credentials | undefined> {
  const failed = (why: string, facts = {}): Failure =>
    new Failure("CREDENTIALS_FAILED", `docker-credential-${name.slice(0, 64)} gives no credentials for ${server}: ${why}`, {
      hint: "Run the helper by hand with `get`, or sign in anew with docker login.",
      facts,
    });
  // The name comes from a file and becomes that of a program.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) throw failed("that is no name of a helper");
  const { exitCode, stdout, stderr } = await run(`docker-credential-${name}`, ["get"], {
    ...options,
    input: server,
    timeoutMs,
    maxBytes: outputLimit,
  });
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
