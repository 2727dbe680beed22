import type { RawEntry } from "../../support/base-image.ts";
import { pax, type RawBlock, rawBlocks } from "../../support/tar-blocks.ts";
import { capability } from "./archive-cases.ts";
import type { AssembleCase } from "./assemble-cases.ts";

type Blocks = Parameters<typeof rawBlocks>[0];

const link = (name: string, linkname: string, more: RawBlock = {}): RawBlock => ({ name, flag: "1", linkname, ...more });
const symlink = (name: string, linkname: string): RawBlock => ({ name, flag: "2", linkname });
const file = (name: string, content = name, more: RawBlock = {}): RawBlock => ({ name, content, ...more });
const directory = (name: string): RawBlock => ({ name, flag: "5", mode: 0o755 });
const capable = pax([["SCHILY.xattr.security.capability", capability]]);
/** A time that no other entry has: BuildKit leaves out of a layer what is as it was, its time too. */
const later: RawBlock = { over: { 136: Buffer.from("00000001000\0") } };

/** One file with three names, in two folders. */
const three: Blocks = [directory("d"), file("d/a", "shared"), link("d/b", "d/a"), directory("e"), link("e/c", "d/a")];

const linked = (what: string, dockerfile: string, archive: Blocks = three, more: Readonly<Record<string, Blocks>> = {}): AssembleCase => ({
  name: `hard links: ${what}`,
  dockerfile,
  files: {
    "a.txt": "a",
    "a.tar": rawBlocks(archive),
    ...Object.fromEntries(Object.entries(more).map(([name, entries]) => [name, rawBlocks(entries)])),
  },
});
const added = (what: string, entries: Blocks): AssembleCase => linked(what, "FROM scratch\nCOPY a.txt /\nADD a.tar /x/\n", entries);
/** What comes of the archive in a stage that is copied from. */
const copied = (what: string, instructions: string, entries: Blocks = three): AssembleCase =>
  linked(what, `FROM scratch AS a\nADD a.tar /x/\nFROM scratch\n${instructions}\n`, entries);

/** Builds in which files have several names. `linked` is the name of an image that has such files. */
export const hardLinkCases: readonly AssembleCase[] = [
  added("in one folder", [file("b", "shared"), link("a", "b"), link("c", "b")]),
  added("across folders", [
    directory("z"),
    file("z/f", "shared"),
    directory("a"),
    link("a/g", "z/f"),
    directory("a-b"),
    link("a-b/h", "z/f"),
  ]),
  added("to links", [file("a"), link("b", "a"), link("c", "b"), link("d", "c")]),
  added("of symbolic links and pipes", [
    file("a"),
    symlink("s", "a"),
    link("t", "s"),
    symlink("loop", "loop"),
    link("u", "loop"),
    { name: "p", flag: "6" },
    link("q", "p", { mode: 0o600, uid: 3 }),
  ]),
  added("to what is replaced", [
    file("a", "old"),
    link("b", "a"),
    link("c", "a"),
    file("a", "new"),
    link("d", "a"),
    link("c", "a"),
    file("e"),
    link("f", "e"),
    link("g", "e"),
    directory("e"),
    file("e/x"),
  ]),
  added("over what is there", [file("a"), directory("d"), file("d/x"), link("d", "a"), link("b", "a"), link("a", "b")]),
  added("to an empty file", [file("a", ""), link("b", "a"), file("c", ""), link("b", "c")]),
  added("by roundabout names", [
    directory("d"),
    directory("d/e"),
    file("a", "right"),
    file("d/a", "wrong"),
    symlink("up", "d/e"),
    link("1", "up/../a"),
    link("2", "../../a"),
    link("3", "nowhere/../a"),
    link("4", "a/."),
    link("5", "/a/"),
    link("6", "./d//../a"),
  ]),
  added("with capabilities, kept, lost and given", [
    capable,
    file("a"),
    capable,
    link("b", "a"),
    capable,
    file("c"),
    link("d", "c"),
    file("e"),
    capable,
    link("f", "e"),
  ]),
  added("with long names", [
    pax([["path", "ü".repeat(100)]]),
    file("n"),
    pax([["linkpath", "ü".repeat(100)]]),
    link("o", "n"),
    pax([["path", "p".repeat(150)]]),
    link("p", "o"),
  ]),
  linked("under another owner", "FROM scratch\nADD --chown=9:8 a.tar /x/\nADD --chown=9 --chmod=700 b.tar /y/\n", three, {
    "b.tar": [file("a", "x", { mode: 0o4755, uid: 1 }), link("b", "a", { mode: 0o755, uid: 2, gid: 3 })],
  }),
  linked(
    "of several archives at once",
    "FROM scratch\nADD b.tar a.txt a.tar /x/\n",
    [link("g", "f", { mode: 0o700, uid: 4 }), link("h", "a.txt")],
    {
      "b.tar": [file("f"), link("e", "f")],
    },
  ),
  linked("to files of an earlier layer, whose other names stay", "FROM scratch\nADD b.tar /x/\nADD a.tar /x/\n", [link("g", "f", later)], {
    "b.tar": [file("e"), link("f", "e")],
  }),
  linked(
    "to files of an earlier layer, copied on",
    "FROM scratch AS a\nADD b.tar /x/\nADD --chown=3 a.tar /x/\nFROM scratch\nCOPY --from=a /x/ /y/\n",
    [link("g", "d/b")],
    { "b.tar": three },
  ),
  linked("to what was copied, and to a file of the base", "FROM linked\nCOPY a.txt /x/\nADD a.tar /\n", [
    link("x/b", "x/a.txt", { mode: 0o600 }),
    link("d/new", "d/a", { mode: 0o711 }),
  ]),
  {
    ...linked("to files of an earlier layer that have the link's time", "FROM scratch\nADD b.tar /x/\nADD a.tar /x/\n", [link("g", "f")], {
      "b.tar": [file("f")],
    }),
    differs: {
      paths: /^x\/[fg]$/,
      why: "BuildKit leaves a file out of the layer that is as it was, its time too, so that the link becomes a file of its own; here they stay one",
    },
  },
  {
    ...linked("of which one is copied over itself", "FROM scratch AS a\nADD a.tar /x/\nFROM a\nCOPY --from=a /x/e /x/e\n"),
    differs: {
      paths: /^x\/[de]\//,
      why: "BuildKit leaves it out of the layer, since nothing of it is new; assemble writes what is copied, as a file of its own",
    },
  },
  copied("copied with their folder", "COPY --from=a /x/ /y/\nCOPY --from=a --chown=3:4 --chmod=u=rwx,g+s /x/ /z/"),
  copied("of which one is copied", "COPY --from=a /x/e/ /y/\nCOPY --from=a /x/d/b /z"),
  copied(
    "copied by name, by pattern and folder by folder",
    "COPY --from=a /x/d/a /x/d/b /1/\nCOPY --from=a /x/d/* /2/\nCOPY --from=a /x/* /3/\nCOPY --from=a /x/d /x/e /4/",
  ),
  copied("copied but for the first", "COPY --from=a --exclude=d/a /x/ /y/"),
  copied(
    "copied with their folders kept",
    "COPY --from=a --parents /x/d /x/e /1/\nCOPY --from=a --parents /x/./*/* /2/\nCOPY --from=a --parents /x/*/./* /3/\nCOPY --from=a --parents --exclude=**/a /x /4/",
  ),
  copied("copied where something else was", "COPY a.txt /y/d/b\nCOPY --from=a /x/ /y/\nCOPY a.txt /y/d/a"),
  copied("of symbolic links and pipes, copied", "COPY --from=a /x/ /y/", [
    symlink("s", "a"),
    link("t", "s"),
    { name: "p", flag: "6" },
    link("q", "p"),
  ]),
  copied("replaced in the same copy", "COPY --from=a /x/one /x/two /y/", [
    directory("one"),
    file("one/a", "old"),
    link("one/b", "one/a"),
    directory("two"),
    file("two/a", "new"),
  ]),
  copied(
    "copied and laid over",
    "COPY a.txt /y/d/a\nCOPY --link --from=a /x/ /y/\nCOPY --link --from=a /x/d /z/\nADD --link --chown=4 a.tar /w/",
  ),
  linked("replaced one by one, and copied on", "FROM scratch AS a\nADD a.tar /x/\nCOPY a.txt /x/d/a\nFROM scratch\nCOPY --from=a /x /y\n"),
  linked("copied over themselves under another owner", "FROM scratch AS a\nADD a.tar /x/\nFROM a\nCOPY --from=a --chown=3 /x/d /x/d\n"),
  linked(
    "copied twice on",
    "FROM scratch AS a\nADD a.tar /x/\nFROM scratch AS b\nCOPY --from=a /x/ /y/\nFROM scratch\nCOPY --from=b /y/ /z/\n",
  ),
  linked(
    "of a base",
    "FROM linked AS a\nADD a.tar /\nFROM linked\nCOPY --from=linked / /1/\nCOPY --from=linked /d /2/\nCOPY --from=linked /e /2/\nCOPY --from=a / /3/\nCOPY a.txt /d/a\n",
    [link("d/new", "d/a", { mode: 0o711 })],
  ),
];

/** The layers of the image called `linked`. */
export const linkedLayers: readonly (readonly RawEntry[])[] = [
  [
    { name: "d/", type: "directory", mode: 0o755 },
    { name: "d/a", content: "shared" },
    { name: "d/b", type: "link", linkname: "d/a" },
    { name: "e/", type: "directory", mode: 0o755 },
    { name: "e/c", type: "link", linkname: "/d/a" },
    { name: "said", content: "otherwise" },
    { name: "again", type: "link", linkname: "../said", mode: 0o600, uid: 5, gid: 6 },
    { name: "up", type: "symlink", linkname: "e" },
    { name: "behind", type: "link", linkname: "up/c" },
    { name: "up2", type: "link", linkname: "up" },
    { name: "replaced", content: "old" },
    { name: "kept", type: "link", linkname: "replaced" },
  ],
  [{ name: "replaced", content: "new" }],
];

/** Archives with hard links that both refuse. */
export const refusedLinks: readonly AssembleCase[] = [
  added("to a later entry", [link("a", "b"), file("b")]),
  added("in a circle", [link("a", "b"), link("b", "a")]),
  added("to itself", [file("a"), link("a", "a")]),
  added("to itself, behind a link", [file("a"), symlink("up", "."), link("a", "up/a")]),
  added("over the folder of what it leads to", [directory("d"), file("d/x"), link("d", "d/x")]),
  added("to the folder itself", [link("a", ".")]),
  added("to nothing", [link("a", "")]),
  added("below a file", [file("a"), link("b", "a/c")]),
  added("behind links in a circle", [symlink("l", "l"), link("b", "l/f")]),
  added("whose dots take more than links on the way give", [
    directory("d"),
    directory("d/e"),
    file("d/a"),
    symlink("up", "d/e"),
    link("b", "up/../a"),
  ]),
  added("with contents", [file("a"), link("b", "a", { content: "x".repeat(600) }), file("c")]),
  ...["../a.txt", "/a.txt", "d/../../a.txt", "up/a.txt", "root/a.txt"].map((outside) =>
    added(`to ${outside}, which is outside`, [symlink("up", ".."), symlink("root", "/"), link("a", outside)]),
  ),
  linked("to what is below, laid over it", "FROM scratch\nCOPY a.txt /x/\nADD --link a.tar /x/\n", [link("b", "a.txt")]),
  ...["missing", "later", "itself", "directory"].map((name) => linked(`of a base: ${name}`, `FROM scratch\nCOPY --from=${name} / /x/\n`)),
];

/** Builds that only BuildKit refuses. */
export const laxLinks: readonly AssembleCase[] = [linked("to a file of a base's lower layer", "FROM scratch\nCOPY --from=lower / /x/\n")];

/** The layers of images that BuildKit does not unpack, by their names. */
export const brokenLayers: Readonly<Record<string, readonly (readonly RawEntry[])[]>> = {
  lower: [[{ name: "a", content: "a" }], [{ name: "b", type: "link", linkname: "a" }]],
  missing: [[{ name: "b", type: "link", linkname: "a" }]],
  later: [
    [
      { name: "b", type: "link", linkname: "a" },
      { name: "a", content: "a" },
    ],
  ],
  itself: [
    [
      { name: "b", content: "b" },
      { name: "b", type: "link", linkname: "b" },
    ],
  ],
  directory: [
    [
      { name: "d/", type: "directory" },
      { name: "b", type: "link", linkname: "d" },
    ],
  ],
};
