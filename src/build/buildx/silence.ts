import { formatMs } from "../../report/index.ts";

/** Milliseconds without a word from a program, until that is told, and until it is ended. */
export interface SilenceLimits {
  readonly tellMs: number;
  readonly endMs: number;
}

/**
 * A step may compile for long without a word, so silence is told of early and ended late: BuildKit tells every beginning, end and
 * printed line, and a step that is silent for an hour has hung far more often than it works.
 */
export const usualSilence: SilenceLimits = { tellMs: 5 * 60_000, endMs: 60 * 60_000 };

/** Someone who listens for a program's words. */
export interface SilenceWatch extends Disposable {
  /** That it said something. */
  heard(): void;
}

/** Watches for silence: `tell` hears of it each time that `tellMs` went by again, `end` once. */
export function watchSilence(
  { tellMs, endMs }: SilenceLimits,
  { tell, end }: { tell(silentFor: string): void; end(silentFor: string): void },
): SilenceWatch {
  let since = performance.now();
  const telling = setInterval(() => {
    const silent = performance.now() - since;
    // A timer of its own rhythm fires within the time as well.
    if (silent >= tellMs * 0.9) tell(formatMs(silent));
  }, tellMs);
  let ending: NodeJS.Timeout;
  const wait = (ms: number): void => {
    ending = setTimeout(() => {
      const left = endMs - (performance.now() - since);
      if (left > 1) wait(left);
      else end(formatMs(endMs));
    }, ms);
  };
  wait(endMs);
  return {
    heard() {
      since = performance.now();
    },
    [Symbol.dispose]() {
      clearInterval(telling);
      clearTimeout(ending);
    },
  };
}
