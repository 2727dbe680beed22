import { stripVTControlCharacters } from "node:util";
import { type Mask, redactText } from "../failure/index.ts";

/** The last lines of what a container printed. */
export interface Log {
  hear(line: string): void;
  /** From the oldest that is kept to the newest. */
  lines(): readonly string[];
}

/** Lines that are kept. */
const most = 40;
/** Characters of one line. */
const longest = 500;

/** Keeps the last lines, fit to be shown: without credentials, and without what drives a terminal. */
export function keepLog(mask: Mask): Log {
  const kept: string[] = [];
  return {
    hear(line) {
      // A program that prints without end costs no memory.
      kept.push(line.slice(0, 4 * longest));
      if (kept.length > most) kept.shift();
    },
    lines: () => kept.map((line) => shown(line, mask)),
  };
}

function shown(line: string, mask: Mask): string {
  const plain = redactText(mask(stripVTControlCharacters(line)))
    .replaceAll("\t", "  ")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "")
    .trimEnd();
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
}
