import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { openRepository, type Pushed, type PushQuestion } from "../../src/git/index.ts";
import { aClone, aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

async function pushed(repository: TestRepository, push: PushQuestion): Promise<Pushed> {
  await using opened = await openRepository(repository.dir);
  return await opened.pushed(push);
}

/** main: a - b - m - d, with two commits of `side` merged at m. */
function aHistory() {
  const repository = keep(aRepository());
  const a = repository.commit({ f: "a" });
  repository.git("switch", "--quiet", "--create", "side");
  repository.commit({ s: "1" });
  const side = repository.commit({ s: "2" });
  repository.git("switch", "--quiet", "main");
  const b = repository.commit({ f: "b" });
  repository.git("merge", "--quiet", "--no-ff", "-m", "m", "side");
  const m = repository.git("rev-parse", "HEAD");
  const d = repository.commit({ f: "d" });
  return { repository, a, b, side, m, d };
}

suite("the commits of a push", () => {
  test("are those of the branch's first-parent history, oldest first: what a merge brought is not among them", async () => {
    const { repository, a, b, m, d } = aHistory();
    const clone = keep(aClone(repository));
    assert.deepEqual(await pushed(clone, { before: a, after: d, branch: "main" }), { commits: [b, m, d], how: "forward" });
    assert.deepEqual(await pushed(clone, { before: m, after: d, branch: "main" }), { commits: [d], how: "forward" });
  });

  test("are one where the branch names what it named before", async () => {
    const { repository, d } = aHistory();
    assert.deepEqual(await pushed(repository, { before: d, after: d, branch: "main" }), { commits: [d], how: "forward" });
  });

  test("are the same in a shallow clone, whose history is fetched", async () => {
    const { repository, a, b, m, d } = aHistory();
    const clone = keep(aClone(repository, "--depth=1"));
    assert.deepEqual(await pushed(clone, { before: a, after: d, branch: "main" }), { commits: [b, m, d], how: "forward" });
  });

  test("have their files fetched at once in a clone that was shallow, and its history is not fetched again", async () => {
    const repository = keep(aRepository());
    const before = repository.commit({ a: "1", b: "1", c: "1", d: "1" });
    const middle = repository.commit({ a: "2a", b: "2b", c: "2c", d: "2d" });
    const after = repository.commit({ a: "3", b: "3", c: "3", d: "3" });
    const clone = keep(aClone(repository, "--depth=1"));
    const log = join(clone.dir, ".git", "uploads");
    const upload = join(clone.dir, ".git", "upload.sh");
    writeFileSync(upload, `#!/bin/sh\necho asked >> '${log}'\nexec git-upload-pack "$@"\n`, { mode: 0o755 });
    clone.git("config", "remote.origin.uploadpack", upload);
    await using opened = await openRepository(clone.dir);
    assert.deepEqual((await opened.pushed({ before, after, branch: "main" })).commits, [middle, after]);
    assert.equal((await (await opened.tree(middle, ".")).entries()).length, 4);
    assert.deepEqual(await opened.firstParentsSince("f".repeat(40), after), [after, middle, before]);
    // The history, and the files.
    assert.equal(readFileSync(log, "utf8"), "asked\nasked\n");
  });

  test("of a forced push are those that the branch did not have, though what it left is on no branch any more", async () => {
    const { repository, a, b, m, d } = aHistory();
    repository.git("reset", "--quiet", "--hard", b);
    const other = repository.commit({ f: "other" });
    const clone = keep(aClone(repository));
    assert.throws(() => clone.git("cat-file", "-e", d));
    assert.deepEqual(await pushed(clone, { before: d, after: other, branch: "main" }), { commits: [other], how: "forced" });
    // Back to an older one: nothing is new, and the branch names it.
    assert.deepEqual(await pushed(repository, { before: m, after: a, branch: "main" }), { commits: [a], how: "forced" });
  });

  test("of a new branch are those that no other branch has, or its newest where there are none", async () => {
    const { repository, d } = aHistory();
    repository.git("switch", "--quiet", "--create", "release/1", "main");
    const fresh = [repository.commit({ r: "1" }), repository.commit({ r: "2" })] as const;
    repository.git("branch", "--quiet", "same", "main");
    const clone = keep(aClone(repository, "--branch=release/1"));
    assert.deepEqual(await pushed(clone, { before: undefined, after: fresh[1], branch: "release/1" }), { commits: fresh, how: "created" });
    assert.deepEqual(await pushed(clone, { before: undefined, after: d, branch: "same" }), { commits: [d], how: "created" });
  });

  test("are the newest only where a new branch has no other to be told from, or what was there before is not to be had", async () => {
    const { repository, d } = aHistory();
    const single = keep(aClone(repository, "--single-branch"));
    assert.deepEqual(await pushed(single, { before: undefined, after: d, branch: "main" }), { commits: [d], how: "unknown" });
    const gone = "0123456789".repeat(4);
    assert.deepEqual(await pushed(single, { before: gone, after: d, branch: "main" }), { commits: [d], how: "unknown" });
    const shallow = keep(aClone(repository, "--depth=1"));
    shallow.git("remote", "set-url", "origin", "file:///nowhere");
    assert.deepEqual(await pushed(shallow, { before: undefined, after: d, branch: "main" }), { commits: [d], how: "unknown" });
  });
});
