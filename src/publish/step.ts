import { throwIfAborted } from "../failure/index.ts";
import type { Emit, Step } from "../report/index.ts";

/** How long one step took, and what came of it. */
export interface StepTiming {
  readonly step: Step;
  /** Milliseconds. */
  readonly ms: number;
  readonly detail: string;
}

/** Runs one step and tells of its beginning and end. */
export interface Stepper {
  <T>(step: Step, work: () => Promise<T>, describe: (result: T) => string): Promise<T>;
  /** The steps so far. */
  readonly timings: readonly StepTiming[];
}

/** A stepper of its own for one image. */
export function stepper(emit: Emit, signal: AbortSignal | undefined): Stepper {
  const timings: StepTiming[] = [];
  const run = async <T>(step: Step, work: () => Promise<T>, describe: (result: T) => string): Promise<T> => {
    throwIfAborted(signal);
    const started = performance.now();
    emit({ kind: "step", step, state: "started" });
    try {
      const result = await work();
      const timing = { step, ms: performance.now() - started, detail: describe(result) };
      timings.push(timing);
      emit({ kind: "step", state: "done", ...timing });
      return result;
    } catch (thrown) {
      const timing = { step, ms: performance.now() - started, detail: thrown instanceof Error ? thrown.message : String(thrown) };
      timings.push(timing);
      emit({ kind: "step", state: "failed", ...timing });
      throw thrown;
    }
  };
  return Object.assign(run, { timings });
}
