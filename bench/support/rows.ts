import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Comparison, compare, median, type Pair } from "../statistics.ts";
import { measure } from "./measure.ts";
import type { LayoutImage, Tool } from "./programs.ts";
import { peers, waybill } from "./programs.ts";

/** One line of the table. */
export interface Row {
  readonly work: string;
  /** The peer that is compared with: the fastest. */
  readonly peer: string;
  /** What must be reached: a part of the peer's time, or a time of its own. */
  readonly bound: number | { readonly ms: number };
  readonly comparison: Comparison;
  /** Most resident memory of ours, in MiB. */
  readonly peakMiB: number;
}

/** How often things are measured. */
export interface Effort {
  /** Rounds in which every peer runs, to find the fastest. */
  readonly trials: number;
  /** Pairs that have to count before a row ends. */
  readonly pairs: number;
  /** Pairs after which it ends all the same. */
  readonly most: number;
}

/** One piece of work, as each program does it; a fresh name or folder for each run. */
export interface Work {
  readonly name: string;
  readonly bound: number;
  run(tool: Tool): Promise<{ readonly ms: number; readonly peakMiB: number }>;
}

/** Measures a piece of work: all peers first, then ours beside the fastest of them, in turns. */
export async function row(work: Work, effort: Effort): Promise<Row> {
  const first = await trials(work, effort.trials);
  const peer = peers.toSorted((a, b) => median(first.get(a) ?? []) - median(first.get(b) ?? []))[0];
  if (peer === undefined) throw new Error("there is no peer");
  const pairs: Pair[] = [];
  let peakMiB = 0;
  for (let count = 0; count < effort.most; count++) {
    // Who begins changes, so that neither always finds the disk as the other left it.
    const [a, b] = count % 2 === 0 ? [waybill, peer] : [peer, waybill];
    const [one, two] = [await work.run(a), await work.run(b)];
    const [ours, theirs] = a === waybill ? [one, two] : [two, one];
    peakMiB = Math.max(peakMiB, ours.peakMiB);
    pairs.push({ ours: ours.ms, theirs: theirs.ms });
    if (count + 1 >= effort.pairs && compare(pairs).pairs >= effort.pairs) break;
  }
  return { work: work.name, peer: peer.name, bound: work.bound, comparison: compare(pairs), peakMiB };
}

async function trials(work: Work, rounds: number): Promise<ReadonlyMap<Tool, readonly number[]>> {
  const times = new Map<Tool, number[]>(peers.map((tool) => [tool, []]));
  for (let round = 0; round < rounds; round++) {
    for (const tool of peers) times.get(tool)?.push((await work.run(tool)).ms);
  }
  return times;
}

let names = 0;

/** Pushes a layout to a repository that has none of it. */
export function pushing(name: string, image: LayoutImage, host: string, bound: number): Work {
  return {
    name,
    bound,
    run: async (tool) => {
      tool.forget?.();
      return await measure(tool.push(image, `${host}/push/${names++}:bench`));
    },
  };
}

/** Pulls an image into an empty layout. */
export function pulling(name: string, from: string, dir: string, bound: number): Work {
  return {
    name,
    bound,
    async run(tool) {
      const out = join(dir, `pull-${names++}`);
      mkdirSync(out);
      try {
        return await measure(tool.pull(from, { dir: out, tag: "bench" }));
      } finally {
        rmSync(out, { recursive: true });
      }
    },
  };
}
