import type { Descriptor } from "../../oci/index.ts";
import type { Emit } from "../../report/index.ts";
import type { Source, Store, WriteOptions, Written } from "../store.ts";

/** Shortest time between two progress events of one blob, in milliseconds. */
const progressMs = 100;

/** Tells of one blob on its way. */
export interface Underway {
  /** Bytes that were taken so far. */
  readonly progress: (bytes: number) => void;
  readonly done: (outcome: Written) => void;
}

/** @param began when it was begun, by `performance.now()` */
export function underway(to: Store, descriptor: Descriptor, emit: Emit, began: number = performance.now()): Underway {
  const event = { kind: "transfer", to: to.name, descriptor } as const;
  let told = 0;
  return {
    progress(bytes) {
      const now = performance.now();
      if (told === 0) emit({ ...event, state: "started", bytes: 0 });
      else if (now - told < progressMs) return;
      told = now;
      emit({ ...event, state: "progress", bytes });
    },
    done: (outcome) =>
      emit({ ...event, state: outcome, bytes: outcome === "written" ? descriptor.size : 0, ms: performance.now() - began }),
  };
}

/**
 * Writes one blob and tells how it goes. The target reads from the source only when it lacks the blob; of one that is new it is not asked.
 */
export async function transfer(
  to: Store,
  descriptor: Descriptor,
  open: () => Promise<Source>,
  { emit, signal, isNew }: { readonly emit: Emit; readonly signal: AbortSignal } & Pick<WriteOptions, "isNew">,
): Promise<Written> {
  const { progress, done } = underway(to, descriptor, emit);
  const outcome = await to.write(descriptor, await open(), { signal, isNew, onProgress: progress });
  done(outcome);
  return outcome;
}
