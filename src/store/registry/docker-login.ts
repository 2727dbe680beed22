import { randomUUID } from "node:crypto";
import { mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";
import { objectOf } from "./body.ts";
import { helperStores } from "./credential-helper.ts";
import { type DockerConfigOptions, dockerKey, helperIn, readConfigFile } from "./docker-config.ts";
import type { Credentials } from "./sign-in.ts";

/** Where a sign-in is kept for other tools. */
export type KeptSignIn =
  /** In docker's configuration, readable by its owner only, but not encrypted. */
  | { readonly kind: "file"; readonly path: string }
  /** By a credential helper. */
  | { readonly kind: "helper"; readonly name: string }
  /** By nobody: the helper that is configured for this registry signs in by itself. */
  | { readonly kind: "own"; readonly name: string };

/**
 * Keeps a sign-in where docker and all that read its configuration find it, as `docker login` does: with the helper that `credHelpers` or
 * `credsStore` names, else in the file. The file's other keys stay; it is replaced at once, and only its owner may read it.
 * @throws Failure CREDENTIALS_FAILED, PROGRAM_MISSING
 */
export async function keepSignIn(
  host: string,
  credentials: Extract<Credentials, { kind: "basic" }>,
  { configDir, env }: DockerConfigOptions,
): Promise<KeptSignIn> {
  const path = join(configDir, "config.json");
  const config = (await readConfigFile(path)) ?? {};
  const helper = helperIn(config, host);
  if (helper !== undefined && !(await helperStores(helper, dockerKey(host), credentials, { env }))) return { kind: "own", name: helper };
  const auth = Buffer.from(`${credentials.username}:${credentials.password}`, "utf8").toString("base64");
  // An empty entry tells docker that a helper has it.
  const entry = helper === undefined ? { auth } : {};
  await replace(path, { ...config, auths: { ...objectOf(config["auths"]), [dockerKey(host)]: entry } });
  return helper === undefined ? { kind: "file", path } : { kind: "helper", name: helper };
}

/** A link stays a link; what it names is replaced. */
async function replace(path: string, config: object): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const target = await realpath(path).catch(() => path);
    const draft = `${target}.${randomUUID()}`;
    try {
      await using file = await open(draft, "wx", 0o600);
      await file.writeFile(`${JSON.stringify(config, null, "\t")}\n`);
      await file.sync();
      await rename(draft, target);
    } finally {
      await rm(draft, { force: true });
    }
  } catch (thrown) {
    const why = quoteForeign((thrown as Error).message);
    throw new Failure("CREDENTIALS_FAILED", `the sign-in cannot be written to ${path}: ${why}`, {
      hint: "Look at who may write there, or name another folder in DOCKER_CONFIG.",
      cause: thrown,
    });
  }
}
