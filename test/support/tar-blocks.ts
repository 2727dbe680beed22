/** One entry as its bytes are to be: every field may be another than what is right. */
export interface RawBlock {
  readonly name?: string | Buffer;
  readonly flag?: string;
  readonly content?: string | Uint8Array;
  /** Fields as they are written: numbers in octal, buffers as they are. */
  readonly mode?: number | Buffer;
  readonly uid?: number | Buffer;
  readonly gid?: number | Buffer;
  /** What the header says; the content's own unless given. */
  readonly size?: number | Buffer;
  readonly linkname?: string | Buffer;
  readonly magic?: "ustar" | "gnu" | "v7" | "star";
  readonly prefix?: string;
  /** Bytes that are written over the header at an offset, before the sum is made. */
  readonly over?: Readonly<Record<number, Buffer>>;
  /** What the header says of its sum. */
  readonly sum?: number;
  /** Blocks between the header and the content, which its size does not count. */
  readonly between?: Buffer;
}

const magics = { ustar: "ustar\u000000", gnu: "ustar  \0", star: "ustar\u000000", v7: "" };

/** A header's block. */
export function headerOf(entry: RawBlock): Buffer {
  const { name = "f", flag = "0", content = "", magic = "ustar", linkname = "", prefix = "", over = {} } = entry;
  const { mode = 0o644, uid = 0, gid = 0 } = entry;
  const block = Buffer.alloc(512);
  const write = (value: string | Buffer, at: number, length: number): void => void Buffer.from(value).copy(block, at, 0, length);
  const number = (value: number | Buffer, at: number, length: number): void =>
    write(typeof value === "number" ? `${value.toString(8).padStart(length - 1, "0")}\0` : value, at, length);
  write(name, 0, 100);
  number(mode, 100, 8);
  number(uid, 108, 8);
  number(gid, 116, 8);
  number(entry.size ?? Buffer.byteLength(content), 124, 12);
  number(0, 136, 12);
  write(flag, 156, 1);
  write(linkname, 157, 100);
  write(Buffer.from(magics[magic], "latin1"), 257, 8);
  // A device's two numbers.
  if (magic !== "v7") for (const at of [329, 337]) number(0, at, 8);
  write(prefix, 345, 155);
  if (magic === "star") write("tar\0", 508, 4);
  for (const [at, bytes] of Object.entries(over)) bytes.copy(block, Number(at));
  block.fill(" ", 148, 156);
  const sum = entry.sum ?? block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** An archive of exactly these entries. `null` ends it without the two blocks of zeros. */
export function rawBlocks(entries: readonly (RawBlock | Buffer | null)[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    if (entry === null) return Buffer.concat(parts);
    if (Buffer.isBuffer(entry)) parts.push(entry);
    else parts.push(headerOf(entry), entry.between ?? Buffer.alloc(0), padded(Buffer.from(entry.content ?? "")));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A pax header with records as they should be, or a text as it is. */
export function pax(records: readonly (readonly [string, string | Buffer])[] | string, flag = "x"): RawBlock {
  return { name: "PaxHeaders/f", flag, content: typeof records === "string" ? records : Buffer.concat(records.map(paxRecord)) };
}

/** A pax header with the records of a sparse file, by their names behind `GNU.sparse.`. */
export function sparsePax(records: Readonly<Record<string, string>>): RawBlock {
  return pax(Object.entries(records).map(([key, value]) => [`GNU.sparse.${key}`, value] as const));
}

function paxRecord([key, value]: readonly [string, string | Buffer]): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from("\n")]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** A number in base 256, as GNU tar writes what octal digits have no room for. */
export function base256(value: bigint, length: number): Buffer {
  const field = Buffer.alloc(length);
  let left = BigInt.asUintN(length * 8, value);
  for (let at = length - 1; at >= 0; at--) {
    field[at] = Number(left & 0xffn);
    left >>= 8n;
  }
  field[0] = (field[0] ?? 0) | 0x80;
  return field;
}

/** The fields of GNU's old sparse format in a header, or in a block behind it. */
export function oldSparse(pieces: readonly (readonly [number, number])[], more: boolean, size?: number): Readonly<Record<number, Buffer>> {
  const digits = (value: number): string => `${value.toString(8).padStart(11, "0")}\0`;
  const at = size === undefined ? 0 : 386;
  return {
    [at]: Buffer.from(pieces.map(([offset, length]) => digits(offset) + digits(length)).join("")),
    [size === undefined ? 504 : 482]: Buffer.from([more ? 1 : 0]),
    ...(size === undefined ? {} : { 483: Buffer.from(digits(size)) }),
  };
}
