import { randomBytes } from "node:crypto";
import { masking } from "../failure/index.ts";
import { type Descriptor, formatPlatform, machinePlatform, type Platform, parsePlatform, platformMatches } from "../oci/index.ts";
import { type Emit, formatBytes, formatMs } from "../report/index.ts";
import type { Store } from "../store/index.ts";
import { type Container, runtimeFailed, startContainer } from "./container.ts";
import { type Environment, needRuntime } from "./find.ts";
import { runnable } from "./image.ts";
import { type LoadedImage, loadImage, localImage } from "./loaded.ts";
import { type ProbeWish, probeFor, stay, type Watched, watch } from "./probe.ts";
import type { RuntimeName } from "./words.ts";

/** The image to start: from a store, or one that the runtime has by a name. */
export type SmokeTarget =
  | { readonly kind: "stored"; readonly store: Store; readonly root: Descriptor; readonly platform?: Platform | undefined }
  | { readonly kind: "local"; readonly name: string };

/** How it is started, and what it has to show. */
export interface SmokeWish extends ProbeWish {
  /** The first runtime that works unless given. */
  readonly runtime?: RuntimeName | undefined;
  /** `NAME=VALUE`, or `NAME` alone for a variable of this process. */
  readonly env?: readonly string[] | undefined;
  /** Milliseconds from the start until it must be up; as long as its HEALTHCHECK allows, or a minute over HTTP, unless given. Of an image without either: how long it has to stay up, 5 seconds unless given. */
  readonly timeoutMs?: number | undefined;
  /** A network for the container; without it only one whose port is asked for has one. */
  readonly network?: boolean | undefined;
}

/** What became of it. */
export interface Smoked {
  readonly passed: boolean;
  /** In words: `its HEALTHCHECK passed`, `it ended with exit code 1`. */
  readonly outcome: string;
  /** What may help where it did not pass. */
  readonly hint?: string | undefined;
  readonly runtime: RuntimeName;
  /** `os/architecture[/variant]`. */
  readonly platform: string;
  /** The last lines that the container printed, fit to be shown. */
  readonly log: readonly string[];
  /** Milliseconds: of handing the image over, and from the start until it was up or given up. */
  readonly ms: { readonly load: number; readonly up: number };
}

/** What the test takes besides. */
export interface SmokeOptions {
  /** The environment that the runtime's program runs in. */
  readonly env: Environment;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

const stayMs = 5_000;

/**
 * Starts an image and looks whether it comes up. Container and image are removed from the runtime, however this ends; an image that
 * was there before stays.
 * @throws Failure RUNTIME_MISSING, RUNTIME_FAILED, CONFIG_MISSING; NOT_FOUND and other failures of the store
 */
export async function smoke(target: SmokeTarget, wish: SmokeWish, { env, emit, signal = never }: SmokeOptions): Promise<Smoked> {
  const runtime = await needRuntime(wish.runtime, env, signal);
  const began = performance.now();
  await using image = await imageFor(runtime, target, { env, emit, signal });
  const loaded = performance.now();
  const probe = probeFor(wish, image.config);
  const patienceMs = wish.timeoutMs ?? probe?.patienceMs ?? stayMs;
  const waiting =
    probe === undefined ? `it to stay up for ${formatMs(patienceMs)} or to end with 0` : `${probe.what}, up to ${formatMs(patienceMs)}`;
  emit({ kind: "message", level: "info", text: `started with ${runtime}; waiting for ${waiting}` });
  const mask = masking(secretsOf(wish.env ?? [], env));
  await using container = await startContainer(
    runtime,
    {
      name: `waybill-smoke-${randomBytes(8).toString("hex")}`,
      image: image.name,
      platform: image.platform,
      env: wish.env ?? [],
      port: probe?.port,
      network: wish.network ?? false,
    },
    { env, mask, signal },
  );
  const watched = await (probe === undefined ? stay(container, patienceMs, signal) : watch(container, probe, patienceMs, signal));
  const verdict = await judge(watched, container, { runtime, what: probe?.what, patienceMs, platform: image.platform });
  return {
    ...verdict,
    runtime,
    platform: image.platform,
    log: container.log(),
    ms: { load: loaded - began, up: performance.now() - loaded },
  };
}

const never = new AbortController().signal;

async function imageFor(
  runtime: RuntimeName,
  target: SmokeTarget,
  options: { readonly env: Environment; readonly emit: Emit; readonly signal: AbortSignal },
): Promise<LoadedImage> {
  if (target.kind === "local") return await localImage(runtime, target.name, options);
  const { store, root, platform } = target;
  const image = await runnable(store, root, platform, options);
  const bytes = image.manifest.layers.reduce((sum, layer) => sum + layer.size, image.manifest.config.size);
  options.emit({ kind: "message", level: "info", text: `loading ${formatBytes(bytes)} into ${runtime}` });
  return await loadImage(runtime, store, image, options);
}

/** `true` and `debug` are no secrets, and stand in many logs. */
const shortestSecret = 6;

/** Values that the container is given: what it prints of them is not shown. */
function secretsOf(given: readonly string[], env: Environment): readonly string[] {
  return given
    .map((one) => (one.includes("=") ? one.slice(one.indexOf("=") + 1) : (env[one] ?? "")))
    .filter((value) => value.length >= shortestSecret);
}

interface Judged {
  readonly runtime: RuntimeName;
  /** What was waited for; undefined where it only had to stay up. */
  readonly what: string | undefined;
  readonly patienceMs: number;
  readonly platform: string;
}

async function judge(
  watched: Watched,
  container: Container,
  { runtime, what, patienceMs, platform }: Judged,
): Promise<Pick<Smoked, "passed" | "outcome" | "hint">> {
  if (watched.kind === "up") return { passed: true, outcome: what === undefined ? `up for ${formatMs(patienceMs)}` : `${what} passed` };
  if (watched.kind === "late") {
    return {
      passed: false,
      outcome: `${what} did not pass within ${formatMs(patienceMs)}: ${watched.why}`,
      hint: "Look at what the container printed; give it more time with --timeout, or timeout under checks.smoke.",
    };
  }
  const state = await container.state();
  if (state.running)
    throw runtimeFailed(runtime, "lost the container, which is still running", { exitCode: 1, stderr: container.log().at(-1) ?? "" });
  if (!state.begun) return couldNotStart(container, state.exitCode, { runtime, platform });
  const how = `ended with exit code ${state.exitCode}${state.outOfMemory ? ", out of memory" : ""}`;
  if (what === undefined) return { passed: state.exitCode === 0, outcome: `it ${how}`, hint: emulation(platform) };
  return { passed: false, outcome: `it ${how} before ${what} passed`, hint: emulation(platform) };
}

/** How runc and crun say that an image's program, user or folder is missing or is none; all else is a matter of the machine. */
const ofTheImage = /(?:exec: |exec format error|executable |unable to find user|chdir to cwd).*?(?=: unknown$|$)/i;

function couldNotStart(
  container: Container,
  exitCode: number,
  { runtime, platform }: Pick<Judged, "runtime" | "platform">,
): Pick<Smoked, "passed" | "outcome" | "hint"> {
  const words = container.log().at(-1) ?? "";
  const [why] = ofTheImage.exec(words) ?? [];
  if (why === undefined) throw runtimeFailed(runtime, "could not start the container", { exitCode, stderr: words });
  return {
    passed: false,
    outcome: `its program could not be started: ${why}`,
    hint: emulation(platform) ?? "Look at the image's ENTRYPOINT, CMD, USER and WORKDIR.",
  };
}

function emulation(platform: string): string | undefined {
  const machine = machinePlatform();
  if (platformMatches(machine, parsePlatform(platform))) return undefined;
  return `The image is for ${platform} and this machine is ${formatPlatform(machine)}: it needs emulation (binfmt, QEMU) to run here.`;
}
