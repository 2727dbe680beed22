import { Failure, quoteForeign } from "../../failure/index.ts";
import { run } from "../../process/index.ts";
import { type BuildxProgram, findBuildx } from "../buildx/program.ts";

/** What of buildx is here: nothing, a program whose builder does not answer, or one that can build. */
export type FoundBuildx =
  | { readonly state: "absent" }
  | { readonly state: "silent"; readonly version: string; readonly why: string }
  | {
      readonly state: "ready";
      readonly version: string;
      /** The builder's name or address, and its driver, as far as buildx tells them. */
      readonly builder: string | undefined;
      readonly driver: string | undefined;
      /** How content comes out of it: Docker's own builder gives a layout only where it has the containerd image store. */
      readonly gives: "an OCI layout" | "a docker archive";
    };

/** Whom to ask, and how. */
export interface ProbeSetting {
  readonly builder?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that a builder may take to answer; 15 seconds unless given. */
  readonly answerMs?: number | undefined;
}

const usualAnswerMs = 15_000;
const kept = 1 << 18;

/** Looks whether buildx is here and whether its builder answers. Starts no builder. */
export async function probeBuildx(setting: ProbeSetting): Promise<FoundBuildx> {
  const { builder, env, signal } = setting;
  const program = await findBuildx(env, signal);
  if (program === undefined) return { state: "absent" };
  const version = firstLine((await ask(program, ["version"], setting)).out).slice(0, 100);
  // An address has no builder yet that could be asked.
  if (builder?.includes("://")) return { state: "ready", version, builder, driver: "remote", gives: "an OCI layout" };
  const { exitCode, out, said } = await ask(program, ["inspect", ...(builder === undefined ? [] : [builder])], setting);
  const silent = silence(exitCode, out, said, setting.answerMs ?? usualAnswerMs);
  if (silent !== undefined) return { state: "silent", version, why: quoteForeign(silent) };
  const driver = field(out, "Driver");
  return { state: "ready", version, builder: field(out, "Name"), driver, gives: await givesOf(driver, setting) };
}

/** Why a builder does not answer, from what `buildx inspect` prints; undefined where it does. */
function silence(exitCode: number, out: string, said: string, answerMs: number): string | undefined {
  if (exitCode === 124) return `docker buildx inspect took longer than ${answerMs / 1000} s`;
  if (exitCode !== 0) return said.trim().split("\n").at(-1) || `docker buildx inspect ended with exit code ${exitCode}`;
  const error = field(out, "Error");
  const statuses = [...out.matchAll(/^Status:\s+(\S+)/gm)].map(([, status]) => status);
  if (error !== undefined && !statuses.includes("running")) return error;
  // A remote builder runs or is out of reach; others are started by the first build.
  if (field(out, "Driver") === "remote" && !statuses.includes("running"))
    return `nobody answers at ${field(out, "Endpoint") ?? "its address"}`;
  return undefined;
}

async function givesOf(driver: string | undefined, setting: ProbeSetting): Promise<"an OCI layout" | "a docker archive"> {
  if (driver !== "docker") return "an OCI layout";
  const { out } = await ask(["docker"], ["info", "--format", "{{json .DriverStatus}}"], setting);
  return out.includes("io.containerd.snapshotter") ? "an OCI layout" : "a docker archive";
}

async function ask([program, ...before]: BuildxProgram, argv: readonly string[], { env, signal, answerMs = usualAnswerMs }: ProbeSetting) {
  try {
    const options = { env, signal, timeoutMs: answerMs, maxBytes: kept, withDescendants: true };
    const { exitCode, stdout, stderr } = await run(program, [...before, ...argv], options);
    return { exitCode, out: stdout.toString("utf8"), said: stderr };
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.code === "PROGRAM_MISSING") return { exitCode: 127, out: "", said: thrown.message };
    throw thrown;
  }
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]+(\\S.*)$`, "m").exec(text)?.[1]?.trim();
}

function firstLine(text: string): string {
  return quoteForeign(text.split("\n")[0] ?? "");
}
