import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { peerProgram } from "./programs.ts";

const readyWithinMs = 30_000;

/**
 * A BuildKit daemon with a state of its own, which ends and leaves nothing behind when the scope ends. It needs root, and runc.
 * @returns `address`: what buildctl takes as `--addr` and buildx's remote driver as its endpoint
 */
export async function aBuildkitd(): Promise<{ readonly address: string } & AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), "waybill-buildkitd-"));
  const socket = join(dir, "buildkitd.sock");
  const address = `unix://${socket}`;
  // The machine's own configuration must not matter.
  await writeFile(join(dir, "buildkitd.toml"), "");
  const argv = ["--config", join(dir, "buildkitd.toml"), "--root", join(dir, "state"), "--addr", address];
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

/** Whether someone listens on a socket. */
async function answers(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => socket.destroy()).once("error", () => resolve(false));
    socket.once("close", (failed) => failed || resolve(true));
  });
}
