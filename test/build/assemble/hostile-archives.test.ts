import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { Failure } from "../../../src/failure/index.ts";
import { assemble, type ImageFile, listing } from "../../support/built.ts";
import { base256, oldSparse, pax, type RawBlock, rawBlocks, sparsePax } from "../../support/tar-blocks.ts";

/** How many archives each test makes up, and from which number on; fast-check says both of what fails. */
const numRuns = Number(process.env["WAYBILL_FUZZ_RUNS"] ?? 300);
const seed = Number(process.env["WAYBILL_FUZZ_SEED"] ?? 1);
/** The most that one small archive may take, in milliseconds: far more than it does, and far less than what runs away. */
const patience = 5_000;

/** Adds an archive to an image that has something of its own, and lists what is there then. */
async function added(archive: Uint8Array, body = "ADD a.tar /x/"): Promise<Readonly<Record<string, string>>> {
  const dockerfile = `FROM scratch\nCOPY outside /etc/\nCOPY outside /x/\n${body}\n`;
  const { files, layers } = await assemble(dockerfile, { files: { "a.tar": archive, outside: "outside" } });
  for (const layer of layers) linksLeadBack(layer);
  return listing(files);
}

/** Each hard link of a layer must lead to a file that stands before it, and say of it what it says itself. */
function linksLeadBack(layer: ReadonlyMap<string, ImageFile>): void {
  const before = new Map<string, ImageFile>();
  for (const [path, file] of layer) {
    const target = before.get(file.link ?? "");
    if (file.type === "link") {
      assert.ok(target !== undefined && target.type !== "link" && target.type !== "directory", path);
      assert.deepEqual([file.mode, file.uid, file.gid, file.capability], [target.mode, target.uid, target.gid, target.capability]);
    }
    before.set(path, file);
  }
}

async function refused(archive: Uint8Array, message: RegExp, code = "CONTEXT_INVALID"): Promise<void> {
  await assert.rejects(added(archive), (thrown) => {
    assert.ok(thrown instanceof Failure, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    assert.match(thrown.message, message);
    assert.match(thrown.message, /^Dockerfile:4: /);
    assert.equal(thrown.exitCode, 7);
    assert.ok((thrown.hint ?? "") !== "");
    return true;
  });
}

const file = (name: string, more: RawBlock = {}): RawBlock => ({ name, content: "f", ...more });
const symlink = (name: string, linkname: string): RawBlock => ({ name, flag: "2", linkname });

suite("a hostile archive in ADD", () => {
  const first = file("first");
  const wrong: Readonly<Record<string, readonly [readonly (RawBlock | Buffer | null)[], RegExp]>> = {
    "a name that leads out": [[file("../../etc/outside")], /"\.\.\/\.\.\/etc\/outside", which leads out of it/],
    "a name that leads out behind a folder": [[file("d/../../etc/outside")], /which leads out of it/],
    "a pax path that leads out": [[pax([["path", "../out"]]), file("f")], /which leads out of it/],
    "a GNU name that leads out": [[{ flag: "L", content: "../out\0" }, file("f")], /which leads out of it/],
    "a sparse name that leads out": [
      [sparsePax({ major: "0", minor: "1", name: "../out", numblocks: "0", size: "0" }), file("f", { content: "" })],
      /which leads out of it/,
    ],
    "a hard link to outside": [
      [{ name: "f", flag: "1", linkname: "../../etc/outside" }],
      /a hard link to "\.\.\/\.\.\/etc\/outside", which is no file/,
    ],
    "a hard link behind a link to outside": [
      [symlink("up", "/etc"), { name: "f", flag: "1", linkname: "up/outside" }],
      /is no file that stands before it/,
    ],
    "a file behind a link in circles": [[symlink("a", "b"), symlink("b", "a"), file("a/f")], /go in circles/],
    "a file in a file": [[file("f"), file("f/g")], /is to be a directory, and there is a file already/],
    "a name of 256 characters": [[pax([["path", "n".repeat(256)]]), file("f")], /a name that no file system takes/],
    "a path of 5,000 characters": [[pax([["path", "n/".repeat(2_500)]]), file("f")], /has more than 4096 characters/],
    "a link of 5,000 characters": [[pax([["linkpath", "n/".repeat(2_500)]]), symlink("f", "n")], /a link that leads nowhere/],
    "a name that is not UTF-8": [[file("f", { name: Buffer.from([0x66, 0xff]) })], /whose name is not UTF-8/],
    "an owner below zero": [[file("f", { uid: base256(-5n, 8) })], /to -5, which is nobody's number/],
    "an owner that no system has": [[pax([["uid", "4294967295"]]), file("f")], /nobody's number/],
    "capabilities that are none": [[pax([["SCHILY.xattr.security.capability", "all of them"]]), file("f")], /capabilities that are none/],
    "an entry of an unknown type": [[{ name: "f", flag: "V" }], /of a type that is not known: "V"/],
    "the name of a whiteout": [[file("d/.wh.outside")], /a name that removes files in an image/],
    "a size that is not there": [[first, file("f", { size: 2 ** 32 }), null], /ends early/],
    "a size below zero": [[first, file("f", { size: base256(-1n, 12) })], /cannot be unpacked/],
    "a size that nobody counts to": [[first, file("f", { size: base256(2n ** 90n, 12) })], /is too large/],
    "more than anybody takes, in one hole": [
      [first, { name: "f", flag: "S", magic: "gnu", over: { ...oldSparse([], false, 0), 483: base256(2n ** 50n, 12) } }],
      /has more than 64 GiB unpacked/,
    ],
  };
  for (const [what, [blocks, message]] of Object.entries(wrong)) {
    test(`with ${what} is refused, at the line that adds it`, async () => {
      const archive = rawBlocks(blocks);
      const code = what.includes("UTF-8") ? "ENGINE_UNFIT" : "CONTEXT_INVALID";
      await refused(archive, message, code);
      await refused(gzipSync(archive), message, code);
      await refused(zstdCompressSync(archive), message, code);
    });
  }

  test("that is cut off anywhere is refused, or is no archive", async () => {
    const whole = rawBlocks([file("one", { content: "x".repeat(700) }), file("two")]);
    for (const packed of [whole, gzipSync(whole), zstdCompressSync(whole)]) {
      for (let length = 0; length < packed.length; length += Math.ceil(packed.length / 25)) {
        const outcome = await added(packed.subarray(0, length)).catch((thrown: unknown) => thrown);
        if (outcome instanceof Failure) assert.equal(outcome.code, "CONTEXT_INVALID", outcome.message);
        else assert.ok(!(outcome instanceof Error), String(outcome));
      }
    }
  });

  test("never writes outside of where it is unpacked, whatever its links are", async () => {
    const found = await added(
      rawBlocks([
        symlink("up", "../../.."),
        symlink("abs", "/etc"),
        { name: "etc/", flag: "5" },
        symlink("etc/outside", "../../../etc/outside"),
        file("up/one"),
        file("abs/two"),
        file("abs/outside"),
        symlink("chain", "up/abs"),
        file("chain/three"),
      ]),
    );
    assert.equal(found["etc/outside"], "file outside");
    assert.deepEqual(
      Object.keys(found).filter((path) => !path.startsWith("x/")),
      ["etc", "etc/outside", "x"],
    );
    assert.deepEqual(
      [found["x/one"], found["x/etc/two"], found["x/etc/outside"], found["x/etc/three"]],
      ["file f", "file f", "file f", "file f"],
    );
  });

  test("that is a thousand times larger unpacked is unpacked all the same", async () => {
    const size = 96 * 2 ** 20;
    const archive = gzipSync(rawBlocks([file("zeros", { content: Buffer.alloc(size) })]));
    assert.ok(archive.length < size / 500);
    const { manifest } = await assemble("FROM scratch AS a\nADD a.tgz /\nFROM scratch\nCOPY --from=a /zeros /\n", {
      files: { "a.tgz": archive },
    });
    assert.equal(manifest.layers.length, 1);
  });

  test("ends with an image or a Failure, soon, and changes nothing outside of where it is unpacked", { timeout: 300_000 }, async () => {
    const name = fc
      .array(fc.constantFrom("a", "b", "..", ".", "up", "abs", "etc", "outside", "", ".wh.a", "é"), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join("/"));
    const block: fc.Arbitrary<RawBlock> = fc.record(
      {
        name,
        flag: fc.constantFrom(..."0123456 7S\0".split(""), "0", "0", "2", "5", "5"),
        content: fc.string({ maxLength: 600 }),
        linkname: fc.oneof(name, fc.constantFrom("/", "/etc", "../../../../etc/outside", "up")),
        mode: fc.nat(0o7777),
        magic: fc.constantFrom("ustar", "gnu", "v7"),
      },
      { requiredKeys: ["name", "flag"] },
    );
    const header = fc
      .array(
        fc.tuple(
          fc.constantFrom(
            "path",
            "linkpath",
            "size",
            "uid",
            "SCHILY.xattr.user.x",
            "GNU.sparse.map",
            "GNU.sparse.major",
            "GNU.sparse.realsize",
          ),
          fc.oneof(name, fc.constantFrom("0", "1", "3,4", "999")),
        ),
        { maxLength: 3 },
      )
      .map((records) => pax(records));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof({ weight: 4, arbitrary: block }, header), { maxLength: 12 }), async (blocks) => {
        const started = performance.now();
        const outcome = await added(rawBlocks(blocks)).catch((thrown: unknown) => thrown);
        assert.ok(performance.now() - started < patience, "it takes too long");
        if (outcome instanceof Error) {
          assert.ok(
            outcome instanceof Failure && ["CONTEXT_INVALID", "ENGINE_UNFIT"].includes(outcome.code),
            `${outcome}\n${outcome.stack}`,
          );
          assert.ok(outcome.message.startsWith("Dockerfile:4: ") && (outcome.hint ?? "") !== "", outcome.message);
          return;
        }
        const found = outcome as Readonly<Record<string, string>>;
        assert.equal(found["etc/outside"], "file outside");
        assert.deepEqual(
          Object.keys(found).filter((path) => path !== "x" && !path.startsWith("x/") && path !== "a.tar"),
          ["etc", "etc/outside"],
        );
      }),
      { numRuns, seed },
    );
  });
});
