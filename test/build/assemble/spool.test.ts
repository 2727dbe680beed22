import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { suite, test } from "node:test";
import { openSpool } from "../../../src/build/assemble/spool.ts";
import { Failure } from "../../../src/failure/index.ts";
import { aFolder } from "../../support/folder.ts";
import { aSmallDisk } from "../../support/small-disk.ts";

async function* chunksOf(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const bytesOf = async (open: () => AsyncIterable<Uint8Array>): Promise<Buffer> => Buffer.concat(await Array.fromAsync(open()));

suite("the spool", () => {
  test("gives back what it keeps, as often as it is asked, and leaves nothing", async () => {
    await using folder = await aFolder();
    const contents = [
      randomBytes(10),
      Buffer.alloc(0),
      randomBytes(3_000_000),
      Buffer.alloc(5_000_000),
      randomBytes(700),
      Buffer.alloc(2_500_000),
    ];
    {
      await using spool = openSpool(folder.path);
      const kept: (() => AsyncIterable<Uint8Array>)[] = [];
      for (const content of contents) {
        kept.push(await spool.keep(chunksOf(content, 65_000)));
        assert.ok((await bytesOf(kept[0] ?? assert.fail())).equals(contents[0] ?? assert.fail()));
      }
      const found = await Promise.all([...kept, ...kept].map(bytesOf));
      for (const [at, one] of found.entries()) assert.ok(one.equals(contents[at % contents.length] ?? assert.fail()));
      assert.deepEqual(await readdir(folder.path), [], "the file has no name");
    }
    assert.deepEqual(await readdir(folder.path), []);
  });

  test("makes no file where nothing is kept", async () => {
    await using _ = openSpool("/nowhere/at/all");
  });

  test("passes on what a content throws", async () => {
    const broken = new Error("broken");
    await using spool = openSpool();
    const content = async function* (): AsyncIterable<Uint8Array> {
      yield Buffer.from("a");
      throw broken;
    };
    await assert.rejects(spool.keep(content()), broken);
    assert.equal((await bytesOf(await spool.keep(chunksOf(Buffer.from("whole"), 2)))).toString(), "whole");
  });

  test("says where it cannot keep anything", async () => {
    await using spool = openSpool("/nowhere/at/all");
    await assert.rejects(spool.keep(chunksOf(Buffer.from("a"), 1)), (thrown) => {
      assert.ok(thrown instanceof Failure);
      assert.deepEqual([thrown.code, thrown.exitCode], ["BUILD_FAILED", 7]);
      assert.match(thrown.message, /could not be kept: ENOENT/);
      assert.match(thrown.hint ?? "", /TMPDIR/);
      return true;
    });
  });

  test("says that the disk is full", async (context) => {
    await using disk = await aSmallDisk();
    if (disk === undefined) return context.skip("only root can make a small file system");
    await using spool = openSpool(disk.path);
    await assert.rejects(spool.keep(chunksOf(randomBytes(4_000_000), 65_536)), (thrown) => {
      assert.ok(thrown instanceof Failure && thrown.code === "BUILD_FAILED", String(thrown));
      assert.match(thrown.message, /the disk is full/);
      return true;
    });
  });
});
