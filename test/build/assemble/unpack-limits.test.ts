import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Changes, noChanges } from "../../../src/build/assemble/changes.ts";
import { rootFs } from "../../../src/build/assemble/rootfs.ts";
import { openSpool } from "../../../src/build/assemble/spool.ts";
import { unpackInto } from "../../../src/build/assemble/unpack.ts";
import { Failure } from "../../../src/failure/index.ts";
import { oldSparse, pax, type RawBlock, rawBlocks } from "../../support/tar-blocks.ts";

const plenty = { bytes: 1e6, files: 1e6, names: 1e6, steps: 1e6 };

async function unpack(limits: Partial<typeof plenty>, blocks: readonly RawBlock[]): Promise<Changes["nodes"]> {
  await using spool = openSpool();
  const changes = noChanges();
  const open = async function* (): AsyncIterable<Uint8Array> {
    yield rawBlocks(blocks);
  };
  await unpackInto(rootFs(), "", { open, compression: "none", name: "a.tar", owner: undefined }, changes, spool, { ...plenty, ...limits });
  return changes.nodes;
}

async function refused(limits: Partial<typeof plenty>, blocks: readonly RawBlock[], message: RegExp): Promise<void> {
  await assert.rejects(
    unpack(limits, blocks),
    (thrown) => thrown instanceof Failure && thrown.code === "CONTEXT_INVALID" && message.test(thrown.message),
  );
}

const files = (count: number): RawBlock[] => Array.from({ length: count }, (_, at) => ({ name: `f${at}`, content: "12345" }));

suite("an archive may cost only so much", () => {
  test("in bytes", async () => {
    assert.equal((await unpack({ bytes: 50 }, files(10))).size, 10);
    await refused({ bytes: 49 }, files(10), /has more than 49 bytes unpacked/);
    const hole = { flag: "S", magic: "gnu", over: oldSparse([], false, 1_000) } as const;
    await refused(
      { bytes: 2_999 },
      [1, 2, 3].map((at) => ({ name: `f${at}`, ...hole })),
      /has more than 2999 bytes unpacked/,
    );
  });

  test("in files, the folders among them that it leaves out", async () => {
    assert.equal((await unpack({ files: 10 }, files(10))).size, 10);
    await refused({ files: 9 }, files(10), /has more than 9 files and directories/);
    await refused({ files: 500 }, [pax([["path", "d/".repeat(600)]]), { flag: "5" }], /has more than 500 files/);
  });

  test("in names", async () => {
    await refused(
      { names: 1_000 },
      [pax([["linkpath", "l".repeat(1_200)]]), { flag: "2", linkname: "l" }],
      /more than 1000 characters of names/,
    );
  });

  test("in steps on links that lead around", async () => {
    const around = [{ name: "d", flag: "5" }, pax([["linkpath", "d/../".repeat(500)]]), { name: "l", flag: "2", linkname: "l" }];
    assert.equal((await unpack({}, [...around, { name: "l/f" }])).size, 3);
    await refused({ steps: 1e5 }, [...around, pax([["path", `${"l/".repeat(200)}f`]]), { name: "f" }], /lead too far around/);
  });

  test("in names of one file that change it again and again", async () => {
    const links = Array.from({ length: 400 }, (_, at): RawBlock => ({ name: `l${at}`, flag: "1", linkname: "f0", mode: at }));
    await refused({ steps: 50_000 }, [...files(1), ...links], /lead too far around/);
  });
});
