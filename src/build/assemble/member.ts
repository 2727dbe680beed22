import { crc32 } from "node:zlib";

/** Longest block that is not compressed (RFC 1951, section 3.2.4). */
const blockBytes = 0xffff;
const headBytes = 10;
const tailBytes = 8;

/** A member's start that names no time, no file and no machine: 255 is the unknown one (RFC 1952, section 2.3.1). */
export const memberHead: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/** A member's end: CRC and size of what is in it (RFC 1952, section 2.3.1). */
export function memberTail(bytes: Uint8Array): Uint8Array {
  const tail = Buffer.allocUnsafe(tailBytes);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.length, 4);
  return tail;
}

/** Size of the gzip member that holds so many bytes as they are. */
export function storedSize(length: number): number {
  return headBytes + Math.max(1, Math.ceil(length / blockBytes)) * 5 + length + tailBytes;
}

/**
 * A gzip member that holds bytes as they are: a copy and a checksum, where zlib's level 0 would move them through its window.
 * @param into memory of at least {@link storedSize} bytes to write to; new memory unless given
 */
export function storedMember(bytes: Uint8Array, into: Buffer = Buffer.allocUnsafeSlow(storedSize(bytes.length))): Buffer {
  into.set(memberHead, 0);
  let at = headBytes;
  for (let from = 0; from === 0 || from < bytes.length; from += blockBytes) {
    const block = bytes.subarray(from, from + blockBytes);
    into[at] = from + blockBytes >= bytes.length ? 1 : 0;
    into.writeUInt16LE(block.length, at + 1);
    into.writeUInt16LE(block.length ^ 0xffff, at + 3);
    into.set(block, at + 5);
    at += 5 + block.length;
  }
  into.set(memberTail(bytes), at);
  return into.subarray(0, at + tailBytes);
}
