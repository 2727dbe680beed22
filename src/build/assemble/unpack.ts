import { Failure } from "../../failure/index.ts";
import { archiveEntries, type Compression, entryPath } from "../../validate/index.ts";
import { type Changes, landing, makeDirectories, type Owner, put } from "./copy.ts";
import { type Node, type RootFs, split } from "./rootfs.ts";

/** The most unpacked bytes of one archive that are held. */
const limit = 512 * 1024 * 1024;

/** How a file is packed, by its first bytes; undefined where it is no archive that ADD unpacks. */
export async function archiveKind(open: () => AsyncIterable<Uint8Array>): Promise<Compression | "unfit" | undefined> {
  const head = await first(open(), 262);
  const starts = (...bytes: readonly number[]): boolean => bytes.every((byte, index) => head[index] === byte);
  if (starts(0x1f, 0x8b)) return (await isTar(open, "gzip")) ? "gzip" : undefined;
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return (await isTar(open, "zstd")) ? "zstd" : undefined;
  if (starts(0x42, 0x5a, 0x68) || starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return "unfit";
  return new TextDecoder("latin1").decode(head.subarray(257, 262)) === "ustar" ? "none" : undefined;
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
  if (type !== "file" && type !== "contiguous-file") return undefined;
  const chunks = await Array.fromAsync(content);
  return { kind: "file", size, ...attributes, open: () => held(chunks) };
}

async function* held(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}

async function isTar(open: () => AsyncIterable<Uint8Array>, compression: Compression): Promise<boolean> {
  try {
    for await (const _ of archiveEntries(open(), compression, "the archive")) return true;
    return false;
  } catch {
    return false;
  }
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
