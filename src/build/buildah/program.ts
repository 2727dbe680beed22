import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../failure/index.ts";
import { type RunResult, run } from "../../process/index.ts";
import type { SilenceLimits } from "../buildx/silence.ts";

/** What buildah is run with. */
export interface BuildahSetting {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A folder for what is only needed while a build runs; whoever gives it removes it. */
  readonly tempDir: string;
  /** How long buildah may say nothing; 5 minutes until that is told, an hour until it is ended, unless given. */
  readonly silence?: SilenceLimits | undefined;
}

/** How RUN is kept apart from this machine: `chroot` works everywhere, others where the environment asks for them. */
export function isolationOf(env: BuildahSetting["env"]): string {
  return env["BUILDAH_ISOLATION"] || "chroot";
}

/** A version of buildah. */
export interface BuildahVersion {
  /** As buildah tells it. */
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

/** The oldest that does what this engine asks of it: further contexts, secrets from variables, caches in registries. */
const leastVersion = "1.28";

const askMs = 5_000;

/** The version of the buildah that is here; undefined where none is, or where what is called so does not say that it is one. */
export async function findBuildah(env: BuildahSetting["env"], signal: AbortSignal | undefined): Promise<BuildahVersion | undefined> {
  try {
    const { exitCode, stdout } = await ask(["--version"], env, signal);
    return exitCode === 0 ? versionIn(stdout.toString("utf8")) : undefined;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === "PROGRAM_MISSING") return undefined;
    throw thrown;
  }
}

/** Asks something that needs no storage. Whatever buildah is asked, it makes folders for a storage first: these are gone afterwards. */
async function ask(argv: readonly string[], env: BuildahSetting["env"], signal: AbortSignal | undefined): Promise<RunResult> {
  const dir = await mkdtemp(join(env["TMPDIR"] || tmpdir(), "waybill-buildah-"));
  const place = [`--root=${dir}/root`, `--runroot=${dir}/run`, "--storage-driver=vfs"];
  const own = { ...env, XDG_RUNTIME_DIR: dir, TMPDIR: dir };
  const limits = { signal, timeoutMs: askMs, maxBytes: 1 << 16, withDescendants: true };
  try {
    return await run("buildah", [...place, ...argv], { env: own, ...limits });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The version in what `buildah --version` prints. */
export function versionIn(text: string): BuildahVersion | undefined {
  const [, version, major, minor] = /^buildah version ((\d+)\.(\d+)\S*)/m.exec(text) ?? [];
  return version === undefined ? undefined : { text: version, major: Number(major), minor: Number(minor) };
}

/** Whether a version is the given one (`MAJOR.MINOR`) or a later one. */
export function atLeast({ major, minor }: BuildahVersion, least: string): boolean {
  const [leastMajor = 0, leastMinor = 0] = least.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

/** Why buildah does not do, and what would help. */
export interface Lack {
  readonly why: string;
  readonly hint: string;
}

/** That there is no buildah. */
export const absent: Lack = {
  why: "buildah is not installed",
  hint: "Install buildah (Debian, Ubuntu: apt-get install buildah uidmap).",
};

/** That buildah is older than this engine needs; undefined where it is not. */
export function tooOld(version: BuildahVersion): Lack | undefined {
  if (atLeast(version, leastVersion)) return undefined;
  return {
    why: `buildah ${version.text} is older than ${leastVersion}`,
    hint: "Take a newer one: Debian 12 and Ubuntu 24.04 and what came after them have it.",
  };
}

/** CAP_SYS_ADMIN, of capabilities(7). */
const mayMount = 1n << 21n;

/** Whether buildah works in a user namespace of its own: for who is not root, and for root in a container that may mount nothing. */
export async function isRootless(): Promise<boolean> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  return process.getuid?.() !== 0 || (effective & mayMount) === 0n;
}

/**
 * Whether a user who works in a namespace can build: files of an image belong to many users, so that user needs a range of ids of
 * its own (subuid(5)). Undefined where nothing is missing.
 */
export async function idsMissing(env: BuildahSetting["env"], signal: AbortSignal | undefined): Promise<Lack | undefined> {
  if (!(await isRootless())) return undefined;
  const { exitCode, stdout, stderr } = await ask(["unshare", "cat", "/proc/self/uid_map"], env, signal);
  const ids = stdout
    .toString("utf8")
    .split("\n")
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2] ?? 0), 0);
  if (exitCode === 0 && ids > 1) return undefined;
  return exitCode === 0
    ? {
        why: "this user has no range of user ids for the files of an image",
        hint: "As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER, with the package uidmap installed.",
      }
    : {
        why: `this user cannot have a user namespace: ${stderr.trim().split("\n").at(-1)?.slice(0, 300) || `exit code ${exitCode}`}`,
        hint: "Allow user namespaces (sysctl kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), or run as root.",
      };
}
