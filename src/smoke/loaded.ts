import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Failure } from "../failure/index.ts";
import { formatPlatform, machinePlatform, parsePlatform, type RuntimeConfig } from "../oci/index.ts";
import { run } from "../process/index.ts";
import { dockerArchive, type Store } from "../store/index.ts";
import { runtimeFailed } from "./container.ts";
import type { Environment } from "./find.ts";
import type { Runnable } from "./image.ts";
import { at, parse } from "./state.ts";
import { loadsFromInput, loadWords, type RuntimeName } from "./words.ts";

/** An image that the runtime has. */
export interface LoadedImage extends AsyncDisposable {
  /** How the runtime calls it. */
  readonly name: string;
  /** `os/architecture[/variant]`. */
  readonly platform: string;
  readonly config: RuntimeConfig | undefined;
}

/** How programs are run. */
export interface Running {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
}

const callMs = 60_000;
/** As long as a job may take: a daemon that hangs must not hold it longer. */
const loadMs = 600_000;

/**
 * Hands an image to the runtime as an archive, under a name.
 * @throws Failure RUNTIME_FAILED; of the store
 */
export async function loadAs(
  runtime: RuntimeName,
  store: Store,
  { manifest, config }: Runnable,
  name: string,
  { env, signal }: Running,
): Promise<void> {
  const archive = dockerArchive({ store, manifest }, name, { signal });
  const platform = formatPlatform(config);
  const options = { env, signal, timeoutMs: loadMs };
  const loaded = loadsFromInput(runtime)
    ? await run(runtime, loadWords(runtime, platform), { ...options, input: archive })
    : await throughFile(archive, async (file) => await run(runtime, loadWords(runtime, platform, file), options));
  if (loaded.exitCode !== 0) throw runtimeFailed(runtime, "could not load the image", loaded);
}

async function throughFile<T>(bytes: AsyncIterable<Uint8Array>, work: (file: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "waybill-load-"));
  try {
    const file = join(dir, "image.tar");
    await pipeline(bytes, createWriteStream(file));
    return await work(file);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Hands an image to the runtime with waybill's own sign-in and endpoints, and by digest, under a name of its own that is taken away
 * again.
 * @throws Failure RUNTIME_FAILED; of the store
 */
export async function loadImage(
  runtime: RuntimeName,
  store: Store,
  { manifest, config }: Runnable,
  { env, signal }: Running,
): Promise<LoadedImage> {
  const name = `localhost/waybill-smoke:${randomBytes(8).toString("hex")}`;
  const platform = formatPlatform(config);
  const image: LoadedImage = {
    name,
    platform,
    config: config.config,
    async [Symbol.asyncDispose]() {
      await run(runtime, ["image", "rm", name], { env, timeoutMs: callMs, withDescendants: true }).catch(() => undefined);
    },
  };
  try {
    await loadAs(runtime, store, { manifest, config }, name, { env, signal });
    return image;
  } catch (thrown) {
    await image[Symbol.asyncDispose]();
    throw thrown;
  }
}

/**
 * An image that is in the runtime already, and stays there.
 * @throws Failure NOT_FOUND
 */
export async function localImage(runtime: RuntimeName, name: string, { env, signal }: Running): Promise<LoadedImage> {
  const { exitCode, stdout } = await run(runtime, ["image", "inspect", name], { env, signal, timeoutMs: callMs });
  const inspected = at(parse(stdout.toString("utf8")), 0);
  if (exitCode !== 0 || inspected === undefined)
    throw new Failure("NOT_FOUND", `${runtime} has no image ${name}`, { hint: `${runtime} images lists what it has.` });
  const config = (at(inspected, "Config") ?? {}) as RuntimeConfig;
  // podman tells it beside the configuration.
  const health = (at(inspected, "HealthCheck") ?? at(inspected, "Healthcheck")) as RuntimeConfig["Healthcheck"];
  const [os, architecture] = [at(inspected, "Os"), at(inspected, "Architecture")];
  const known = typeof os === "string" && typeof architecture === "string" ? parsePlatform(`${os}/${architecture}`) : machinePlatform();
  return {
    name,
    platform: formatPlatform(known),
    config: config.Healthcheck === undefined && health !== undefined ? { ...config, Healthcheck: health } : config,
    [Symbol.asyncDispose]: async () => {},
  };
}
