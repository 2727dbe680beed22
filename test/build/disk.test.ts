import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { suite, test } from "node:test";
import { diskFailure, heedingDisk } from "../../src/build/disk.ts";
import { assembleEngine, type Engine } from "../../src/build/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { memoryStore, openLayout } from "../../src/store/index.ts";
import { aBuildRequest } from "../support/context.ts";
import { aSmallDisk } from "../support/small-disk.ts";

const systemError = (code: string): Error => Object.assign(new Error(code), { code });
const options = { emit: () => {} };

function isFull(thrown: unknown): boolean {
  assert.ok(thrown instanceof Failure, String(thrown));
  assert.deepEqual([thrown.code, thrown.exitCode], ["BUILD_FAILED", 7]);
  assert.match(thrown.message, /cannot be written to the folder for temporary files, \S+: the disk is full/);
  assert.match(thrown.hint ?? "", /TMPDIR/);
  return true;
}

suite("a disk that takes nothing more", () => {
  test("is the build's failure, whichever engine writes", async () => {
    const failing = (thrown: unknown): Engine => heedingDisk({ name: "any", build: () => Promise.reject(thrown) });
    const build = (engine: Engine) => engine.build(aBuildRequest("FROM scratch\n"), memoryStore(), options);
    await assert.rejects(build(failing(systemError("ENOSPC"))), isFull);
    for (const code of ["EDQUOT", "EROFS", "EIO"])
      await assert.rejects(build(failing(systemError(code))), (thrown) => thrown instanceof Failure && thrown.exitCode === 7);
  });

  test("is nothing else's failure", () => {
    for (const other of [systemError("EPERM"), new Failure("DENIED", "no"), undefined, "ENOSPC"]) assert.equal(diskFailure(other), other);
  });

  test("is told where a layer does not fit on it", async (context) => {
    await using disk = await aSmallDisk();
    if (disk === undefined) return context.skip("only root can make a small file system");
    const layout = await openLayout(join(disk.path, "content"), { create: true, durable: false });
    const request = aBuildRequest("FROM scratch\nCOPY big /\n", { files: { big: randomBytes(4_000_000) } });
    await assert.rejects(assembleEngine().build(request, layout, options), isFull);
  });
});
