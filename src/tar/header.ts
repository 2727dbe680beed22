import { TarError } from "./error.ts";
import { numberIn } from "./number.ts";

/** Bytes of a block: all headers are one, and contents are padded to them. */
export const blockBytes = 512;

/** What an entry is. `unknown` is anything that neither POSIX nor GNU tar unpacks as one of the others. */
export type TarType = "file" | "link" | "symlink" | "character-device" | "block-device" | "directory" | "fifo" | "unknown";

/** What an archive says of an entry, with what pax and GNU headers before it say instead. */
export interface TarHeader {
  /** As it stands there, decoded as UTF-8: it may lead anywhere. */
  readonly name: string;
  readonly type: TarType;
  /** The type's letter as it stands in the header. */
  readonly flag: string;
  /** Permissions and set-id bits; higher bits as they stand there. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of the content; of a sparse file with its holes. */
  readonly size: number;
  /** Where a link leads; empty where it is none. */
  readonly linkname: string;
  /** Numbers of a device. */
  readonly devmajor: number;
  readonly devminor: number;
  /** Extended attributes (`SCHILY.xattr.*`), by name. */
  readonly xattrs: ReadonlyMap<string, Uint8Array>;
}

/** A header block, read; numbers and names that other headers replace are still the block's own. */
export interface HeaderBlock extends Omit<TarHeader, "xattrs" | "type"> {
  readonly format: "ustar" | "gnu" | "star" | "v7";
}

/** Whether a block is a header, by its sum (POSIX pax, "ustar Interchange Format", chksum): older formats have no other sign. */
function isTarHeader(block: Uint8Array): boolean {
  try {
    return sumsOf(block).includes(numberIn(block, 148, 8));
  } catch {
    return false;
  }
}

/**
 * Reads a header block.
 * @throws TarError
 */
export function headerBlock(block: Buffer): HeaderBlock {
  if (!isTarHeader(block)) throw new TarError("a header is broken: its checksum is another");
  const format = formatOf(block);
  const prefix = format === "ustar" ? text(block, 345, 155) : format === "star" ? text(block, 345, 131) : "";
  const name = text(block, 0, 100);
  const devices = format !== "v7";
  return {
    format,
    name: prefix === "" ? name : `${prefix}/${name}`,
    flag: String.fromCharCode(block[156] ?? 0),
    mode: numberIn(block, 100, 8),
    uid: numberIn(block, 108, 8),
    gid: numberIn(block, 116, 8),
    size: numberIn(block, 124, 12),
    linkname: text(block, 157, 100),
    devmajor: devices ? numberIn(block, 329, 8) : 0,
    devminor: devices ? numberIn(block, 337, 8) : 0,
  };
}

/** Formats by their magic: POSIX's, GNU's own, Schily's, and all that came before. */
function formatOf(block: Buffer): HeaderBlock["format"] {
  const magic = block.toString("latin1", 257, 265);
  if (magic === "ustar  \0") return "gnu";
  if (!magic.startsWith("ustar\0")) return "v7";
  return block.toString("latin1", 508, 512) === "tar\0" ? "star" : "ustar";
}

/** The sum as POSIX has it, and as writers with signed characters had it. */
function sumsOf(block: Uint8Array): readonly [number, number] {
  let [unsigned, signed] = [0, 0];
  for (const [at, byte] of block.subarray(0, blockBytes).entries()) {
    const counted = at >= 148 && at < 156 ? 0x20 : byte;
    unsigned += counted;
    signed += counted > 127 ? counted - 256 : counted;
  }
  return [unsigned, signed];
}

/** Text up to the first zero byte. */
export function text(bytes: Buffer, from: number, length: number): string {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? field.length : end);
}
