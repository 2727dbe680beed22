import { formatMs } from "../../src/report/index.ts";
import type { Row } from "./rows.ts";

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const head = ["| work | ours | peer | ratio | 95 % | bound | reached | pairs | memory |", "|---|---|---|---|---|---|---|---|---|"];
  return [...head, ...rows.map(line)].join("\n");
}

function line({ work, peer, bound, comparison, peakMiB }: Row): string {
  const { ours, theirs, ratio, low, high, pairs } = comparison;
  const cells = [
    work,
    formatMs(ours),
    `${peer} ${formatMs(theirs)}`,
    ratio.toFixed(2),
    `${low.toFixed(2)}–${high.toFixed(2)}`,
    `≤ ${typeof bound === "number" ? bound : formatMs(bound.ms)}`,
    (typeof bound === "number" ? low <= bound : ours <= bound.ms) ? "yes" : "no",
    String(pairs),
    `${Math.round(peakMiB)} MiB`,
  ];
  return `| ${cells.join(" | ")} |`;
}
