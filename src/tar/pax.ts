import { TarError } from "./error.ts";
import { decimal } from "./number.ts";

/** The records of a pax header: values as bytes, by key. */
export type PaxRecords = ReadonlyMap<string, Buffer>;

/** Text of these keys names things in a file system, where no zero byte can be. */
const names = new Set(["path", "linkpath", "uname", "gname"]);
/** Keys of the sparse format 0.0, which stand there many times; together they are what 0.1 has in one record. */
const pieces: readonly string[] = ["GNU.sparse.offset", "GNU.sparse.numbytes"];

/**
 * Reads the records of a pax header, `LENGTH KEY=VALUE\n` each (POSIX pax, "pax Extended Header"). Values are bytes: those of
 * extended attributes are no text.
 * @throws TarError
 */
export function paxRecords(body: Buffer): PaxRecords {
  const records = new Map<string, Buffer>();
  const map: string[] = [];
  for (let at = 0; at < body.length; ) {
    const { key, value, end } = record(body, at);
    at = end;
    const piece = pieces.indexOf(key);
    if (piece === -1) records.set(key, value);
    else {
      if (map.length % 2 !== piece) throw new TarError("a pax header is broken: its map of a sparse file is out of order");
      map.push(String(decimal(value.toString("latin1"))));
    }
  }
  if (map.length > 0) records.set("GNU.sparse.map", Buffer.from(map.join(",")));
  return records;
}

/** Reads the record at an offset. */
function record(body: Buffer, at: number): { readonly key: string; readonly value: Buffer; readonly end: number } {
  const space = body.indexOf(0x20, at);
  const digits = space === -1 ? "" : body.toString("latin1", at, Math.min(space, at + 10));
  const end = at + (/^\d+$/.test(digits) ? Number(digits) : Number.NaN);
  const equals = body.indexOf(0x3d, space);
  // The shortest record has one character as its key and no value.
  if (!(end <= body.length) || body[end - 1] !== 0x0a || equals <= space + 1 || equals >= end - 1)
    throw new TarError("a pax header is broken: the length of a record is not that of its text");
  const key = body.toString("utf8", space + 1, equals);
  const value = body.subarray(equals + 1, end - 1);
  if (key.includes("\0") || (names.has(key) && value.includes(0)))
    throw new TarError(`a pax header is broken: its ${shown(key)} has a zero byte`);
  return { key, value, end };
}

function shown(key: string): string {
  return JSON.stringify(key.slice(0, 50));
}

/** A record's value as text; undefined where there is none, and where it is empty, which takes back what another said. */
export function textOf(records: PaxRecords, key: string): string | undefined {
  return records.get(key)?.toString("utf8") || undefined;
}

/** A record's value as a number; undefined as {@link textOf}. @throws TarError */
export function numberOf(records: PaxRecords, key: string): number | undefined {
  const text = textOf(records, key);
  return text === undefined ? undefined : decimal(text);
}
