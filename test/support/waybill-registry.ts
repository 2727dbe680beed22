import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { command, inherited } from "./cli.ts";
import { aFolder } from "./folder.ts";
import type { Certificate } from "./registry-certificate.ts";

/** One request that a registry was asked, as its log has it. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly status: number;
}

/** `waybill registry serve` as a process. */
export interface WaybillRegistry extends AsyncDisposable {
  readonly url: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** All requests so far that were answered in full, in the order of their answers. */
  requests(): Promise<readonly Asked[]>;
  /** All that it wrote to standard error. */
  log(): string;
}

/** How it is served. */
export interface WaybillRegistryOptions {
  readonly tls?: Certificate;
  readonly basic?: { readonly username: string; readonly password: string };
  /** The folder to serve; without one it has a folder of its own. */
  readonly root?: string;
  /** Further options of the command. */
  readonly argv?: readonly string[];
}

const startWithinMs = 30_000;
/** The registry writes its line after the answer, so the last one may come a moment after the client has ended. */
const settleMs = 50;

/** Starts the registry over a folder of its own; both are gone when the scope ends. */
export async function aWaybillRegistry({ tls, basic, root, argv: more = [] }: WaybillRegistryOptions = {}): Promise<WaybillRegistry> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await aFolder());
  const argv = ["registry", "serve", "--verbose", "--listen", "127.0.0.1:0", "--root", root ?? join(path, "root"), ...more];
  if (tls !== undefined) {
    const [cert, key] = [join(path, "cert.pem"), join(path, "key.pem")];
    await Promise.all([writeFile(cert, tls.cert), writeFile(key, tls.key)]);
    argv.push("--tls-cert", cert, "--tls-key", key);
  }
  if (basic !== undefined) argv.push("--user", basic.username);
  const child = spawn(process.execPath, [command, ...argv], {
    env: { ...inherited(), ...(basic && { WAYBILL_REGISTRY_PASSWORD: basic.password }) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  stack.defer(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const starting = AbortSignal.timeout(startWithinMs);
  const [line] = (await Promise.race([once(child.stdout.setEncoding("utf8"), "data", { signal: starting }), ended.then(() => [""])])) as [
    string,
  ];
  const url = line.trim();
  if (url === "") throw new Error(`the registry did not start: ${log}`);
  const kept = stack.move();
  return {
    url,
    host: new URL(url).host,
    log: () => log,
    async requests() {
      await sleep(settleMs);
      return [...log.matchAll(/^ {2}([A-Z]+) (\/\S*) (\d{3}) \d+ ms$/gm)].map(([, method = "", path = "", status]) => ({
        method,
        url: path,
        status: Number(status),
      }));
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
