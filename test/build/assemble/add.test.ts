import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Failure } from "../../../src/failure/index.ts";
import { type RawEntry, rawTar } from "../../support/base-image.ts";
import { assemble, listing } from "../../support/built.ts";
import type { ContextFiles } from "../../support/context.ts";

async function added(body: string, entries: readonly RawEntry[], more: ContextFiles = {}): Promise<Readonly<Record<string, string>>> {
  const tar = await rawTar(entries);
  const files = {
    "a.tar": tar,
    "a.tgz": gzipSync(tar),
    "a.tzst": zstdCompressSync(tar),
    "text.gz": gzipSync("no archive"),
    "a.txt": "a",
    ...more,
  };
  return listing((await assemble(`FROM scratch\n${body}\n`, { files })).files);
}

/** CAP_NET_BIND_SERVICE, permitted and effective (capabilities(7), version 2). */
const capability = `\x01\0\0\x02\0\x04${"\0".repeat(14)}`;
const entries: readonly RawEntry[] = [
  { name: "d/", type: "directory", mode: 0o711, uid: 1, gid: 2 },
  { name: "./d/f", content: "f", mode: 0o600, uid: 3, gid: 4 },
  { name: "d/link", type: "symlink", linkname: "f" },
  { name: "twin", type: "link", linkname: "d/f", mode: 0o600, uid: 3, gid: 4 },
];

suite("ADD", () => {
  test("unpacks an archive of the context, with its modes and owners, however packed", async () => {
    for (const name of ["a.tar", "a.tgz", "a.tzst"]) {
      assert.deepEqual(await added(`ADD ${name} /x`, entries), {
        x: "dir",
        "x/d": "dir 711 1:2",
        "x/d/f": "file 600 3:4 f",
        "x/d/link": "-> f",
        "x/twin": "file 600 3:4 f",
      });
    }
  });

  test("gives what it unpacks to the owner that is named", async () => {
    const found = await added("ADD --chown=9:8 a.tar /x/", entries);
    assert.deepEqual([found["x"], found["x/d"], found["x/d/f"]], ["dir 9:8", "dir 711 9:8", "file 600 9:8 f"]);
  });

  test("copies what is no archive, and archives where that is asked for", async () => {
    const found = await added("ADD a.txt text.gz /x/\nADD --unpack=false a.tar /y/\nCOPY a.tar /z/", [], {});
    assert.deepEqual(Object.keys(found), ["x", "x/a.txt", "x/text.gz", "y", "y/a.tar", "z", "z/a.tar"]);
  });

  test("unpacks beside what it copies", async () => {
    assert.deepEqual(Object.keys(await added("ADD a.tar a.txt /x/", [{ name: "f", content: "f" }])), ["x", "x/a.txt", "x/f"]);
  });

  test("lets the last of several entries of a name count", async () => {
    assert.deepEqual(
      await added("ADD a.tar /", [
        { name: "f", content: "1" },
        { name: "f", content: "2" },
        { name: "d/", type: "directory" },
        { name: "d/in", content: "x" },
        { name: "d", content: "now a file" },
      ]),
      {
        d: "file now a file",
        f: "file 2",
      },
    );
  });

  test("keeps devices and pipes, and capabilities of files", async () => {
    assert.deepEqual(
      await added("ADD a.tar /", [
        { name: "pipe", type: "fifo" },
        { name: "null", type: "character-device", devmajor: 1, devminor: 3 },
        { name: "f", content: "f", pax: { "SCHILY.xattr.security.capability": capability, "SCHILY.xattr.user.x": "y" } },
      ]),
      { f: `file f with ${Buffer.from(capability).toString("hex")}`, null: "char 1:3", pipe: "pipe" },
    );
  });

  test("takes capabilities along to other stages, under whatever owner", async () => {
    const tar = await rawTar([{ name: "f", content: "f", pax: { "SCHILY.xattr.security.capability": capability } }]);
    const dockerfile = "FROM scratch AS a\nADD --chown=1:2 a.tar /x/\nFROM scratch\nCOPY --from=a --chown=3:4 /x/f /y\n";
    const { files } = await assemble(dockerfile, { files: { "a.tar": tar } });
    assert.deepEqual([files.get("y")?.uid, files.get("y")?.capability], [3, Buffer.from(capability).toString("hex")]);
  });

  test("never leaves the image: not by name, not by links", async () => {
    for (const name of ["../out", "d/../../out"]) {
      await assert.rejects(
        added("ADD a.tar /x/", [{ name, content: "out" }]),
        (thrown) => thrown instanceof Failure && thrown.code === "CONTEXT_INVALID" && thrown.facts["line"] === 2,
        name,
      );
    }
    const through: readonly RawEntry[] = [
      { name: "up", type: "symlink", linkname: "../../../.." },
      { name: "up/f", content: "f" },
      { name: "root", type: "symlink", linkname: "/" },
      { name: "root/g", content: "g" },
      { name: "twin", type: "link", linkname: "../../../f" },
      { name: "up/h", content: "h" },
      { name: "loop", type: "symlink", linkname: "loop" },
    ];
    // The archive's own folder is its root, as with BuildKit.
    assert.deepEqual(await added("ADD a.tar /x/", through), {
      x: "dir",
      "x/f": "file f",
      "x/g": "file g",
      "x/h": "file h",
      "x/loop": "-> loop",
      "x/root": "-> /",
      "x/twin": "file f",
      "x/up": "-> ../../../..",
    });
    await assert.rejects(added("ADD a.tar /x/", [...through, { name: "loop/f", content: "f" }]), /Dockerfile:2: .*in circles/);
  });

  test("takes an absolute name for one below the destination", async () => {
    assert.deepEqual(await added("ADD a.tar /x/", [{ name: "/etc/conf", content: "c" }]), {
      x: "dir",
      "x/etc": "dir",
      "x/etc/conf": "file c",
    });
  });

  test("says what it does not unpack", async () => {
    const files = { "a.tar.bz2": Buffer.from("BZh91AY"), "a.tar.xz": Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]) };
    for (const name of Object.keys(files))
      await assert.rejects(
        assemble(`FROM scratch\nADD ${name} /\n`, { files }),
        (thrown) => thrown instanceof Failure && thrown.code === "ENGINE_UNFIT" && thrown.facts["line"] === 2,
      );
  });

  test("fails on an archive that ends early", async () => {
    const tar = await rawTar([{ name: "big", content: Buffer.alloc(100_000, "x") }]);
    await assert.rejects(assemble("FROM scratch\nADD cut.tar /\n", { files: { "cut.tar": tar.subarray(0, 50_000) } }), Failure);
    await assert.rejects(assemble("FROM scratch\nADD cut.tgz /\n", { files: { "cut.tgz": gzipSync(tar).subarray(0, 150) } }), Failure);
  });
});
