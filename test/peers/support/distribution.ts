import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { aDaemon, aFreePort } from "./daemon.ts";
import { peerProgram } from "./programs.ts";

/** Debian's docker-registry is version 2.8; install.sh builds version 3. */
export type DistributionVersion = "2.8" | "3";

/** How a registry has clients sign in; `prepare` is given its folder, and gives the `auth` part of its configuration. */
export interface DistributionAuth {
  prepare(dir: string): Promise<object>;
}

/** A registry of the distribution project, while it runs. */
export interface Distribution extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The last of what it printed, every request among it. */
  log(): string;
  /** What its folder holds now. */
  files(): Promise<readonly string[]>;
}

const programs: Readonly<Record<DistributionVersion, string>> = { "2.8": "docker-registry", "3": peerProgram("registry") };

/** Starts github.com/distribution/distribution over a folder that is gone when the scope ends. */
export async function aDistribution(
  options: { readonly version?: DistributionVersion; readonly auth?: DistributionAuth | undefined } = {},
): Promise<Distribution> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "waybill-registry-"));
  stack.defer(async () => await rm(dir, { recursive: true, force: true }));
  const host = `127.0.0.1:${await aFreePort()}`;
  const auth = await options.auth?.prepare(dir);
  const config = {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: join(dir, "data") }, delete: { enabled: true } },
    http: { addr: host },
    ...(auth && { auth }),
  };
  const file = join(dir, "config.yml");
  // JSON is YAML as well.
  await writeFile(file, JSON.stringify(config));
  const daemon = stack.use(
    await aDaemon(programs[options.version ?? "2.8"], {
      argv: ["serve", file],
      env: { OTEL_TRACES_EXPORTER: "none" },
      ready: async () => [200, 401].includes((await fetch(`http://${host}/v2/`)).status),
    }),
  );
  const kept = stack.move();
  return {
    host,
    log: daemon.log,
    files: async () => (await readdir(join(dir, "data"), { recursive: true })).toSorted(),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
