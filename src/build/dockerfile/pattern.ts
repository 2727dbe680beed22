/** A pattern's parts between its `*`, each a row of characters; undefined is `?`. */
export type Pattern = readonly (readonly (string | undefined)[])[];

/**
 * Reads a pattern of `${name#pattern}` and its like: `*`, `?`, and the escape character before what is meant literally.
 * @returns undefined where something else is escaped
 */
export function parsePattern(text: string, escapeChar: string): Pattern | undefined {
  const parts: (string | undefined)[][] = [[]];
  const chars = [...text];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? "";
    if (char === "*") parts.push([]);
    else if (char !== escapeChar) parts.at(-1)?.push(char === "?" ? undefined : char);
    else {
      at += 1;
      const next = chars[at] ?? "";
      if (!["*", "?", "/", "}", escapeChar].includes(next)) return undefined;
      parts.at(-1)?.push(next);
    }
  }
  return parts;
}

/** Removes the shortest or longest start that a pattern matches, or the end. */
export function trimmed(value: string, pattern: Pattern, longest: boolean, end: boolean): string {
  const chars = end ? [...value].reverse() : [...value];
  const turned = end ? pattern.map((part) => [...part].reverse()).reverse() : pattern;
  const [first = []] = turned;
  const stop = standsAt(chars, 0, first) ? endOf(chars, 0, turned, longest) : undefined;
  if (stop === undefined) return value;
  const rest = chars.slice(stop);
  return (end ? rest.reverse() : rest).join("");
}

/** Replaces the first longest match of a pattern, or every one. */
export function replaced(value: string, pattern: Pattern, replacement: string, all: boolean): string {
  const chars = [...value];
  const [first = []] = pattern;
  const out: string[] = [];
  let at = 0;
  for (;;) {
    const start = find(chars, at, first);
    const stop = start === undefined ? undefined : endOf(chars, start, pattern, true);
    // Where the rest of the pattern is not behind this place, it is behind no later one either.
    if (start === undefined || stop === undefined) break;
    out.push(...chars.slice(at, start), replacement);
    at = stop;
    if (!all || at >= chars.length) break;
    // What matches nothing stands between all characters, as with regular expressions.
    if (stop === start) out.push(chars[at++] ?? "");
  }
  return out.concat(chars.slice(at)).join("");
}

/** Where a match ends whose first part stands at `start`. Every part is looked for once: a pattern cannot run away. */
function endOf(chars: readonly string[], start: number, pattern: Pattern, longest: boolean): number | undefined {
  const [first = [], ...others] = pattern;
  let at = start + first.length;
  for (const [index, part] of others.entries()) {
    const last = longest && index === others.length - 1;
    const found = last ? findLast(chars, at, part) : find(chars, at, part);
    if (found === undefined) return undefined;
    at = found + part.length;
  }
  return at;
}

function find(chars: readonly string[], from: number, part: Pattern[number]): number | undefined {
  for (let at = from; at + part.length <= chars.length; at++) if (standsAt(chars, at, part)) return at;
  return undefined;
}

function findLast(chars: readonly string[], from: number, part: Pattern[number]): number | undefined {
  for (let at = chars.length - part.length; at >= from; at--) if (standsAt(chars, at, part)) return at;
  return undefined;
}

function standsAt(chars: readonly string[], at: number, part: Pattern[number]): boolean {
  return at + part.length <= chars.length && part.every((char, index) => char === undefined || char === chars[at + index]);
}
