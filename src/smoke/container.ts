import { Failure, type Mask, throwIfAborted } from "../failure/index.ts";
import { linesOf, run, start } from "../process/index.ts";
import { type Environment, lastLine } from "./find.ts";
import { keepLog } from "./log.ts";
import { type State, stateOf } from "./state.ts";
import { type ContainerRequest, createWords, type RuntimeName, removeWords } from "./words.ts";

/** A container that was started. Disposing removes it, whatever it is at. */
export interface Container extends AsyncDisposable {
  /** What it is at now. */
  state(): Promise<State>;
  /** Runs a command in it; 124 where that takes too long. */
  exec(command: readonly string[], timeoutMs: number): Promise<{ readonly exitCode: number; readonly said: string }>;
  /** Settles when it has ended, or could not be started. */
  readonly ended: Promise<void>;
  /** The last lines that it printed. */
  log(): readonly string[];
}

const callMs = 60_000;
/** Bytes of what a command prints. */
const outputLimit = 1 << 20;
const longestLine = 1 << 16;

/**
 * Creates a container and starts it.
 * @throws Failure RUNTIME_FAILED where it cannot be created
 */
export async function startContainer(
  runtime: RuntimeName,
  request: ContainerRequest,
  { env, mask, signal }: { readonly env: Environment; readonly mask: Mask; readonly signal?: AbortSignal | undefined },
): Promise<Container> {
  // In a group of its own, so that Ctrl-C in a terminal leaves it to remove what it has made.
  const call = async (words: readonly string[], timeoutMs = callMs) =>
    await run(runtime, words, { env, timeoutMs, maxBytes: outputLimit, withDescendants: true });
  const remove = async (): Promise<void> => {
    await call(removeWords(runtime, request.name)).catch(() => undefined);
  };
  const created = await call(createWords(runtime, request));
  if (created.exitCode !== 0) {
    await remove();
    throw runtimeFailed(runtime, "could not create the container", { ...created, stderr: mask(created.stderr) });
  }
  if (signal?.aborted) await remove();
  throwIfAborted(signal);
  const log = keepLog(mask);
  const attached = start(runtime, ["start", "--attach", request.name], { env, withDescendants: true });
  attached.stdin.end();
  const ended = Promise.all([
    attached.exited,
    linesOf(attached.stdout, log.hear, longestLine),
    linesOf(attached.stderr, log.hear, longestLine),
  ]).then(() => {});
  return {
    async state() {
      const { exitCode, stdout, stderr } = await call(["container", "inspect", request.name]);
      if (exitCode !== 0) throw runtimeFailed(runtime, "could not tell what the container is at", { exitCode, stderr });
      return stateOf(stdout.toString("utf8"));
    },
    async exec(command, timeoutMs) {
      const { exitCode, stdout, stderr } = await call(["exec", request.name, ...command], timeoutMs);
      // containerd's runtime tells a second time, in its own words, that the command failed.
      const own = stderr.replace(/^time="[^"]*" level=fatal .*$/gm, "");
      return { exitCode, said: mask(`${stdout.toString("utf8")}\n${own}`) };
    },
    ended,
    log: log.lines,
    async [Symbol.asyncDispose]() {
      await remove();
      // Where the runtime does not answer any more, its client would wait for ever.
      attached.stop();
      await ended.catch(() => {});
    },
  };
}

/** That the runtime itself could not do what was asked, which says nothing of the image. */
export function runtimeFailed(
  runtime: RuntimeName,
  what: string,
  { exitCode, stderr }: { readonly exitCode: number; readonly stderr: string },
): Failure {
  const why = exitCode === 124 ? "it did not answer in time" : lastLine(stderr) || `it ended with ${exitCode}`;
  return new Failure("RUNTIME_FAILED", `${runtime} ${what}: ${why}`, {
    hint: `Look whether ${runtime} works here: ${runtime} run --rm IMAGE.`,
    facts: { runtime, exitCode },
  });
}
