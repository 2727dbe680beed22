import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure, toFailure } from "../../failure/index.ts";
import { defaultHost } from "../../oci/index.ts";
import { jsonObject } from "./body.ts";
import { helperCredentials } from "./credential-helper.ts";
import type { Credentials, SignIn } from "./sign-in.ts";

export interface DockerConfigOptions {
  /** The folder of `config.json`: DOCKER_CONFIG, or `.docker` in the home folder. */
  readonly configDir: string;
  /** For credential helpers; its DOCKER_AUTH_CONFIG comes before the file, as docker has it. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Under this key docker keeps Docker Hub's sign-in. */
const hubKey = "https://index.docker.io/v1/";
const configLimit = 4 * 1024 * 1024;

/** The name that docker keeps a registry's sign-in under. */
export function dockerKey(host: string): string {
  return host === defaultHost ? hubKey : host;
}

type Json = Readonly<Record<string, unknown>>;

/** What of docker's configuration tells how to sign in. */
interface DockerConfig {
  readonly auths: ReadonlyMap<string, unknown>;
  readonly helpers: ReadonlyMap<string, unknown>;
  readonly store: string | undefined;
}

/**
 * The sign-ins of docker's configuration: `credHelpers`, `credsStore` and `auths`, in docker's order. The file is read at the
 * first request, and again when other credentials are asked for.
 * @throws Failure (when asked) CREDENTIALS_FAILED where the file or a helper is broken
 */
export function dockerConfigSignIn(options: DockerConfigOptions): SignIn {
  let configs: Promise<readonly DockerConfig[]> | undefined;
  return {
    async credentials(host, asking) {
      if (asking?.fresh) configs = undefined;
      configs ??= readConfigs(options);
      for (const config of await configs) {
        const found = await credentialsIn(config, host, options, asking?.signal);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

async function credentialsIn(
  config: DockerConfig,
  host: string,
  { env }: DockerConfigOptions,
  signal?: AbortSignal,
): Promise<Credentials | undefined> {
  const program = helperOf(config, host);
  if (program !== undefined) {
    const found = await helperCredentials(program, dockerKey(host), { env, signal });
    if (found !== undefined) return found;
  }
  for (const key of keysOf(host)) {
    const found = parseAuth(config.auths.get(key), host);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The helper that keeps a registry's sign-in, where one does. */
function helperOf({ helpers, store }: DockerConfig, host: string): string | undefined {
  const helper = keysOf(host)
    .map((key) => helpers.get(key))
    .find((name) => typeof name === "string" && name !== "");
  return typeof helper === "string" ? helper : store;
}

/** Names by which a registry may stand in the configuration, after {@link hostOfKey}. */
function keysOf(host: string): readonly string[] {
  return host === defaultHost ? ["index.docker.io", defaultHost, "registry-1.docker.io"] : [host.toLowerCase()];
}

/** A key is a host, or a URL from older days: `https://HOST/v1/`. */
function hostOfKey(key: string): string {
  return (key.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "").toLowerCase();
}

async function readConfigs({ configDir, env }: DockerConfigOptions): Promise<readonly DockerConfig[]> {
  const fromEnv = env["DOCKER_AUTH_CONFIG"];
  const file = await readConfigFile(join(configDir, "config.json"));
  return [
    ...(fromEnv ? [parseConfig(parseJson(Buffer.from(fromEnv), "DOCKER_AUTH_CONFIG"))] : []),
    ...(file === undefined ? [] : [parseConfig(file)]),
  ];
}

/**
 * docker's configuration as it stands in its file; undefined where there is none.
 * @throws Failure CREDENTIALS_FAILED
 */
export async function readConfigFile(path: string): Promise<Json | undefined> {
  const bytes = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === "ENOENT" || thrown.code === "ENOTDIR") return undefined;
    throw new Failure("CREDENTIALS_FAILED", `${path} cannot be read: ${toFailure(thrown).message}`, { cause: thrown });
  });
  return bytes === undefined ? undefined : parseJson(bytes, path);
}

/** The helper that keeps a registry's sign-in by a configuration, where one does. */
export function helperIn(json: Json, host: string): string | undefined {
  return helperOf(parseConfig(json), host);
}

function parseJson(bytes: Uint8Array, where: string): Json {
  const json = bytes.length > configLimit ? undefined : jsonObject(bytes);
  if (json !== undefined) return json;
  throw new Failure("CREDENTIALS_FAILED", `${where} is no JSON object`, { hint: "Mend the file, or sign in anew with docker login." });
}

function parseConfig(json: Json): DockerConfig {
  const store = json["credsStore"];
  return {
    auths: byHost(json["auths"]),
    helpers: byHost(json["credHelpers"]),
    store: typeof store === "string" && store !== "" ? store : undefined,
  };
}

function byHost(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map();
  // Later entries must not hide a host's plain name.
  const entries = Object.entries(value).sort(([a], [b]) => b.length - a.length);
  return new Map(entries.map(([key, entry]): [string, unknown] => [hostOfKey(key), entry]));
}

function parseAuth(entry: unknown, host: string): Credentials | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const text = (name: string): string => {
    const value = (entry as Record<string, unknown>)[name];
    return typeof value === "string" ? value : "";
  };
  if (text("registrytoken")) return { kind: "bearer", token: text("registrytoken") };
  if (text("identitytoken")) return { kind: "identity-token", token: text("identitytoken") };
  if (text("username") && text("password")) return { kind: "basic", username: text("username"), password: text("password") };
  if (!text("auth")) return undefined;
  const decoded = Buffer.from(text("auth"), "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon < 1) {
    throw new Failure("CREDENTIALS_FAILED", `docker's configuration has an auth for ${host} that is not base64 of user:password`, {
      hint: `Sign in anew with docker login ${host}.`,
    });
  }
  // Docker pads passwords with NUL.
  return { kind: "basic", username: decoded.slice(0, colon), password: decoded.slice(colon + 1).replace(/\0+$/, "") };
}
