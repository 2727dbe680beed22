import { posix } from "node:path";
import { Failure, type FailureCode, quoteForeign } from "../../failure/index.ts";
import type { Attributes, TarHeader } from "../../tar/index.ts";
import { archiveEntries, type Compression, entryPath } from "../../validate/index.ts";
import { type Changes, makeDirectories, type Owner, put } from "./changes.ts";
import { landing } from "./copy.ts";
import { attributesOf, specialOf } from "./entry-node.ts";
import { linkedFile, linkedPath } from "./layer-links.ts";
import { join, type Node, type RootFs, split } from "./rootfs.ts";
import type { Spool } from "./spool.ts";

/** An archive to unpack. */
export interface Unpacked {
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly compression: Compression;
  readonly name: string;
  readonly owner: Owner | undefined;
}

/** What one archive may cost. Images of this size are nobody's: Amazon ECR takes layers of 52,000 MiB. */
const usual = {
  /** Unpacked, holes of sparse files among them. */
  bytes: 64 * 2 ** 30,
  /** Entries, and directories that are made for them. */
  files: 1_000_000,
  /** Characters of names and links. */
  names: 64 * 2 ** 20,
  /** Steps on the way to where entries land, a long one counting more. */
  steps: 100_000_000,
};

/** What an archive may cost. */
type Cost = Readonly<Record<keyof typeof usual, number>>;
/** What is left of that. */
type Left = { -readonly [what in keyof Cost]: number };

/**
 * Unpacks an archive into a directory, with the owners and modes that it has. Its names and links see that directory as their root,
 * as with BuildKit. Contents are kept in the spool; memory is taken for names only.
 * @param limits what it may cost
 * @throws Failure CONTEXT_INVALID for one that is broken, leads out of the directory or costs too much; BUILD_FAILED of the spool
 */
export async function unpackInto(
  into: RootFs,
  dir: string,
  archive: Unpacked,
  changes: Changes,
  spool: Spool,
  limits: Cost = usual,
): Promise<void> {
  const root: Place["root"] = { get: (path) => into.get(join(dir, path)) };
  const place: Place = { into, root, dir, changes, archive, limits, left: { ...limits }, spool };
  try {
    for await (const { header, content } of archiveEntries(archive.open(), archive.compression, archive.name))
      await unpackEntry(place, header, content);
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== "IMAGE_INVALID") throw thrown;
    throw new Failure("CONTEXT_INVALID", thrown.message, { cause: thrown, hint: "Look whether the archive is whole: tar -t lists it." });
  }
}

/** Where an archive is unpacked, and what it has taken so far. */
interface Place {
  readonly into: RootFs;
  readonly dir: string;
  /** That directory as a root: what is in the archive leads no further. */
  readonly root: Pick<RootFs, "get">;
  readonly changes: Changes;
  readonly archive: Unpacked;
  readonly limits: Cost;
  readonly left: Left;
  readonly spool: Spool;
}

async function unpackEntry(place: Place, header: TarHeader, content: AsyncIterable<Uint8Array>): Promise<void> {
  const { into, changes, archive } = place;
  const inside = nameInside(header, archive.name);
  if (inside === "") return;
  const before = changes.nodes.size;
  spend(place, { bytes: header.size, files: 1, names: inside.length + header.linkname.length });
  const path = landingIn(place, inside);
  // Directories that the archive leaves out are nobody's that it names.
  makeDirectories(into, split(path)[0], {}, changes);
  const node = header.type === "link" ? linkedNode(place, path, header) : await nodeOf(place, header, content);
  put(into, path, node, changes);
  spend(place, { files: Math.max(0, changes.nodes.size - before - 1) });
}

/** Where a name in the archive lands, links on its way followed inside of the directory only. */
function landingIn({ root, dir, archive, limits, left }: Place, name: string): string {
  try {
    return join(dir, landing(root, name, false, left));
  } catch (thrown) {
    throw left.steps < 0 ? refused(archive.name, tooMuch.steps(limits.steps)) : thrown;
  }
}

/** Takes what an entry costs from what is left. @throws Failure CONTEXT_INVALID where that is not enough */
function spend({ archive, limits, left }: Place, cost: Partial<Cost>): void {
  for (const what of Object.keys(cost) as (keyof Left)[]) {
    left[what] -= cost[what] ?? 0;
    if (left[what] < 0) throw refused(archive.name, tooMuch[what](limits[what]));
  }
}

const tooMuch: Readonly<Record<keyof Cost, (limit: number) => string>> = {
  bytes: (limit) => `has more than ${limit >= 2 ** 30 ? `${limit / 2 ** 30} GiB` : `${limit} bytes`} unpacked`,
  files: (limit) => `has more than ${limit} files and directories`,
  names: (limit) => `has more than ${limit} characters of names`,
  steps: () => "has names and links that lead too far around",
};

/** An entry's name, relative to where the archive is unpacked; empty for that directory itself. */
function nameInside({ name }: TarHeader, archive: string): string {
  if (name.includes("\ufffd")) throw refused(archive, `holds ${quoted(name)}, whose name is not UTF-8`, "ENGINE_UNFIT");
  const inside = entryPath(posix.normalize(name));
  if (inside === undefined) throw refused(archive, `holds ${quoted(name)}, which leads out of it`);
  if (inside.split("/").some((part) => Buffer.byteLength(part) > 255))
    throw refused(archive, `holds ${quoted(name)}, a name that no file system takes`);
  return inside;
}

/** What an entry that is no hard link puts into the file system. */
async function nodeOf({ archive, spool }: Place, header: TarHeader, content: AsyncIterable<Uint8Array>): Promise<Node> {
  const { type, flag, linkname, size, name } = header;
  const attributes = ownedAttributes(header, archive);
  switch (type) {
    case "directory":
      return { kind: "directory", ...attributes };
    case "file":
      return { kind: "file", size, ...attributes, open: await spool.keep(content) };
    case "symlink":
      if (linkname === "" || Buffer.byteLength(linkname) > 4_095)
        throw refused(archive.name, `holds ${quoted(name)}, a link that leads nowhere`);
      return { kind: "symlink", target: linkname, ...attributes, mode: 0o777 };
    case "link":
    case "unknown":
      throw refused(archive.name, `holds ${quoted(name)}, of a type that is not known: ${quoted(flag)}`);
    default:
      return specialOf(header, attributes);
  }
}

/** Owner, mode and capabilities, as the archive or `--chown` has them. */
function ownedAttributes(header: TarHeader, { name, owner }: Unpacked): Attributes {
  const attributes = { ...attributesOf(header), ...owner };
  for (const id of [attributes.uid, attributes.gid])
    if (!(id >= 0 && id < 0xffff_ffff)) throw refused(name, `gives ${quoted(header.name)} to ${id}, which is nobody's number`);
  if (attributes.capability !== undefined && !isCapability(attributes.capability))
    throw refused(name, `gives ${quoted(header.name)} capabilities that are none`);
  return attributes;
}

/** Sizes by version, as the kernel takes them (capabilities(7), "File capability extended attribute versioning"). */
function isCapability(value: Uint8Array): boolean {
  return (value.length === 20 && value[3] === 2) || (value.length === 24 && value[3] === 3);
}

/**
 * The file that a hard link leads to, from now on with the link's path among its names. The link's entry speaks for all of them. Names
 * that it has in lower layers only stay what they are: as on overlayfs, a file that is linked to is brought into this layer by itself.
 */
function linkedNode(place: Place, path: string, header: TarHeader): Node {
  const { into, archive, changes } = place;
  const target = landingIn(place, linkedPath(header));
  const found = linkedFile(into, path, target);
  if (found === undefined) {
    const leads = `a hard link to ${quoted(header.linkname)}, which is no file that stands before it`;
    throw refused(archive.name, `holds ${quoted(header.name)}, ${leads}`);
  }
  const attributes = ownedAttributes(header, archive);
  const mode = found.kind === "symlink" ? found.mode : attributes.mode;
  const names = changes.names.get(found);
  const { uid, gid, capability } = attributes;
  const same = found.mode === mode && found.uid === uid && found.gid === gid && found.capability === capability;
  if (names !== undefined && same) {
    spend(place, { steps: 1 });
    // Appended in place where nothing else changes: a file may have very many names.
    names.push(path);
    return found;
  }
  const node: Node = { ...found, ...attributes, mode, linked: true };
  const others = names ?? [target];
  spend(place, { steps: others.length });
  for (const one of others) if (into.get(one) === found) put(into, one, node, changes);
  changes.names.set(node, [...others, path]);
  return node;
}

function quoted(text: string): string {
  return JSON.stringify(quoteForeign(text, 200));
}

function refused(archive: string, why: string, code: FailureCode = "CONTEXT_INVALID"): Failure {
  return new Failure(code, `${archive} ${why}`, {
    hint: "Look into the archive with tar -tv; --unpack=false adds it as it is, and --engine buildx unpacks it on disk.",
  });
}
