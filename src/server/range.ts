/** Part of a blob: from `start` up to, without, `end`. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * One range of a Range header (RFC 9110, "Range Requests"). Undefined where the whole is meant: several ranges, other units,
 * or what is no range at all, which the RFC has a server ignore.
 */
export function parseRange(header: string | undefined, size: number): Part | "unsatisfiable" | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Number(last);
    return length === 0 || size === 0 ? "unsatisfiable" : { start: Math.max(0, size - length), end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "unsatisfiable";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}

/**
 * A chunk's Content-Range. The distribution-spec writes `0-99`; RFC 9110's `bytes 0-99/*` is taken as well, as peers do.
 */
export function parseContentRange(header: string): Part | undefined {
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim());
  if (match === null) return undefined;
  const part = { start: Number(match[1]), end: Number(match[2]) + 1 };
  return part.end > part.start ? part : undefined;
}
