import assert from "node:assert/strict";
import { chmod, utimes } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { assembleEngine } from "../../../src/build/index.ts";
import { openRepository } from "../../../src/git/index.ts";
import { openLayout } from "../../../src/store/index.ts";
import { assemble } from "../../support/built.ts";
import { aBuildRequest, aContext, type ContextFile, type ContextFiles } from "../../support/context.ts";
import { aFolder } from "../../support/folder.ts";
import { aRepository, type FileSpec } from "../../support/git-repository.ts";

const files: ContextFiles = {
  "a.txt": "a",
  "run.sh": { content: "#!/bin/sh\n", mode: 0o755 },
  "dir/sub/deep.txt": "deep",
  "dir/link": { link: "../a.txt" },
  "big.bin": Buffer.alloc(3 << 20, "waybill "),
};
const dockerfile = "FROM scratch\nCOPY . /app/\nCOPY dir /dir\nWORKDIR /work\nENV A=1\n";

suite("the same build", () => {
  test("gives the digest that it always gave", { skip: process.versions.zlib !== "1.3.2.1-motley-8002e91" }, async () => {
    assert.equal(
      (await assemble(dockerfile, { files })).built.content.digest,
      "sha256:3a670dc8a67aeea57935f7eef354e2d35a12a7ea46d0e01a70e7a60c615a3558",
    );
  });

  test("has the content that it always had", async () => {
    assert.deepEqual((await assemble(dockerfile, { files })).config.rootfs.diff_ids, [
      "sha256:7568e3f27b7d6fee38bdeada88f4c06965a669289e7063d6ca5729387acba47a",
      "sha256:5a50bb7d2165c01a6c11f3eeb4c336eed305184b4b65adbccfc3576dfaed3b23",
      "sha256:e236ff53c92399e46e3fe4510a7252fabd4b543287dca5a34c4cd1c4a705bca4",
    ]);
  });

  test("gives the same bytes, whatever the order in which files come", async () => {
    const expected = (await assemble(dockerfile, { files })).built.content.digest;
    const context = aContext(files);
    const entries = await context.entries();
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...entries], { minLength: entries.length }), async (shuffled) => {
        const again = await assemble(dockerfile, { context: { ...context, entries: async () => shuffled } });
        assert.equal(again.built.content.digest, expected);
      }),
      { numRuns: 8 },
    );
  });

  test("gives the same bytes into any store", async () => {
    await using folder = await aFolder();
    const layout = await openLayout(folder.path, { create: true, durable: false });
    const { content } = await assembleEngine().build(aBuildRequest(dockerfile, { files }), layout, { emit: () => {} });
    assert.deepEqual(content, (await assemble(dockerfile, { files })).built.content);
  });

  test("gives the same bytes from git, whatever the checkout's place, times and umask", async (t) => {
    const digests: string[] = [];
    for (const [bits, time] of [
      [0o077, 1_700_000_000],
      [0o002, 0],
    ] as const) {
      const repository = aRepository();
      t.after(repository.remove);
      repository.write(Object.fromEntries(Object.entries(files).map(([path, file]) => [path, inGit(file)])));
      for (const path of ["a.txt", "run.sh", "dir/sub/deep.txt", "big.bin"]) {
        const full = join(repository.dir, path);
        await chmod(full, (path === "run.sh" ? 0o777 : 0o666) & ~bits);
        await utimes(full, time, time);
      }
      await chmod(join(repository.dir, "dir"), 0o777 & ~bits);
      const sha = repository.commit({});
      await using opened = await openRepository(repository.dir);
      digests.push((await assemble(dockerfile, { context: await opened.tree(sha, ".") })).built.content.digest);
    }
    const { digest } = (await assemble(dockerfile, { files })).built.content;
    assert.deepEqual(digests, [digest, digest]);
  });

  test("gives other bytes for other times, and no time but the one that is given", async () => {
    const one = await assemble(dockerfile, { files, epoch: 0 });
    assert.deepEqual(new Set(one.layers.flatMap((layer) => [...layer.values()].map(({ mtime }) => mtime))), new Set([0]));
    assert.equal(one.config.created, "1970-01-01T00:00:00Z");
    assert.deepEqual(new Set(one.config.history?.map(({ created }) => created)), new Set(["1970-01-01T00:00:00Z"]));
    assert.notEqual(one.built.content.digest, (await assemble(dockerfile, { files })).built.content.digest);
  });

  test("gives other bytes for another platform, with the same layers", async () => {
    const amd64 = await assemble(dockerfile, { files });
    const arm = await assemble(dockerfile, { files, platform: "linux/arm/v7" });
    assert.deepEqual(arm.manifest.layers, amd64.manifest.layers);
    assert.deepEqual([arm.config.os, arm.config.architecture, arm.config.variant], ["linux", "arm", "v7"]);
  });

  test("keeps nothing of the Dockerfile that did not matter", async () => {
    const one = await assemble("FROM scratch\nCOPY a.txt /\n", { files });
    const other = await assemble("# a comment\n\nFROM scratch AS unused\nCOPY nothing /\nFROM scratch\nCOPY a.txt /", { files });
    assert.equal(one.built.content.digest, other.built.content.digest);
  });
});

function inGit(file: ContextFile): FileSpec {
  if (typeof file === "string" || file instanceof Uint8Array) return file;
  if ("link" in file) return { symlink: file.link };
  if ("content" in file) return { content: String(file.content), executable: true };
  throw new Error("git keeps no empty folders");
}
