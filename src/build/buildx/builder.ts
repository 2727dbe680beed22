import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure, nearest, quoteForeign } from "../../failure/index.ts";
import { run } from "../../process/index.ts";
import type { BuildxProgram, BuildxSetting } from "./program.ts";

/** A builder, as buildx's words and environment name it. */
export interface Builder extends AsyncDisposable {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What the remote driver connects to (docs.docker.com, "Remote driver"). */
const address = /^(?:tcp|unix|npipe|ssh|docker-container|kube-pod):\/\//;
const askMs = 30_000;

/** Options of the remote driver that an address may carry as its query: files are absolute. */
const tlsOptions: readonly string[] = ["cacert", "cert", "key", "servername"];

/**
 * The builder that was asked for. For an address one is made in a configuration of its own, so that the user's list of builders stays
 * as it is; it is gone when the scope ends.
 * @throws Failure CONFIG_INVALID
 */
export async function openBuilder(
  program: BuildxProgram,
  { builder, env, tempDir }: BuildxSetting,
  signal: AbortSignal | undefined,
): Promise<Builder> {
  const nothing = async (): Promise<void> => {};
  if (builder === undefined) return { words: [], env: {}, [Symbol.asyncDispose]: nothing };
  if (!address.test(builder)) return { words: [`--builder=${builder}`], env: {}, [Symbol.asyncDispose]: nothing };
  const dir = join(tempDir, "builder");
  await mkdir(dir, { recursive: true });
  const own = { BUILDX_CONFIG: dir };
  const [command, ...before] = program;
  const created = await run(command, [...before, ...createWords(builder)], { env: { ...env, ...own }, signal, timeoutMs: askMs });
  if (created.exitCode !== 0)
    throw new Failure("CONFIG_INVALID", `buildx takes no builder at ${quoteForeign(builder)}: ${quoteForeign(created.stderr)}`, {
      hint: "Write tcp://HOST:PORT, unix:///PATH, ssh://USER@HOST, docker-container://NAME or kube-pod://NAME, or a builder's name.",
    });
  return {
    words: ["--builder=waybill"],
    env: own,
    [Symbol.asyncDispose]: async () => await rm(dir, { recursive: true, force: true }),
  };
}

/** How a builder at an address is made; what of the address is for TLS becomes options of the driver. */
export function createWords(text: string): readonly string[] {
  const words = ["create", "--name=waybill", "--driver=remote"];
  const [place = "", query] = text.split("?", 2);
  if (!place.startsWith("tcp:") || query === undefined) return [...words, text];
  const options = [...new URLSearchParams(query)];
  const unknown = options.find(([name]) => !tlsOptions.includes(name));
  if (unknown !== undefined)
    throw new Failure("CONFIG_INVALID", `the builder's address has the option ${quoteForeign(unknown[0])}`, {
      hint: `An address over tcp takes ${tlsOptions.join(", ")}: files with absolute paths.`,
    });
  return [...words, ...options.map(([name, value]) => `--driver-opt=${name}=${value}`), place];
}

/** What buildx says of a builder's name that it does not know. */
const unknownName = /no builder .* found/;

/** That there is no such builder, with those that there are; undefined where buildx failed for another reason. */
export async function builderMissing(
  said: readonly string[],
  program: BuildxProgram,
  { builder, env }: BuildxSetting,
  signal: AbortSignal | undefined,
): Promise<Failure | undefined> {
  if (builder === undefined || !said.some((line) => unknownName.test(line))) return undefined;
  const [command, ...before] = program;
  const listed = await run(command, [...before, "ls"], { env, signal, timeoutMs: askMs });
  const names = namesIn(listed.stdout.toString("utf8"));
  const meant = nearest(builder, names);
  return new Failure("ENGINE_MISSING", `there is no buildx builder ${quoteForeign(builder, 100)} here`, {
    hint: `${meant === undefined ? "" : `Did you mean ${meant}? `}Builders here: ${names.join(", ") || "none"}. An address (tcp://HOST:PORT) needs no builder.`,
  });
}

/** Names in what `buildx ls` prints: they begin their lines, and the one in use has a star. Nodes stand further right. */
function namesIn(table: string): readonly string[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => /^([\w.-]+)\*?(?:\s|$)/.exec(line)?.[1] ?? [])
    .slice(0, 20);
}
