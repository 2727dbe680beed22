import assert from "node:assert/strict";
import { createHash, randomFillSync } from "node:crypto";
import { chmodSync, readFileSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { deflateSync } from "node:zlib";
import { Failure } from "../../src/failure/index.ts";
import { openCheckout, openRepository } from "../../src/git/index.ts";
import { aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

const size = 64 << 20;
/** The most that a git may have in memory in MiB: far less than the file. */
const mostMiB = 40;

function random(bytes: number): Buffer {
  return randomFillSync(Buffer.alloc(bytes));
}

/** The digest of a committed file, read from its beginning or later on. */
async function digest(repository: TestRepository, sha: string, path: string, offset?: number): Promise<string> {
  await using opened = await openRepository(repository.dir);
  const hash = createHash("sha256");
  for await (const chunk of (await (await opened.tree(sha, ".")).open(path)).open(offset)) hash.update(chunk);
  return hash.digest("hex");
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Does some work, and gives the most resident memory in MiB that any program had meanwhile that this process started. */
async function peakOfChildren(work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  const look = setInterval(() => {
    for (const child of readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").split(" ").filter(Boolean)) {
      try {
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1] ?? 0) / 1024);
      } catch {
        // It has ended since.
      }
    }
  }, 2);
  await work().finally(() => clearInterval(look));
  return peak;
}

/** A repository in which adding random bytes takes no time for packing them. */
function quickRepository(objectFormat: "sha1" | "sha256" = "sha1"): TestRepository {
  const repository = keep(aRepository({ objectFormat }));
  repository.git("config", "core.compression", "0");
  return repository;
}

/** Where git keeps an object that is in no pack. @throws Error where it is in one */
function looseFile(repository: TestRepository, name: string): string {
  const id = repository.git("rev-parse", name);
  const file = join(repository.dir, ".git/objects", id.slice(0, 2), id.slice(2));
  chmodSync(file, 0o644);
  return file;
}

suite("a large file", () => {
  test("is read from a file of its own and from a pack, whatever names objects have", async () => {
    for (const objectFormat of ["sha1", "sha256"] as const) {
      const repository = quickRepository(objectFormat);
      const large = Buffer.concat([random(5 << 20), Buffer.alloc(5 << 20, "0123456789")]);
      const sha = repository.commit({ large });
      looseFile(repository, `${sha}:large`);
      const read = async () => [await digest(repository, sha, "large"), await digest(repository, sha, "large", large.length - 7)];
      const expected = [digestOf(large), digestOf(large.subarray(-7))];
      assert.deepEqual(await read(), expected);
      repository.git("gc", "--quiet");
      assert.deepEqual(await read(), expected);
    }
  });

  test("is in no git's memory as a whole while it is read, packed or not", async () => {
    const repository = quickRepository();
    const sha = repository.commit({ large: random(size) });
    const read = async () => await peakOfChildren(() => digest(repository, sha, "large"));
    const loose = await read();
    assert.ok(loose < mostMiB, `${loose} MiB`);
    repository.git("gc", "--quiet");
    const packed = await read();
    assert.ok(packed < mostMiB, `${packed} MiB`);
  });

  test("is in no git's memory as a whole while it is looked for edits", async () => {
    const repository = quickRepository();
    repository.commit({ large: random(size) });
    utimesSync(join(repository.dir, "large"), 1, 1);
    await using opened = await openRepository(repository.dir);
    const peak = await peakOfChildren(async () => assert.deepEqual(await opened.changes(), []));
    assert.ok(peak < mostMiB, `${peak} MiB`);
  });

  test("is in no git's memory as a whole while an edit of it is taken in", async () => {
    const repository = quickRepository();
    repository.commit({ large: "small" });
    const large = random(size);
    repository.write({ large });
    const peak = await peakOfChildren(async () => {
      await using checkout = await openCheckout(repository.dir);
      const files = await checkout.repository.tree(checkout.tree, ".");
      const hash = createHash("sha256");
      for await (const chunk of (await files.open("large")).open()) hash.update(chunk);
      assert.equal(hash.digest("hex"), digestOf(large));
    });
    assert.ok(peak < mostMiB, `${peak} MiB`);
  });

  test("that is damaged is told, not read as far as it goes", async () => {
    const repository = quickRepository();
    const content = random(6 << 20);
    const sha = repository.commit({ large: content });
    const file = looseFile(repository, `${sha}:large`);
    const good = readFileSync(file);
    const refused = async (what: RegExp) =>
      await assert.rejects(digest(repository, sha, "large"), (thrown) => {
        assert.ok(thrown instanceof Failure);
        assert.equal(thrown.code, "GIT_FAILED");
        assert.match(thrown.message, what);
        return true;
      });
    truncateSync(file, good.length >> 1);
    await refused(/cannot be read from git: unexpected end of file/);
    writeFileSync(file, Buffer.concat([good.subarray(0, -4), Buffer.alloc(4)]));
    await refused(/cannot be read from git: incorrect data check/);
    writeFileSync(file, deflateSync(Buffer.concat([Buffer.from(`blob ${content.length}\0`), content.subarray(1)])));
    await refused(/has not the size that it says/);
    writeFileSync(file, deflateSync(Buffer.concat([Buffer.from(`tree ${content.length}\0`), content])));
    await refused(/its header is none of a file's/);
  });
});
