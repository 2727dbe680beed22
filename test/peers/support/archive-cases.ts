import { gzipSync, zstdCompressSync } from "node:zlib";
import type { ContextFiles } from "../../support/context.ts";
import { oldSparse, pax, type RawBlock, rawBlocks, sparsePax } from "../../support/tar-blocks.ts";
import type { AssembleCase } from "./assemble-cases.ts";

const text = { "a.txt": "a" };
const added = (name: string, entries: Parameters<typeof rawBlocks>[0], more: Partial<AssembleCase> = {}): AssembleCase => ({
  name: `an archive with ${name}`,
  dockerfile: "FROM scratch\nCOPY a.txt /\nADD a.tar /x/\n",
  files: { ...text, "a.tar": rawBlocks(entries) },
  ...more,
});

/** CAP_NET_BIND_SERVICE and CAP_NET_RAW, permitted and effective (capabilities(7), version 2). */
export const capability = Buffer.from([1, 0, 0, 2, 0, 0x24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
const capable = pax([
  ["SCHILY.xattr.security.capability", capability],
  ["SCHILY.xattr.user.note", "of one machine"],
]);
const symlink = (name: string, linkname: string): RawBlock => ({ name, flag: "2", linkname });
const hardLink = (name: string, linkname: string, more: RawBlock = {}): RawBlock => ({ name, flag: "1", linkname, ...more });
const file = (name: string, content = name): RawBlock => ({ name, content });
const directory = (name: string, mode = 0o755): RawBlock => ({ name, flag: "5", mode });

const pieces = [
  [3, 5],
  [5_000, 6],
] as const;
const map = Buffer.alloc(512);
map.write("2\n3\n5\n5000\n6\n");

const packed = (): ContextFiles => {
  const tar = rawBlocks([directory("d"), file("d/f"), symlink("d/l", "f")]);
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  return {
    ...text,
    "a.gz": gzipSync(tar),
    "b.zst": zstdCompressSync(tar),
    "c.skip": Buffer.concat([skippable, zstdCompressSync(tar)]),
    "d.gz": Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]),
    "e.gz": gzipSync("no archive"),
    "f.empty": Buffer.alloc(10_240),
    "g.cut": rawBlocks([file("f")]).subarray(0, 200),
  };
};

/** Archives that both unpack, and the same. */
export const archiveCases: readonly AssembleCase[] = [
  added("capabilities, which stay, and attributes of one machine, which do not", [capable, { ...file("f"), mode: 0o755, uid: 3 }]),
  added("capabilities, under another owner, copied on", [capable, { ...file("f"), mode: 0o755 }, capable, file("g")], {
    dockerfile:
      "FROM scratch AS a\nADD --chown=5:6 a.tar /x/\nFROM scratch\nCOPY --from=a --chown=7:8 /x/ /y/\nCOPY --from=a --chmod=700 /x/f /z\n",
  }),
  added("hard links that say something else", [
    capable,
    { ...file("f"), mode: 0o600, uid: 1 },
    hardLink("g", "f", { mode: 0o755, uid: 2, gid: 3 }),
    hardLink("h", "/f", { mode: 0o640, uid: 2, gid: 3 }),
    symlink("s", "f"),
    hardLink("t", "s", { mode: 0o644 }),
  ]),
  added("hard links behind links", [
    directory("d"),
    file("d/f"),
    symlink("up", "../../d"),
    symlink("root", "/d"),
    hardLink("g", "up/f"),
    hardLink("h", "root/f"),
  ]),
  added("files behind links, which stay inside", [
    symlink("up", "../../../.."),
    file("up/f"),
    symlink("root", "/"),
    file("root/g"),
    directory("deep"),
    symlink("abs", "/deep"),
    file("abs/er/h"),
    symlink("loop", "loop"),
    symlink("away", "/nowhere"),
  ]),
  added("names with dots and slashes", [
    directory("./"),
    { ...directory("."), mode: 0o700 },
    file("a/../b"),
    file("./c//d"),
    file("/etc/conf"),
    file("/../out"),
    { ...file("e/"), flag: "0" },
    { ...directory("f"), flag: "\0", name: "f/" },
  ]),
  added("names that come again as something else", [
    file("f", "1"),
    file("f", "2"),
    directory("d"),
    file("d/in"),
    file("d", "now a file"),
    file("e"),
    directory("e"),
    file("e/in"),
    symlink("l", "e"),
    directory("l", 0o711),
    file("l/in"),
    symlink("m", "e"),
    file("m", "now a file"),
  ]),
  added("long names, and owners that only pax has room for", [
    { name: "././@LongLink", flag: "L", magic: "gnu", content: `${"long/".repeat(40)}f\0` },
    { ...file("n"), magic: "gnu" },
    pax([
      ["path", `${"far/".repeat(40)}ünï`],
      ["uid", "3000000"],
      ["gid", "4000000000"],
    ]),
    file("n"),
    pax([["linkpath", `${"../".repeat(50)}t`]]),
    symlink("l", "n"),
  ]),
  added("global headers, which say nothing", [pax([["path", "other"]], "g"), file("f"), file("g")]),
  added("entries behind its end, which are none", [file("f"), Buffer.alloc(1024), file("g")]),
  added("no end", [file("f"), null]),
  added("the oldest of headers", [
    { name: "d/", flag: "\0", magic: "v7", mode: 0o711, uid: 3 },
    { ...file("d/f"), flag: "\0", magic: "v7" },
  ]),
  added("pipes", [{ name: "pipe", flag: "6", mode: 0o620, uid: 3 }, directory("d")]),
  added("pipes, copied on", [{ name: "pipe", flag: "6", mode: 0o620, uid: 3 }], {
    dockerfile: "FROM scratch AS a\nADD a.tar /x/\nFROM scratch\nCOPY --from=a /x/ /y/\nCOPY --from=a --chmod=600 /x/pipe /z\n",
  }),
  added("sparse files of pax 0.0", [
    pax([
      ["GNU.sparse.size", "9000"],
      ["GNU.sparse.numblocks", "2"],
      ...pieces.flatMap(([offset, length]) => [
        ["GNU.sparse.offset", String(offset)] as const,
        ["GNU.sparse.numbytes", String(length)] as const,
      ]),
    ]),
    file("f", "firstsecond"),
    file("g"),
  ]),
  added("sparse files of pax 0.1", [
    sparsePax({ major: "0", minor: "1", name: "f", size: "9000", numblocks: "2", map: pieces.flat().join(",") }),
    file("GNUSparseFile.1/f", "firstsecond"),
    file("g"),
  ]),
  added("sparse files of pax 1.0", [
    sparsePax({ major: "1", minor: "0", name: "f", realsize: "9000" }),
    { name: "GNUSparseFile.1/f", content: Buffer.concat([map, Buffer.from("firstsecond")]) },
    file("g"),
  ]),
  {
    name: "archives in every packing, and what is none",
    dockerfile: "FROM scratch\nADD a.gz /a/\nADD b.zst /b/\nADD c.skip /c/\nADD d.gz /d/\nADD e.gz /e/\nADD f.empty /f/\nADD g.cut /g/\n",
    files: packed(),
  },
  added(
    "what lies over a base",
    [directory("srv", 0o711), file("srv/new"), file("usr", "now a file"), file("bin/through"), symlink("abs", "/srv")],
    {
      dockerfile: "FROM base\nADD a.tar /\n",
      files: {
        "a.txt": "a",
        "a.tar": rawBlocks([directory("srv", 0o711), file("srv/new"), file("bin/through"), file("abs/over"), symlink("abs", "/srv")]),
      },
    },
  ),
];

const refused = (name: string, entries: Parameters<typeof rawBlocks>[0], more: Partial<AssembleCase> = {}) => added(name, entries, more);

/** Archives that are refused: by both, or by assemble only. */
export const refusedArchives: readonly AssembleCase[] = [
  refused("a hard link to what is not there", [hardLink("g", "f")]),
  refused("a hard link to a directory", [directory("d"), hardLink("g", "d")]),
  refused("a file behind a link that goes in circles", [symlink("loop", "loop"), file("loop/f")]),
  refused("a file behind a file", [file("f"), file("f/g")]),
  refused("an entry of an unknown type", [{ name: "f", flag: "V" }]),
  refused("a name that no file system takes", [pax([["path", "n".repeat(256)]]), file("f")]),
  refused("a link to nowhere", [symlink("l", "")]),
  refused("a header that is broken behind its first", [file("f"), { ...file("g"), sum: 1 }]),
  refused("an end in the middle", [{ ...file("f"), size: 100_000 }, null]),
  refused("capabilities that are none", [pax([["SCHILY.xattr.security.capability", "no capability"]]), file("f")]),
  refused("a name that leads out of it", [file("../out")], { stricter: "BuildKit takes it for a name inside: never what was meant" }),
  refused("the name of a whiteout", [file(".wh.a.txt")], { stricter: "in a layer such a name removes another file, whatever is in it" }),
];

/** Archives that only BuildKit refuses. */
export const laxArchives: readonly AssembleCase[] = [
  added("sparse files of GNU tar's old format", [
    { name: "f", flag: "S", magic: "gnu", content: "firstsecond", over: oldSparse(pieces, false, 9_000) },
  ]),
  added("files behind a link that leads nowhere", [symlink("abs", "/deep"), file("abs/er/h")]),
  added("contiguous files", [{ ...file("f"), flag: "7" }]),
];
