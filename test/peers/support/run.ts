import { spawn } from "node:child_process";
import { once } from "node:events";

/** What a program did. */
export interface ProgramRun {
  readonly exitCode: number | null;
  readonly out: string;
  readonly said: string;
}

/** How a program is run. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
}

const endWithinMs = 300_000;

/** Runs a program to its end, whatever that is, while servers of this process go on answering. */
export async function runProgram(program: string, argv: readonly string[], options: ProgramOptions = {}): Promise<ProgramRun> {
  const child = spawn(program, [...argv], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    timeout: endWithinMs,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let [out, said] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stdin.on("error", () => {}).end(options.input ?? "");
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, out, said };
}

/** Where a program of this machine is. */
export async function which(program: string): Promise<string> {
  return (await must("sh", ["-c", `command -v ${program}`])).trim();
}

/** Runs a program that has to succeed, and gives what it printed. */
export async function must(program: string, argv: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const { exitCode, out, said } = await runProgram(program, argv, options);
  if (exitCode !== 0) throw new Error(`${program} ${argv.join(" ")} ended with ${exitCode}: ${said}${out}`);
  return out;
}
