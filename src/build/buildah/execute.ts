import { type Mask, throwIfAborted } from "../../failure/index.ts";
import { linesOf, start } from "../../process/index.ts";
import type { Emit } from "../../report/index.ts";
import { type SilenceLimits, watchSilence } from "../buildx/silence.ts";
import { watchExport } from "./exporting.ts";
import { progressReader, type Told } from "./progress.ts";

/** How buildah is run. */
export interface Execution {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly mask: Mask;
  readonly silence: SilenceLimits;
  /** Milliseconds that the layers of a cache may be on their way to a registry, together. */
  readonly exportMs?: number | undefined;
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/** What buildah told, and how it ended. */
export interface Outcome extends Told {
  /** 128 and more where a signal ended it. */
  readonly exitCode: number;
  /** For how long it said nothing before it was ended for that. */
  readonly silentFor?: string | undefined;
  /** Whether it was ended because the export of its cache took too long. */
  readonly exportedLate: boolean;
}

const longestLine = 1 << 16;
/** What a timer can hold. */
const longestTimer = 2 ** 31 - 1;

/**
 * Runs buildah to its end, and hears what it tells.
 * @throws Failure PROGRAM_MISSING, and the signal's reason where that was aborted
 */
export async function execute(words: readonly string[], execution: Execution): Promise<Outcome> {
  const { env, cwd, mask, silence, exportMs = Number.MAX_SAFE_INTEGER, emit, signal } = execution;
  const progress = progressReader(emit, mask);
  let silentFor: string | undefined;
  let exportedLate = false;
  // What RUN runs is a child of its child.
  const running = start("buildah", words, { env, cwd, signal, withDescendants: true });
  running.stdin.end();
  using watch = watchSilence(silence, {
    tell(after) {
      const during = progress.running();
      const text = `buildah has said nothing for ${after}${during === undefined ? "" : ` during ${during}`}`;
      emit({ kind: "message", level: "warning", text });
    },
    end(after) {
      silentFor = after;
      running.stop();
    },
  });
  using exporting = watchExport(Math.min(exportMs, longestTimer), () => {
    exportedLate = true;
    running.stop();
  });
  const hear = (line: string): void => {
    watch.heard();
    exporting.hear(line);
    progress.hear(line);
  };
  const [exitCode] = await Promise.all([
    running.exited,
    linesOf(running.stdout, hear, longestLine),
    linesOf(running.stderr, hear, longestLine),
  ]);
  throwIfAborted(signal);
  progress.ended(exitCode === 0);
  return { ...progress.told(), exitCode, silentFor, exportedLate };
}
