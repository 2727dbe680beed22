import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Mask, throwIfAborted } from "../../failure/index.ts";
import { linesOf, start } from "../../process/index.ts";
import type { Emit } from "../../report/index.ts";
import type { BuildxProgram } from "./program.ts";
import { isImageExport, progressReader, type Told } from "./progress.ts";
import { type SilenceLimits, watchSilence } from "./silence.ts";

/** How a build is run. */
export interface Execution {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What buildx reads from its standard input. */
  readonly input?: (() => AsyncIterable<Uint8Array>) | undefined;
  readonly mask: Mask;
  readonly silence: SilenceLimits;
  /** Milliseconds that the export of the cache may take. */
  readonly exportMs: number;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/** What a build told, and how it ended. */
export interface Outcome extends Told {
  /** 128 and more where a signal ended it. */
  readonly exitCode: number;
  /** Why it was ended from here: it said nothing for so long, or the export of its cache took too long. */
  readonly ended?: { readonly by: "silence"; readonly after: string } | { readonly by: "export" } | undefined;
}

/** Characters of one line: BuildKit tells up to 16 MiB at once, in base64. */
const longestLine = 32 * 1024 * 1024;

/**
 * Runs a build to its end, and hears what it tells.
 * @throws Failure PROGRAM_MISSING, what the input throws, and the signal's reason where that was aborted
 */
export async function execute(program: BuildxProgram, words: readonly string[], execution: Execution): Promise<Outcome> {
  const { env, cwd, input, mask, emit, signal } = execution;
  const [command, ...before] = program;
  const progress = progressReader(emit, mask);
  let ended: Outcome["ended"];
  let broken: { readonly thrown: unknown } | undefined;
  // An older Docker keeps signals to itself, and its plugin would go on building.
  const running = start(command, [...before, ...words], { env, cwd, signal, withDescendants: true });
  const end = (why: NonNullable<Outcome["ended"]>): void => {
    ended ??= why;
    running.stop();
  };
  using silence = watchSilence(execution.silence, {
    tell: (after) =>
      emit({ kind: "message", level: "warning", text: `the builder has said nothing for ${after}${during(progress.running())}` }),
    end: (after) => end({ by: "silence", after }),
  });
  let exporting: NodeJS.Timeout | undefined;
  // Both exports go on at once, and the image's may be the one that takes its time.
  const limitExport = (): void => {
    exporting = setTimeout(() => (progress.running().some(isImageExport) ? limitExport() : end({ by: "export" })), execution.exportMs);
  };
  const hear = (line: string): void => {
    silence.heard();
    progress.hear(line);
    const { cacheExport } = progress.told();
    if (cacheExport?.done) clearTimeout(exporting);
    else if (cacheExport !== undefined && exporting === undefined) limitExport();
  };
  // What goes wrong in reading must be told from what goes wrong in writing, which a stream throws into a generator as well.
  const fed = async function* (): AsyncIterable<Uint8Array> {
    const chunks = input?.()[Symbol.asyncIterator]();
    const next = async () =>
      await chunks?.next().catch((thrown: unknown) => {
        broken = { thrown };
        running.stop();
        return undefined;
      });
    try {
      for (let one = await next(); one !== undefined && !one.done; one = await next()) yield one.value;
    } finally {
      await chunks?.return?.();
    }
  };
  try {
    const [exitCode] = await Promise.all([
      running.exited,
      linesOf(running.stderr, hear, longestLine),
      linesOf(running.stdout, hear, longestLine),
      // That it ends before it has read everything is told by its exit code.
      pipeline(Readable.from(fed()), running.stdin).catch(() => {}),
    ]);
    throwIfAborted(signal);
    if (broken !== undefined) throw broken.thrown;
    return { ...progress.told(), exitCode, ended };
  } finally {
    clearTimeout(exporting);
  }
}

function during(names: readonly string[]): string {
  return names.length === 0 ? "" : ` during ${names.slice(0, 3).join("; ")}`;
}
