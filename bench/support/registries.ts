import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { peakOf } from "./measure.ts";
import { launcher, peer } from "./programs.ts";

/** A registry in a process of its own. */
export interface Registry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** The most resident memory that it has had, in MiB. */
  peakMiB(): number;
}

/** Starts distribution 3 over a folder, with deletion and nothing else switched on. */
export async function distribution(dir: string): Promise<Registry> {
  const port = await freePort();
  const config = join(dir, "distribution.yml");
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(dir, "distribution") }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  return await started(
    spawn(peer("registry"), ["serve", config], { stdio: "ignore", env: { ...process.env, OTEL_TRACES_EXPORTER: "none" } }),
    port,
  );
}

/** Starts the embedded registry over a folder. */
export async function embedded(dir: string): Promise<Registry> {
  const port = await freePort();
  const argv = [...launcher.slice(1), "registry", "serve", "--listen", `127.0.0.1:${port}`, "--root", join(dir, "embedded")];
  return await started(spawn(launcher[0], argv, { stdio: "ignore" }), port);
}

async function started(child: ChildProcess, port: number): Promise<Registry> {
  const ended = once(child, "exit");
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
    if (answer?.ok) break;
    if (tries > 200 || child.exitCode !== null) throw new Error(`the registry on port ${port} did not start`);
    await sleep(50);
  }
  return {
    host: `127.0.0.1:${port}`,
    peakMiB: () => peakOf(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
