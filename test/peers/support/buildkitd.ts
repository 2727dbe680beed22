import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { peerProgram } from "./programs.ts";

const readyWithinMs = 30_000;

/**
 * A BuildKit daemon with a state of its own, which ends and leaves nothing behind when the scope ends. It needs root, and runc.
 * @param options.config buildkitd.toml; the machine's own must not matter, so it is empty unless given
 * @param options.tcp a further address that it listens at, over TLS, which it also asks of its clients
 * @returns `address`: what buildctl takes as `--addr` and buildx's remote driver as its endpoint
 */
export async function aBuildkitd({
  config = "",
  tcp,
}: {
  readonly config?: string;
  readonly tcp?: { readonly address: string; readonly cert: string; readonly key: string; readonly ca: string };
} = {}): Promise<{ readonly address: string } & AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), "waybill-buildkitd-"));
  const socket = join(dir, "buildkitd.sock");
  const address = `unix://${socket}`;
  await writeFile(join(dir, "buildkitd.toml"), config);
  const argv = ["--config", join(dir, "buildkitd.toml"), "--root", join(dir, "state"), "--addr", address];
  if (tcp !== undefined) argv.push("--addr", tcp.address, "--tlscert", tcp.cert, "--tlskey", tcp.key, "--tlscacert", tcp.ca);
  const child = spawn(peerProgram("buildkitd"), [...argv, "--oci-worker=true", "--containerd-worker=false", "--oci-worker-net=host"], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, TMPDIR: dir, BUILDKITD_CONFIG: undefined },
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-10_000);
  });
  const ended = Promise.race([once(child, "exit"), once(child, "error").then(([error]) => (log += String(error)))]);
  const running = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended.catch(() => {});
    clearTimeout(killer);
    await unmountBelow(dir);
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  const until = Date.now() + readyWithinMs;
  while (!(await answers(socket))) {
    if (running() && Date.now() < until) await sleep(50);
    else {
      await stop();
      throw new Error(`buildkitd did not start; run test/peers/install.sh, as root\n${log}`);
    }
  }
  return { address, [Symbol.asyncDispose]: stop };
}

/** Takes away what a daemon that was killed left mounted: what is removed must be its own files, and nothing behind a mount. */
async function unmountBelow(dir: string): Promise<void> {
  const mounts = await readFile("/proc/mounts", "utf8");
  const points = mounts.split("\n").flatMap((line) => line.split(" ")[1] ?? []);
  for (const point of points.filter((one) => one.startsWith(`${dir}/`)).reverse()) spawnSync("umount", ["--lazy", point]);
}

/** Whether someone listens on a socket. */
async function answers(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => socket.destroy()).once("error", () => resolve(false));
    socket.once("close", (failed) => failed || resolve(true));
  });
}
