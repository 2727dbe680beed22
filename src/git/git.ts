import { Failure, quoteForeign } from "../failure/index.ts";
import { type RunOptions, type RunResult, run } from "../process/index.ts";

/** Options of everything that runs git. */
export interface GitOptions {
  readonly cwd: string;
  /** A folder of objects that are read besides the repository's own. */
  readonly alternates?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a command may take that reads the repository only. */
const localMs = 120_000;
/** Milliseconds that a command may take that asks a remote. */
export const remoteMs = 180_000;

/** Settings that must not depend on whose machine this is: no hooks, no monitor, no conversion but the commit's own. */
const fixedSettings: readonly string[] = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.autocrlf=false",
  "core.eol=lf",
  "core.attributesFile=/dev/null",
  "core.quotePath=false",
  "gc.auto=0",
  "maintenance.auto=false",
  "protocol.ext.allow=never",
  "advice.detachedHead=false",
  // Large files stream through git, into objects and out of them, instead of being held whole. A git that only looks whether one has
  // changed packs it on the way for nothing, so the least is done for that.
  "core.bigFileThreshold=4m",
  "pack.compression=0",
].flatMap((setting) => ["-c", setting]);

/**
 * Settings for reading objects: packs are mapped piece by piece, and few bases of deltas are kept. With git's own, a file of 100 MiB
 * takes twice its size in memory, and three times as long; of many small files 96 MiB are kept.
 */
export const readingSettings: readonly string[] = [
  ...fixedSettings,
  ...["core.packedGitWindowSize=4m", "core.packedGitLimit=16m", "core.deltaBaseCacheLimit=16m"].flatMap((setting) => ["-c", setting]),
];

/** Variables that would point git at another repository than the one that was asked for, or make it wait for a person. */
const fixedEnvironment: Readonly<Record<string, string | undefined>> = {
  GIT_DIR: undefined,
  GIT_WORK_TREE: undefined,
  GIT_INDEX_FILE: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
  GIT_COMMON_DIR: undefined,
  GIT_NAMESPACE: undefined,
  GIT_PREFIX: undefined,
  GIT_ATTR_SOURCE: undefined,
  GIT_EXTERNAL_DIFF: undefined,
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_ATTR_NOSYSTEM: "1",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_LITERAL_PATHSPECS: "1",
  GIT_PAGER: "cat",
  LC_ALL: "C",
};

/** The environment that git runs in. */
export function environmentOf({ alternates }: GitOptions): Readonly<Record<string, string | undefined>> {
  return { ...fixedEnvironment, GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates };
}

/**
 * Runs git to its end, whatever its exit code.
 * @throws Failure PROGRAM_MISSING
 */
export async function git(
  argv: readonly string[],
  where: GitOptions,
  options: Omit<RunOptions, "cwd" | "signal"> = {},
): Promise<RunResult> {
  const { cwd, signal } = where;
  const env = { ...environmentOf(where), ...options.env };
  return await run("git", [...fixedSettings, ...argv], { timeoutMs: localMs, ...options, env, cwd, signal });
}

/** Runs git and gives what it printed. @throws Failure GIT_FAILED, PROGRAM_MISSING */
export async function gitOutput(
  argv: readonly string[],
  where: GitOptions,
  options: Omit<RunOptions, "cwd" | "signal"> = {},
): Promise<Buffer> {
  const result = await git(argv, where, options);
  if (result.exitCode === 0) return result.stdout;
  throw gitFailure(argv, result);
}

/** What git said of its failure. */
export function gitFailure(argv: readonly string[], { exitCode, stderr }: Pick<RunResult, "exitCode" | "stderr">): Failure {
  const what = argv.find((word) => !word.startsWith("-")) ?? "";
  const said = exitCode === 124 ? "it did not end in time" : quoteForeign(stderr) || `exit code ${exitCode}`;
  return new Failure("GIT_FAILED", `git ${what} failed: ${said}`, {
    hint: "Run the same git command by hand to see more.",
    facts: { exitCode },
  });
}
