import { styleText } from "node:util";
import type { DestinationReport, ImageReport } from "./report.ts";

/** How wide the table may be, and whether it may be coloured; a log gives neither, and has it in full and plain. */
export interface TableStyle {
  /** Columns of the terminal; undefined where the output is none. */
  readonly columns?: number | undefined;
  readonly colour?: boolean | undefined;
}

const head = ["destination", "digest", "tags", "state", "seconds"] as const;
type Row = readonly [string, string, string, string, string];

/** Characters of a digest that are shown where the whole is too wide: `sha256:` and twelve more. */
const shortDigest = 19;
/** The same of a commit's full name as a tag. */
const shortTag = 12;

/**
 * Destination × (digest, tags, state, seconds), a line each. Where the terminal is too narrow digests and commits are
 * shortened; where that does not help a destination takes a line of its own, with the rest below it.
 */
export function destinationTable({ destinations }: Pick<ImageReport, "destinations">, style: TableStyle = {}): readonly string[] {
  if (destinations.length === 0) return [];
  const { columns = Number.POSITIVE_INFINITY, colour = false } = style;
  const full = lay(destinations.map((one) => rowOf(one, (text) => text)));
  const short = fits(full, columns) ? full : lay(destinations.map((one) => rowOf(one, shorten)));
  if (!fits(short, columns)) return stacked(destinations);
  const [first = "", ...rows] = short;
  return [colour ? styleText("bold", first, { validateStream: false }) : first, ...rows];
}

function rowOf(destination: DestinationReport, show: (text: string) => string): Row {
  const { name, digest, tags, foreseen = [], state = "not asked", surveyMs = 0, ms } = destination;
  const marked = [
    ...tags.map(({ tag, outcome }) => `${show(tag)} ${outcome}`),
    ...(tags.length > 0 ? [] : foreseen.map(({ tag, outcome }) => `${show(tag)} ${outcome}`)),
  ];
  return [name, digest === undefined ? "-" : show(digest), marked.join(", ") || "-", state, ((surveyMs + ms) / 1000).toFixed(1)];
}

function shorten(text: string): string {
  if (/^[a-z0-9]+:[0-9a-f]{64,}$/.test(text)) return text.slice(0, shortDigest);
  return text.replace(/[0-9a-f]{40,}/, (sha) => sha.slice(0, shortTag));
}

function lay(rows: readonly Row[]): readonly string[] {
  const all: readonly (readonly string[])[] = [head, ...rows];
  const widths = head.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all.map((row) => `  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd());
}

function stacked(destinations: readonly DestinationReport[]): readonly string[] {
  return destinations.flatMap((destination) => {
    const [name, digest, tags, state, seconds] = rowOf(destination, shorten);
    return [`  ${name}`, `    ${digest}`, `    ${tags}`, `    ${state}, ${seconds} s`];
  });
}

function fits(lines: readonly string[], columns: number): boolean {
  return lines.every((line) => line.length <= columns);
}
