import type { Layer } from "./layer.ts";

/** The most layers that are packed at once: each has buffers of its own. */
const most = 2;

/** Layers that are packed while the instructions after them are followed. */
export interface Background {
  /**
   * Begins to pack a layer as soon as fewer than two others are under way. The first one that fails ends the others.
   * @param pack hears of that end by its signal
   * @throws what a layer failed with that was begun before
   */
  begin(pack: (signal: AbortSignal) => Promise<Layer>): Promise<{ readonly layer: Promise<Layer> }>;
  /** Aborted when a layer has failed, with what it failed with, and when the build is ended from outside. */
  readonly signal: AbortSignal;
  /** Ends what is under way, and waits for it. @returns what the first layer failed with that failed by itself */
  end(): Promise<unknown>;
}

/** @param outer ends the packing from outside */
export function inBackground(outer: AbortSignal | undefined): Background {
  const stop = new AbortController();
  const signal = outer === undefined ? stop.signal : AbortSignal.any([outer, stop.signal]);
  const running = new Set<Promise<unknown>>();
  let failure: unknown;
  return {
    signal,
    async begin(pack) {
      while (running.size >= most) await Promise.race(running);
      signal.throwIfAborted();
      const layer = pack(signal);
      const ended = layer.then(
        () => void running.delete(ended),
        (thrown: unknown) => {
          running.delete(ended);
          if (!signal.aborted) failure = thrown;
          stop.abort(thrown);
        },
      );
      running.add(ended);
      return { layer };
    },
    async end() {
      stop.abort();
      await Promise.all(running);
      return failure;
    },
  };
}
