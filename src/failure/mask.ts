/** Text without the values of secrets. */
export type Mask = (text: string) => string;

/** Shorter values are found in any text: taking them out would spoil the log, and tell the value by what is missing. */
const shortest = 4;

/** Takes values out of text, line by line where they have several, because a log is read by lines. */
export function masking(values: readonly string[]): Mask {
  const parts = values
    .flatMap((value) => [value.trim(), ...value.split(/\r?\n/).map((line) => line.trim())])
    .filter((part) => part.length >= shortest);
  // The longest first, so that none is left over in part.
  const wanted = [...new Set(parts)].toSorted((a, b) => b.length - a.length);
  return (text) => wanted.reduce((shown, part) => shown.replaceAll(part, "***"), text);
}
