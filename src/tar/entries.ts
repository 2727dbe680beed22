import { type ByteReader, byteReader } from "./bytes.ts";
import { TarError } from "./error.ts";
import { blockBytes, type HeaderBlock, headerBlock, type TarHeader, type TarType, text } from "./header.ts";
import { numberOf, type PaxRecords, paxRecords, textOf } from "./pax.ts";
import { checkSparse, filled, oldMap, paxMap, type Sparse } from "./sparse.ts";

/** One entry of an archive, in the order in which it stands there; its content is read only while it is the current one. */
export interface ArchivedEntry {
  readonly header: TarHeader;
  /** Bytes of a file, to be read once; nothing for all else. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The most bytes of a header that says more of the entry behind it: far above what paths and attributes take. */
const headerLimit = 1 << 20;
const types: Readonly<Record<string, TarType>> = {
  "\0": "file",
  "0": "file",
  "1": "link",
  "2": "symlink",
  "3": "character-device",
  "4": "block-device",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  S: "file",
};
const xattrPrefix = "SCHILY.xattr.";

/** What headers before an entry say of it. */
interface Said {
  readonly records: PaxRecords;
  readonly name: string | undefined;
  readonly linkname: string | undefined;
}

const nothing: Said = { records: new Map(), name: undefined, linkname: undefined };

/**
 * The entries of an archive: ustar, pax, GNU's and older ones, sparse files with their holes filled. Global pax headers are read over, as
 * Go's reader does, and with it all container tools. What stands behind the end of the archive is read to its end, and no entry.
 * @throws TarError for what is not well-formed; what the bytes throw
 */
export async function* tarEntries(chunks: AsyncIterable<Uint8Array>): AsyncIterable<ArchivedEntry> {
  const bytes = byteReader(chunks);
  let said = nothing;
  try {
    for (;;) {
      const block = await nextBlock(bytes);
      if (block === undefined) return;
      const own = headerBlock(block);
      const extra = await saidBy(own, said, bytes);
      if (extra !== undefined) {
        said = extra;
        continue;
      }
      const { entry, rest } = await entryOf(block, own, said, bytes);
      said = nothing;
      yield entry;
      await rest();
    }
  } finally {
    await bytes.close();
  }
}

/** The next header's block, in memory of its own; undefined at the end of the archive: two blocks of zeros, or no more bytes. */
async function nextBlock(bytes: ByteReader): Promise<Buffer | undefined> {
  for (const last of [false, true]) {
    const block = await bytes.upTo(blockBytes);
    if (block.length === 0) return undefined;
    if (block.length < blockBytes) throw new TarError("it ends early");
    if (block.some((byte) => byte !== 0)) {
      if (last) throw new TarError("a block of zeros stands between its entries");
      return Buffer.from(block);
    }
  }
  await bytes.drain();
  return undefined;
}

/** What is said of the next entry once a header was read that is none itself; undefined where it is an entry. */
async function saidBy({ flag, size }: HeaderBlock, said: Said, bytes: ByteReader): Promise<Said | undefined> {
  if (!"xgLK".includes(flag)) return undefined;
  if (size < 0 || size > headerLimit) throw new TarError(`a header says that it has ${size} bytes`);
  const body = Buffer.from(await bytes.exactly(size));
  await bytes.upTo(padding(size));
  if (flag === "L") return { ...said, name: text(body, 0, size) };
  if (flag === "K") return { ...said, linkname: text(body, 0, size) };
  const records = paxRecords(body);
  return flag === "x" ? { ...said, records } : said;
}

async function entryOf(
  block: Buffer,
  own: HeaderBlock,
  { records, name, linkname }: Said,
  bytes: ByteReader,
): Promise<{ readonly entry: ArchivedEntry; rest(): Promise<void> }> {
  const named = name || textOf(records, "path") || own.name;
  // Before ustar a directory was a file whose name ends in a slash.
  const type = own.flag === "\0" && named.endsWith("/") ? "directory" : (types[own.flag] ?? "unknown");
  const stored = numberOf(records, "size") ?? own.size;
  const held = type === "file" || type === "unknown" ? stored : 0;
  if (held < 0) throw new TarError(`an entry says that it has ${held} bytes`);
  const sparse = own.flag === "S" ? await oldMap(block, own, bytes) : type === "file" ? await paxMap(records, held, bytes) : undefined;
  const left = held - (sparse?.mapBytes ?? 0);
  if (sparse !== undefined) checkSparse(sparse, left);
  const { content, rest } = contentOf(bytes, left, sparse);
  const header: TarHeader = {
    name: (sparse === undefined ? undefined : textOf(records, "GNU.sparse.name")) ?? named,
    type,
    flag: own.flag,
    mode: own.mode,
    uid: numberOf(records, "uid") ?? own.uid,
    gid: numberOf(records, "gid") ?? own.gid,
    size: sparse?.size ?? held,
    linkname: linkname || textOf(records, "linkpath") || own.linkname,
    devmajor: own.devmajor,
    devminor: own.devminor,
    xattrs: xattrsOf(records),
  };
  return { entry: { header, content }, rest: () => rest(padding(held)) };
}

/** A content that can be read once, and what reads over the rest of it with the padding behind. */
function contentOf(bytes: ByteReader, length: number, sparse: Sparse | undefined) {
  let left = length;
  const take = async function* (wanted: number): AsyncIterable<Uint8Array> {
    for await (const chunk of bytes.stream(wanted)) {
      left -= chunk.length;
      yield chunk;
    }
  };
  return {
    content: sparse === undefined ? take(length) : filled(sparse, take),
    async rest(padding: number): Promise<void> {
      for await (const _ of bytes.stream(left));
      // The last entry's padding may be missing.
      await bytes.upTo(padding);
    },
  };
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

function xattrsOf(records: PaxRecords): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const [key, value] of records) if (key.startsWith(xattrPrefix)) found.set(key.slice(xattrPrefix.length), value);
  return found;
}
