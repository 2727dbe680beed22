import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Failure, type Mask, masking } from "../../failure/index.ts";
import type { BuildRequest } from "../engine.ts";
import { csv } from "./csv.ts";

/** The words that hand secrets and SSH to buildx, and what takes their values out of text. */
export interface HandedSecrets {
  /** They name variables and files, never values. */
  readonly words: readonly string[];
  readonly mask: Mask;
}

/** BuildKit's own limit (moby/buildkit, secretsprovider.MaxSecretSize). */
const largest = 500 * 1024;

/**
 * Looks that every secret and every SSH key is there before anything is built.
 * @throws Failure CONFIG_MISSING
 */
export async function handSecrets(
  { secrets = {}, ssh = [] }: Pick<BuildRequest, "secrets" | "ssh">,
  env: Readonly<Record<string, string | undefined>>,
): Promise<HandedSecrets> {
  const words: string[] = [];
  const values: string[] = [];
  for (const [id, { env: variable, file }] of Object.entries(secrets)) {
    if (variable !== undefined) {
      values.push(inVariable(id, variable, env));
      words.push(`--secret=${csv([`id=${id}`, `env=${variable}`])}`);
    } else if (file !== undefined) {
      values.push(await inFile(id, file));
      words.push(`--secret=${csv([`id=${id}`, `src=${file}`])}`);
    }
  }
  for (const one of ssh) words.push(`--ssh=${await sshWord(one, env)}`);
  return { words, mask: masking(values) };
}

function inVariable(id: string, variable: string, env: Readonly<Record<string, string | undefined>>): string {
  const value = env[variable];
  // A workflow gives a secret that it does not have as an empty variable.
  if (value === undefined || value === "")
    throw new Failure("CONFIG_MISSING", `the secret ${id} is missing: the variable ${variable} is ${value === "" ? "empty" : "not set"}`, {
      hint: `Set ${variable} where waybill runs; in a workflow, pass it with env from the repository's secrets.`,
    });
  return value;
}

async function inFile(id: string, file: string): Promise<string> {
  const size = await stat(file).then(
    (found) => (found.isFile() ? found.size : undefined),
    () => undefined,
  );
  if (size === undefined)
    throw new Failure("CONFIG_MISSING", `the secret ${id} is missing: there is no file ${file}`, { hint: "Make it." });
  if (size > largest)
    throw new Failure("CONFIG_INVALID", `the secret ${id} has ${size} bytes: BuildKit takes ${largest} at most`, {
      hint: "Give RUN a file of the context instead, or a smaller secret.",
    });
  return await readFile(file, "utf8").catch((cause: unknown) => {
    throw new Failure("CONFIG_MISSING", `the secret ${id} cannot be read from ${file}`, { hint: "Look at the file's permissions.", cause });
  });
}

/** `default`, or `ID=SOCKET` or `ID=KEY,KEY`, with paths that hold in every folder. */
async function sshWord(text: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const [id = "", ...rest] = text.split("=");
  if (rest.length === 0) {
    if (!env["SSH_AUTH_SOCK"])
      throw new Failure("CONFIG_MISSING", `build.ssh has ${id}, and no SSH agent runs here: SSH_AUTH_SOCK is not set`, {
        hint: `Start an agent (eval "$(ssh-agent)"; ssh-add), or name a key: ${id}=PATH.`,
      });
    return id;
  }
  const paths = rest
    .join("=")
    .split(",")
    .map((path) => resolve(path));
  for (const path of paths) {
    const there = await stat(path).then(
      () => true,
      () => false,
    );
    if (!there) throw new Failure("CONFIG_MISSING", `build.ssh has ${id}, and there is no key or socket ${path}`, { hint: "Make it." });
  }
  return `${id}=${paths.join(",")}`;
}
