import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The embedded registry in a process of its own. */
export interface RegistryProcess extends AsyncDisposable {
  readonly url: string;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly pid: number;
  /** Ends it as SIGKILL does: at once, without a last word. */
  kill(): Promise<void>;
}

/** Starts a registry over a folder. */
export async function aRegistryProcess(root: string): Promise<RegistryProcess> {
  const program = spawn(process.execPath, [fileURLToPath(import.meta.resolve("./registry-program.ts")), root], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(program, "exit");
  const [line] = (await Promise.race([once(program.stdout, "data"), ended.then(() => [""])])) as [Buffer | string];
  const url = String(line).trim();
  const kill = async (): Promise<void> => {
    program.kill("SIGKILL");
    await ended;
  };
  if (url === "" || program.pid === undefined) throw new Error("the registry did not start");
  return { url, host: new URL(url).host, pid: program.pid, kill, [Symbol.asyncDispose]: kill };
}
