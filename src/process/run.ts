import { spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { Failure, quoteForeign, throwIfAborted } from "../failure/index.ts";

/** How a program is started. */
export interface RunOptions {
  readonly cwd?: string | undefined;
  /** Added to the environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly input?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Ends the programs that it starts along with it. They can't ask at the terminal then, so this is for programs that have
   * others do their work and don't end them.
   */
  readonly withDescendants?: boolean | undefined;
  /** Milliseconds until the program is ended; none unless given. */
  readonly timeoutMs?: number | undefined;
  /** The most bytes kept of stdout and of stderr each; 64 MiB unless given. A program that prints more is ended. */
  readonly maxBytes?: number | undefined;
  /** Hears each line of standard error as it comes. */
  readonly onStderr?: ((line: string) => void) | undefined;
  /** Hears each line of standard output as it comes. */
  readonly onStdout?: ((line: string) => void) | undefined;
}

/** What a program did. Whether an exit code means failure is for the caller to say. */
export interface RunResult {
  /** 124 where `timeoutMs` ran out, 128 and more where a signal ended it. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const defaultMaxBytes = 64 * 1024 * 1024;
const killAfterMs = 2_000;

/**
 * Runs a program to its end, without a shell.
 * @throws Failure PROGRAM_MISSING where it is not installed, and the signal's reason where that was aborted
 */
export async function run(program: string, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const running = start(program, argv, options);
  const limit = options.maxBytes ?? defaultMaxBytes;
  const stop = (): void => running.stop();
  let timedOut = false;
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, options.timeoutMs);
  try {
    const [stdout, stderr, exitCode] = await Promise.all([
      collect(running.stdout, limit, options.onStdout, stop),
      collect(running.stderr, limit, options.onStderr, stop),
      running.exited,
      feed(running.stdin, options.input).catch((thrown: unknown) => {
        // It would wait for the rest for ever.
        stop();
        throw thrown;
      }),
    ]);
    throwIfAborted(options.signal);
    return { exitCode: timedOut ? 124 : exitCode, stdout, stderr: stderr.toString("utf8") };
  } finally {
    clearTimeout(timer);
  }
}

/** A program that goes on running. */
export interface Running {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its exit code; 128 and more where a signal ended it. Rejects with PROGRAM_MISSING. */
  readonly exited: Promise<number>;
  /** Asks it to end, and ends it two seconds later. */
  stop(): void;
}

/** Starts a program without waiting for its end. */
export function start(
  program: string,
  argv: readonly string[],
  options: Pick<RunOptions, "cwd" | "env" | "signal" | "withDescendants"> = {},
): Running {
  throwIfAborted(options.signal);
  const env = { ...process.env, ...options.env };
  const child = spawn(program, [...argv], {
    stdio: ["pipe", "pipe", "pipe"],
    env,
    // A group of its own, which its descendants belong to.
    detached: options.withDescendants ?? false,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let killer: NodeJS.Timeout | undefined;
  let over = false;
  const send = (signal: NodeJS.Signals): void => {
    if (options.withDescendants && child.pid !== undefined) signalGroup(child.pid, signal);
    else child.kill(signal);
  };
  const stop = (): void => {
    // Its number may be another program's by now.
    if (over) return;
    send("SIGTERM");
    killer ??= setTimeout(() => send("SIGKILL"), killAfterMs);
  };
  options.signal?.addEventListener("abort", stop, { once: true });
  const exited = new Promise<number>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT"
          ? missing(program, options.cwd)
          : new Failure("DEFECT", `${program} could not be started: ${quoteForeign(error.message)}`, { cause: error }),
      ),
    );
    child.once("close", (code) => resolve(code ?? 128));
  }).finally(() => {
    over = true;
    clearTimeout(killer);
    options.signal?.removeEventListener("abort", stop);
  });
  // Whoever only reads the streams must not be hit by an unhandled rejection.
  exited.catch(() => {});
  // A program that ends before it has read its input is judged by its exit code.
  child.stdin.on("error", () => {});
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited, stop };
}

/** Sends a signal to all programs of a group; that there are none any more is no failure. */
function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ESRCH") throw thrown;
  }
}

async function feed(stdin: Writable, input: RunOptions["input"]): Promise<void> {
  if (input === undefined || typeof input === "string" || input instanceof Uint8Array) {
    stdin.end(input ?? "");
    return;
  }
  for await (const chunk of input) {
    if (stdin.destroyed) return;
    if (!stdin.write(chunk))
      await new Promise<void>((resolve) => {
        const go = (): void => {
          stdin.off("drain", go).off("close", go);
          resolve();
        };
        stdin.on("drain", go).on("close", go);
      });
  }
  stdin.end();
}

async function collect(stream: Readable, limit: number, onLine: ((line: string) => void) | undefined, stop: () => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) {
      stop();
      continue;
    }
    chunks.push(chunk);
    if (onLine === undefined) continue;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
  if (rest !== "") onLine?.(rest);
  return Buffer.concat(chunks);
}

function missing(program: string, cwd: string | undefined): Failure {
  return new Failure("PROGRAM_MISSING", `${program} is not installed, or not on PATH`, {
    hint: `Install ${program} and try again.`,
    facts: { program, cwd },
  });
}
