import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** What one run of a program took. */
export interface Measured {
  /** Milliseconds from its start to its end. */
  readonly ms: number;
  /** Most resident memory in MiB of the program and all that it started, pages that they share counted for each. */
  readonly peakMiB: number;
}

const pollMs = 20;

/**
 * Runs a program to its end.
 * @throws Error with the end of what it said, where it fails
 */
export async function measure(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Measured> {
  const [program = "", ...rest] = argv;
  const started = performance.now();
  const child = spawn(program, rest, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-2000);
  });
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, peakOf(child.pid), residentOf(child.pid));
  };
  const polling = setInterval(look, pollMs);
  let ms = 0;
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => {
      ms = performance.now() - started;
    });
    child.once("close", resolve);
  }).finally(() => clearInterval(polling));
  if (code !== 0) throw new Error(`${argv.join(" ")} ended with ${code}:\n${said}`);
  return { ms, peakMiB: peak };
}

/** The most resident memory that a process has had (proc(5), VmHWM), in MiB; 0 where it is gone. */
export function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Resident memory of a process and its descendants now, in MiB. */
function residentOf(pid: number | undefined): number {
  try {
    const own = Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean),
    );
    return children.reduce((sum, one) => sum + residentOf(Number(one)), own);
  } catch {
    return 0;
  }
}
