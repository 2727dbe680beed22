import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How a server is started, and how to see that it is ready. */
export interface DaemonOptions {
  readonly argv: readonly string[];
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Asked again and again until it says true; that it throws means not yet. */
  ready(): Promise<boolean>;
}

/** A server that somebody else wrote, while it runs. */
export interface Daemon extends AsyncDisposable {
  /** The last of what it printed. */
  log(): string;
}

const readyWithinMs = 60_000;
const stopWithinMs = 15_000;

/** Starts a server and waits until it answers; it is ended when the scope ends. */
export async function aDaemon(program: string, { argv, env, cwd, ready }: DaemonOptions): Promise<Daemon> {
  const child = spawn(program, [...argv], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let log = "";
  const hear = (text: string): void => {
    log = (log + text).slice(-20_000);
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  const ended = Promise.race([once(child, "exit"), once(child, "error").then(([error]) => hear(String(error)))]);
  const running = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const killer = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    await ended.catch(() => {});
    clearTimeout(killer);
  };
  const until = Date.now() + readyWithinMs;
  while (!(await ready().catch(() => false))) {
    if (running() && Date.now() < until) await sleep(50);
    else {
      await stop();
      throw new Error(`${program} did not start; run test/peers/install.sh, as root\n${log}`);
    }
  }
  return { log: () => log, [Symbol.asyncDispose]: stop };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
