import { promisify } from "node:util";
import { gzip } from "node:zlib";

const pack = promisify(gzip);
/** Bytes of each member: small enough to be packed side by side, large enough to cost little in size. */
const memberBytes = 1 << 20;
/** How many members are packed at once: as many as Node has threads for it. */
const parallel = 4;

/**
 * Packs bytes as a gzip file of members of 1 MiB each (RFC 1952, "a gzip file consists of a series of members"), several at
 * once. The same bytes give the same file, however they come in pieces and however many are packed at once.
 */
export async function* gzipMembers(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const running: Promise<Uint8Array>[] = [];
  let none = true;
  try {
    for await (const member of members(chunks)) {
      none = false;
      running.push(packMember(member));
      if (running.length < parallel) continue;
      const first = await running.shift();
      if (first !== undefined) yield first;
    }
    if (none) running.push(packMember(new Uint8Array(0)));
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next;
  } finally {
    await Promise.allSettled(running);
  }
}

async function packMember(bytes: Uint8Array): Promise<Uint8Array> {
  const packed = await pack(bytes, { level: 6, memLevel: 9 });
  // The byte that names the operating system would differ from machine to machine: 255 is "unknown".
  packed[9] = 255;
  return packed;
}

async function* members(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let member = Buffer.allocUnsafe(memberBytes);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const length = Math.min(chunk.length - at, memberBytes - filled);
      member.set(chunk.subarray(at, at + length), filled);
      filled += length;
      at += length;
      if (filled < memberBytes) continue;
      yield member;
      member = Buffer.allocUnsafe(memberBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield member.subarray(0, filled);
}
