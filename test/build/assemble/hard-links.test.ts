import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { noChanges, put } from "../../../src/build/assemble/changes.ts";
import { layerKey } from "../../../src/build/assemble/known.ts";
import { entriesOf } from "../../../src/build/assemble/layer-entries.ts";
import { type Node, rootFs } from "../../../src/build/assemble/rootfs.ts";
import { Failure } from "../../../src/failure/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { aBaseImage, imagesOf, type RawEntry, rawTar } from "../../support/base-image.ts";
import { type Assembled, assemble, linkedNames, listing } from "../../support/built.ts";

const link = (name: string, linkname: string, more: Partial<RawEntry> = {}): RawEntry => ({ name, type: "link", linkname, ...more });
const directory = (name: string): RawEntry => ({ name, type: "directory", mode: 0o755 });

/** One file with three names, in two folders. */
const three: readonly RawEntry[] = [
  directory("e"),
  { name: "e/c", content: "shared" },
  directory("d"),
  link("d/b", "e/c"),
  link("d/a", "d/b"),
];

async function built(dockerfile: string, archives: Readonly<Record<string, readonly RawEntry[]>> = { "a.tar": three }): Promise<Assembled> {
  const files: Record<string, string | Uint8Array> = { "a.txt": "a" };
  for (const [name, entries] of Object.entries(archives)) files[name] = await rawTar(entries);
  return await assemble(dockerfile, { files });
}

/** The last layer as it stands there, in the archive's order. */
function lastLayer({ layers }: Pick<Assembled, "layers">): readonly string[] {
  return Object.entries(listing(layers.at(-1) ?? new Map())).map(([path, what]) => `${path}: ${what}`);
}

suite("a hard link in an archive", () => {
  test("is one in the layer, and the file stands before it, whichever came first in the archive", async () => {
    assert.deepEqual(lastLayer(await built("FROM scratch\nADD a.tar /x/\n")), [
      "x: dir",
      "x/d: dir",
      "x/d/a: file shared",
      "x/d/b: => x/d/a",
      "x/e: dir",
      "x/e/c: => x/d/a",
    ]);
  });

  test("costs a header, and not its file once more", async () => {
    const content = "0123456789abcdef".repeat(1 << 16);
    const { manifest } = await built("FROM scratch\nADD a.tar /\n", { "a.tar": [{ name: "a", content }, link("b", "a"), link("c", "a")] });
    const { size } = manifest.layers[0] ?? assert.fail();
    const { manifest: single } = await built("FROM scratch\nADD a.tar /\n", { "a.tar": [{ name: "a", content }] });
    assert.ok(size < (single.layers[0]?.size ?? 0) + 1024, `${size}`);
  });

  test("gives all names what it says itself, or --chown", async () => {
    const entries = [{ name: "a", content: "x", mode: 0o600, uid: 1 }, link("b", "a"), link("c", "a", { mode: 0o750, uid: 2, gid: 3 })];
    assert.deepEqual(lastLayer(await built("FROM scratch\nADD a.tar /\n", { "a.tar": entries })), [
      "a: file 750 2:3 x",
      "b: => 750 2:3 a",
      "c: => 750 2:3 a",
    ]);
    assert.deepEqual(lastLayer(await built("FROM scratch\nADD --chown=9:8 a.tar /\n", { "a.tar": entries })).slice(0, 2), [
      "a: file 750 9:8 x",
      "b: => 750 9:8 a",
    ]);
  });

  test("of a symbolic link or a pipe is one, too", async () => {
    const entries: readonly RawEntry[] = [
      { name: "s", type: "symlink", linkname: "nowhere" },
      link("r", "s"),
      { name: "p", type: "fifo" },
      link("q", "p"),
    ];
    assert.deepEqual(lastLayer(await built("FROM scratch\nADD a.tar /\n", { "a.tar": entries })), [
      "p: pipe",
      "q: => p",
      "r: -> nowhere",
      "s: => 777 r",
    ]);
  });

  test("keeps its file when another name of it is replaced", async () => {
    const entries = [{ name: "a", content: "old" }, link("b", "a"), link("c", "a"), { name: "a", content: "new" }, link("d", "a")];
    const { files } = await built("FROM scratch\nADD a.tar /\n", { "a.tar": entries });
    assert.deepEqual(listing(files), { a: "file new", b: "file old", c: "file old", d: "file new" });
    assert.deepEqual(linkedNames(files), [
      ["a", "d"],
      ["b", "c"],
    ]);
  });

  test("may lead to what another archive of the same ADD brought", async () => {
    const archives = { "b.tar": [{ name: "f", content: "f" }, link("e", "f")], "a.tar": [link("g", "f", { mode: 0o700 })] };
    assert.deepEqual(lastLayer(await built("FROM scratch\nADD b.tar a.tar /\n", archives)), [
      "e: file 700 f",
      "f: => 700 e",
      "g: => 700 e",
    ]);
  });

  test("brings a file of an earlier layer along, whose other names stay as they are", async () => {
    const archives = { "b.tar": [{ name: "f", content: "f" }, link("e", "f")], "a.tar": [link("g", "f", { mode: 0o700 })] };
    const image = await built("FROM scratch\nADD b.tar /\nADD a.tar /\n", archives);
    assert.deepEqual(lastLayer(image), ["f: file 700 f", "g: => 700 f"]);
    assert.deepEqual(listing(image.files), { e: "file f", f: "file 700 f", g: "file 700 f" });
    assert.deepEqual(linkedNames(image.files), [["f", "g"]]);
  });

  test("names its file with the dots taken out first, and links on the way followed inside only", async () => {
    const entries: readonly RawEntry[] = [
      directory("d"),
      directory("d/e"),
      { name: "a", content: "right" },
      { name: "d/a", content: "wrong" },
      { name: "up", type: "symlink", linkname: "d/e" },
      { name: "out", type: "symlink", linkname: "../../.." },
      link("1", "up/../a"),
      link("2", "../../a"),
      link("3", "out/a"),
      link("4", "nowhere/../a/"),
    ];
    const { files } = await built("FROM scratch\nCOPY a.txt /a\nADD a.tar /x/\n", { "a.tar": entries });
    assert.deepEqual(linkedNames(files), [["x/1", "x/2", "x/3", "x/4", "x/a"]]);
  });

  test("gives the same layer each time", async () => {
    const [one, other] = [await built("FROM scratch\nADD a.tar /x/\n"), await built("FROM scratch\nADD a.tar /x/\n")];
    assert.deepEqual(one.built.content, other.built.content);
  });

  test("that cannot be one ends the build at the line that adds it", async () => {
    const wrong: Readonly<Record<string, readonly RawEntry[]>> = {
      "to a later entry": [link("a", "b"), { name: "b", content: "b" }],
      "in a circle": [link("a", "b"), link("b", "a")],
      "to itself": [{ name: "a", content: "a" }, link("a", "a")],
      "to itself, behind a link": [{ name: "a", content: "a" }, { name: "up", type: "symlink", linkname: "." }, link("a", "up/a")],
      "over the folder that it leads into": [directory("a"), { name: "a/b", content: "b" }, link("a", "a/b")],
      "to a directory": [directory("d"), link("a", "d")],
      "to the root": [link("a", "..")],
      "to outside": [link("a", "../a.txt")],
      "to outside, from the root": [link("a", "/a.txt")],
      "to outside, behind a link": [{ name: "up", type: "symlink", linkname: "/.." }, link("a", "up/a.txt")],
      "below a file": [{ name: "b", content: "b" }, link("a", "b/c")],
    };
    for (const [what, entries] of Object.entries(wrong)) {
      await assert.rejects(
        built("FROM scratch\nCOPY a.txt /\nADD a.tar /x/\n", { "a.tar": entries }),
        (thrown) =>
          thrown instanceof Failure &&
          thrown.code === "CONTEXT_INVALID" &&
          /^Dockerfile:3: a\.tar holds "a", a hard link to ".*", which is no file that stands before it/.test(thrown.message) &&
          (thrown.hint ?? "").includes("tar -tv"),
        what,
      );
    }
  });
});

suite("a file with several names in a COPY", () => {
  const upon = async (instructions: string, entries: readonly RawEntry[] = three) =>
    await built(`FROM scratch AS a\nADD a.tar /x/\nFROM scratch\n${instructions}\n`, { "a.tar": entries });

  test("keeps those that are in the folder, whatever owner and mode it gets", async () => {
    assert.deepEqual(linkedNames((await upon("COPY --from=a /x /y")).files), [["y/d/a", "y/d/b", "y/e/c"]]);
    assert.deepEqual(lastLayer(await upon("COPY --from=a --chown=3:4 --chmod=700 /x/d /y")).slice(1), [
      "y/a: file 700 3:4 shared",
      "y/b: => 700 3:4 y/a",
    ]);
    assert.deepEqual(lastLayer(await upon("COPY --from=a --exclude=d/a /x /y")).slice(1), [
      "y/d: dir",
      "y/d/b: file shared",
      "y/e: dir",
      "y/e/c: => y/d/b",
    ]);
  });

  test("comes apart where each is copied for itself: by name, by pattern, folder by folder", async () => {
    for (const sources of ["/x/d/a /x/d/b", "/x/d/*", "/x/e"])
      assert.deepEqual(linkedNames((await upon(`COPY --from=a ${sources} /y/`)).files), []);
    assert.deepEqual(linkedNames((await upon("COPY --from=a /x/d /x/e /y/")).files), [["y/a", "y/b"]]);
    assert.deepEqual(linkedNames((await upon("COPY --from=a --parents /x/d /x/e /y/")).files), [["y/x/d/a", "y/x/d/b"]]);
    assert.deepEqual(linkedNames((await upon("COPY --from=a --parents /x/./*/* /y/")).files), [["y/d/a", "y/d/b", "y/e/c"]]);
  });

  test("comes apart where it is a symbolic link or a pipe", async () => {
    const entries: readonly RawEntry[] = [
      { name: "s", type: "symlink", linkname: "a" },
      link("t", "s"),
      { name: "p", type: "fifo" },
      link("q", "p"),
    ];
    assert.deepEqual(linkedNames((await upon("COPY --from=a /x /y", entries)).files), []);
  });

  test("keeps them with --link, and from stage to stage", async () => {
    assert.deepEqual(linkedNames((await upon("COPY a.txt /y/d/a\nCOPY --link --from=a /x/ /y/")).files), [["y/d/a", "y/d/b", "y/e/c"]]);
    assert.deepEqual(linkedNames((await upon("ADD --link a.tar /y/")).files), [["y/d/a", "y/d/b", "y/e/c"]]);
    assert.deepEqual(linkedNames((await upon("COPY --from=a /x /y\nFROM scratch AS c\nCOPY --from=1 /y /z")).files), [
      ["z/d/a", "z/d/b", "z/e/c"],
    ]);
  });

  test("loses one that is written over, there and wherever it is copied", async () => {
    const image = await built("FROM scratch AS a\nADD a.tar /x/\nCOPY a.txt /x/d/a\nFROM a\nCOPY --from=a /x /y\n");
    assert.deepEqual(linkedNames(image.files), [
      ["x/d/b", "x/e/c"],
      ["y/d/b", "y/e/c"],
    ]);
    assert.deepEqual([listing(image.files)["x/d/a"], listing(image.files)["x/d/b"]], ["file a", "file shared"]);
  });
});

suite("a hard link in an image to build upon", () => {
  const upon = async (dockerfile: string, layers: readonly (readonly RawEntry[])[]) => {
    const store = memoryStore();
    return await assemble(dockerfile, { images: imagesOf(store, { base: await aBaseImage(store, { layers }) }) });
  };

  test("is copied as one, and gives all names what it says", async () => {
    const layer: readonly RawEntry[] = [
      { name: "said", content: "x" },
      directory("usr"),
      { name: "bin", type: "symlink", linkname: "usr" },
      { name: "usr/tool", content: "tool" },
      link("twin", "bin/tool"),
      link("again", "../said", { mode: 0o600, uid: 5, gid: 6 }),
    ];
    const image = await upon("FROM scratch\nCOPY --from=base / /\n", [layer, [{ name: "other", content: "x" }]]);
    assert.deepEqual(lastLayer(image), [
      "again: file 600 5:6 x",
      "bin: -> usr",
      "other: file x",
      "said: => 600 5:6 again",
      "twin: file tool",
      "usr: dir",
      "usr/tool: => twin",
    ]);
  });

  test("may lead into a lower layer, whose other names stay as they are", async () => {
    const layers = [[{ name: "a", content: "x" }, link("b", "a")], [link("c", "a", { mode: 0o600 })]];
    assert.deepEqual(lastLayer(await upon("FROM scratch\nCOPY --from=base / /\n", layers)), ["a: file 600 x", "b: file x", "c: => 600 a"]);
  });

  test("that leads to no file ends the build at the line that needs it", async () => {
    const wrong: readonly (readonly RawEntry[])[] = [
      [link("b", "a")],
      [link("b", "a"), { name: "a", content: "a" }],
      [{ name: "b", content: "b" }, link("b", "b")],
      [directory("a"), link("b", "a")],
    ];
    for (const layer of wrong) {
      await assert.rejects(
        upon("FROM scratch\nCOPY --from=base / /\n", [layer]),
        (thrown) =>
          thrown instanceof Failure &&
          thrown.code === "IMAGE_INVALID" &&
          /^Dockerfile:2: the layer sha256:\S+ holds "b", a hard link to "[ab]", which is no file/.test(thrown.message) &&
          (thrown.hint ?? "") !== "",
      );
    }
  });
});

suite("the key of a layer", () => {
  test("is another one where files are names of one", () => {
    const aFile = (linked?: true): Node => ({
      kind: "file",
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: 1,
      id: "git:1",
      linked,
      open: async function* () {},
    });
    const keyOf = (a: Node, b: Node): string | undefined => {
      const changes = noChanges();
      const fs = rootFs();
      put(fs, "a", a, changes);
      put(fs, "b", b, changes);
      return layerKey(entriesOf(changes), 0);
    };
    const one = aFile(true);
    assert.notEqual(keyOf(one, one), keyOf(aFile(), aFile()));
    assert.equal(keyOf(aFile(true), aFile(true)), keyOf(aFile(), aFile()));
  });
});
