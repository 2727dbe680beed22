import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from "node:zlib";
import { Failure } from "../../failure/index.ts";
import { archiveEntries, type Compression, entryPath } from "../../validate/index.ts";
import { type Changes, landing, makeDirectories, type Owner, put } from "./copy.ts";
import { type Node, type RootFs, split } from "./rootfs.ts";

/** The most unpacked bytes of one archive that are held. */
const limit = 512 * 1024 * 1024;

/** How a file is packed, by its first bytes; undefined where it is no archive that ADD unpacks. */
export async function archiveKind(open: () => AsyncIterable<Uint8Array>): Promise<Compression | "unfit" | undefined> {
  const head = await first(open(), 512);
  const starts = (...bytes: readonly number[]): boolean => bytes.every((byte, index) => head[index] === byte);
  if (starts(0x1f, 0x8b)) return kindOf(await unpackedHead(open, createGunzip()), "gzip");
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return kindOf(await unpackedHead(open, createZstdDecompress()), "zstd");
  if (starts(0x42, 0x5a, 0x68) || starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return "unfit";
  return kindOf(head, "none");
}

/** Archives from before ustar are told by their sum alone, and not read here. */
function kindOf(block: Uint8Array, compression: Compression): Compression | "unfit" | undefined {
  if (!hasTarSum(block)) return undefined;
  return new TextDecoder("latin1").decode(block.subarray(257, 262)) === "ustar" ? compression : "unfit";
}

/** The first block of what is packed; nothing where it cannot be unpacked. */
async function unpackedHead(open: () => AsyncIterable<Uint8Array>, unpacker: Gunzip | ZstdDecompress): Promise<Uint8Array> {
  const packed = Readable.from(open(), { objectMode: false });
  packed.on("error", (error) => unpacker.destroy(error));
  try {
    return await first(packed.pipe(unpacker), 512);
  } catch {
    return new Uint8Array();
  } finally {
    packed.destroy();
    unpacker.destroy();
  }
}

/** Whether a block is a tar's first header: old archives have no sign but the sum (POSIX pax, "ustar Interchange Format", chksum). */
function hasTarSum(block: Uint8Array): boolean {
  if (block.length < 512) return false;
  const written = /^[ 0]*([0-7]{1,7})[ \0]/.exec(`${new TextDecoder("latin1").decode(block.subarray(148, 156))}\0`)?.[1];
  const summed = block.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return written !== undefined && Number.parseInt(written, 8) === summed && block[0] !== 0;
}

/** An archive to unpack. */
export interface Unpacked {
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly compression: Compression;
  readonly name: string;
  readonly owner: Owner | undefined;
}

/**
 * Unpacks an archive into a directory, with the owners and modes that it has.
 * @throws Failure CONTEXT_INVALID for one that is broken or leads out of the directory, ENGINE_UNFIT for one that is too large
 */
export async function unpackInto(into: RootFs, dir: string, archive: Unpacked, changes: Changes): Promise<void> {
  try {
    await unpackAll(into, dir, archive, changes);
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== "IMAGE_INVALID") throw thrown;
    throw new Failure("CONTEXT_INVALID", thrown.message, { cause: thrown, hint: "Look whether the archive is whole: tar -t lists it." });
  }
}

async function unpackAll(into: RootFs, dir: string, archive: Unpacked, changes: Changes): Promise<void> {
  let left = limit;
  for await (const { header, content } of archiveEntries(archive.open(), archive.compression, archive.name)) {
    const inside = entryPath(header.name);
    if (inside === "") continue;
    if (inside === undefined)
      throw new Failure("CONTEXT_INVALID", `${archive.name} holds ${JSON.stringify(header.name.slice(0, 200))}, which leads out of it`);
    const path = landing(into, `${dir}/${inside}`, false);
    const attributes = { mode: header.mode & 0o7777, uid: archive.owner?.uid ?? header.uid, gid: archive.owner?.gid ?? header.gid };
    left -= header.size;
    if (left < 0)
      throw new Failure("ENGINE_UNFIT", `${archive.name} has more than ${limit} bytes unpacked`, {
        hint: "Give --engine buildx, which unpacks it on disk.",
      });
    // Directories that the archive leaves out are nobody's that it names.
    makeDirectories(into, split(path)[0], {}, changes);
    const node = await nodeOf(into, dir, header, content, attributes);
    if (node === undefined) continue;
    put(into, path, node, changes);
  }
}

async function nodeOf(
  into: RootFs,
  dir: string,
  { type, linkname, size }: { readonly type: string; readonly linkname: string; readonly size: number },
  content: AsyncIterable<Uint8Array>,
  attributes: Owner & { readonly mode: number },
): Promise<Node | undefined> {
  if (type === "directory") return { kind: "directory", ...attributes };
  if (type === "symlink") return { kind: "symlink", target: linkname, ...attributes, mode: 0o777 };
  if (type === "link") return into.get([dir, ...linkname.split("/")].filter((part) => part !== "" && part !== ".").join("/"));
  if (type !== "file") return undefined;
  const chunks = await Array.fromAsync(content);
  return { kind: "file", size, ...attributes, open: () => held(chunks) };
}

async function* held(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}

async function first(chunks: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array> {
  const head: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    head.push(chunk);
    size += chunk.length;
    if (size >= length) break;
  }
  return Buffer.concat(head).subarray(0, length);
}
