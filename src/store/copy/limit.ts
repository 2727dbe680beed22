/** Runs work with at most so many at once, in the order in which it was asked for. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** A limit of its own. */
export function limit(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
