import { formatMs, type StepReport } from "../../report/index.ts";
import { md, row, tableHead } from "../markdown.ts";
import type { Block } from "../page.ts";

/** Characters of a bar that takes all of the time. */
const width = 24;
/** Eighths of a character, from one to seven. */
const eighths = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Where the time went: a bar for each step, beginning where the step before it ended. Characters, because GitHub shows no drawing here. */
export function timesBlock(steps: readonly StepReport[]): readonly Block[] {
  const total = steps.reduce((sum, { ms }) => sum + ms, 0);
  if (total === 0) return [];
  return [
    {
      head: tableHead(["step", "time", "where the time went", ""], ["time"]),
      rows: steps.map(
        ({ step, ms, detail }) =>
          () =>
            row([md`${step}`, md`${formatMs(ms)}`, { markdown: bar(ms / total) }, md`${detail}`]),
      ),
      detail: true,
    },
  ];
}

/** A bar as long as its share of the whole; whatever took any time has a mark. */
function bar(share: number): string {
  const parts = Math.max(share > 0 ? 1 : 0, Math.round(share * width * 8));
  return "█".repeat(Math.floor(parts / 8)) + (eighths[(parts % 8) - 1] ?? "");
}
