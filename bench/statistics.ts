import { seededNumbers } from "../test/support/seeded.ts";

/** The middle of some numbers; of an even count the mean of both. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

/** One measurement of both sides, made one right after the other, in milliseconds. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

/** How two programs compare. */
export interface Comparison {
  /** Pairs that count: those in which the peer agrees with its own median within 10 %. */
  readonly pairs: number;
  readonly ours: number;
  readonly theirs: number;
  /** Median of the pairs' ratios. */
  readonly ratio: number;
  /** 95 % interval of that median. */
  readonly low: number;
  readonly high: number;
}

const agreement = 0.1;
const resamples = 4000;

/** Pairs in which the peer took about what it takes: a disturbance of the machine hits the other ones. */
export function agreeing(pairs: readonly Pair[]): readonly Pair[] {
  const usual = median(pairs.map(({ theirs }) => theirs));
  return pairs.filter(({ theirs }) => Math.abs(theirs / usual - 1) <= agreement);
}

/** Compares paired measurements: the median ratio, with a percentile bootstrap interval. */
export function compare(all: readonly Pair[]): Comparison {
  const pairs = agreeing(all);
  const ratios = pairs.map(({ ours, theirs }) => ours / theirs);
  // The same measurements give the same interval.
  const random = seededNumbers(1);
  const draw = (): number => ratios[Math.floor(random() * ratios.length)] ?? Number.NaN;
  const medians = Array.from({ length: resamples }, () => median(ratios.map(draw))).sort((a, b) => a - b);
  return {
    pairs: pairs.length,
    ours: median(pairs.map(({ ours }) => ours)),
    theirs: median(pairs.map(({ theirs }) => theirs)),
    ratio: median(ratios),
    low: medians[Math.floor(resamples * 0.025)] ?? Number.NaN,
    high: medians[Math.ceil(resamples * 0.975) - 1] ?? Number.NaN,
  };
}
