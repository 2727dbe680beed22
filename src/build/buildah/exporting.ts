/** Watches how long the layers of a cache are on their way to a registry. */
export interface ExportWatch extends Disposable {
  /** Hears each line that buildah prints. */
  hear(line: string): void;
}

const begins = /^--> Pushing cache /;
/** What buildah prints when a layer is there. What it prints on the way says nothing of where it is. */
const goesOn = /^(?:\[\d+\/\d+\] )?(?:STEP \d|COMMIT)|^--> [^P]/;

/** Calls `late` once, when all layers together have been on their way for longer than the limit. */
export function watchExport(limitMs: number, late: () => void): ExportWatch {
  let left = limitMs;
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  const arrived = (): void => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    left -= performance.now() - since;
  };
  return {
    hear(line) {
      if (goesOn.test(line)) arrived();
      if (!begins.test(line) || timer !== undefined) return;
      since = performance.now();
      timer = setTimeout(late, Math.max(0, left));
    },
    [Symbol.dispose]: arrived,
  };
}
