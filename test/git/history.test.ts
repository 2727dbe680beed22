import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { openRepository } from "../../src/git/index.ts";
import { aClone, aRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

/** main: a - b - m(erge) - d, with `side` merged at m. */
function merged() {
  const repository = keep(aRepository());
  const a = repository.commit({ f: "a" }, "a");
  repository.git("checkout", "--quiet", "-b", "side");
  const side = repository.commit({ s: "1" }, "side");
  repository.git("checkout", "--quiet", "main");
  const b = repository.commit({ f: "b" }, "b");
  repository.git("merge", "--quiet", "--no-ff", "-m", "m", "side");
  const m = repository.git("rev-parse", "HEAD");
  const d = repository.commit({ f: "d" }, "d");
  return { repository, a, b, side, m, d };
}

suite("history", () => {
  test("tells ancestors from first parents", async () => {
    const { repository, a, b, side, m, d } = merged();
    await using opened = await openRepository(repository.dir);
    for (const one of [a, b, m, d]) assert.equal(await opened.isFirstParentAncestor(one, d), true, one);
    assert.equal(await opened.isFirstParentAncestor(side, d), false);
    assert.equal(await opened.isFirstParentAncestor(d, b), false);
    assert.equal(await opened.isAncestor(side, d), true);
    assert.equal(await opened.isAncestor(d, side), false);
    assert.equal(await opened.isAncestor("0".repeat(40), d), "unknown");
    assert.deepEqual(await opened.firstParents(d), [d, m, b, a]);
    assert.deepEqual(await opened.firstParents(d, 2), [d, m]);
  });

  test("is fetched where a shallow clone ends too early, without the files' content", async () => {
    const { repository, a, d } = merged();
    const clone = keep(aClone(repository, "--depth=1"));
    await using opened = await openRepository(clone.dir);
    assert.equal(await opened.isFirstParentAncestor(a, d), true);
    assert.match(clone.git("rev-list", "--objects", "--all", "--missing=print"), /^\?/m);
  });

  test("is unknown where a shallow clone cannot be deepened", async () => {
    const { repository, a, d } = merged();
    const clone = keep(aClone(repository, "--depth=1"));
    clone.git("remote", "remove", "origin");
    await using opened = await openRepository(clone.dir);
    assert.equal(await opened.isAncestor(a, d), "unknown");
  });
});

suite("a commit's branch", () => {
  test("is the CI's, else the first configured one that contains it", async () => {
    const { repository, a, side } = merged();
    repository.git("branch", "release/1.0", a);
    await using opened = await openRepository(repository.dir);
    assert.equal(await opened.branchOf(a, ["main"], "topic"), "topic");
    assert.equal(await opened.branchOf(a, ["main", "release/*"]), "main");
    assert.equal(await opened.branchOf(a, ["release/*", "main"]), "release/1.0");
    assert.equal(await opened.branchOf(side, ["release/*"]), undefined);
    assert.equal(await opened.branchOf(side, []), undefined);
  });

  test("is known from remote-tracking branches in a detached checkout", async () => {
    const { repository, b } = merged();
    const clone = keep(aClone(repository));
    clone.git("checkout", "--quiet", "--detach", b);
    clone.git("branch", "--quiet", "-D", "main");
    await using opened = await openRepository(clone.dir);
    assert.equal(await opened.branchOf(b, ["main"]), "main");
  });
});

suite("a branch's tip", () => {
  test("is the local branch's where there is no remote", async () => {
    const { repository, d } = merged();
    await using opened = await openRepository(repository.dir);
    assert.deepEqual(await opened.branchTip("main", { fetch: true }), { sha: d, from: "refs/heads/main" });
    assert.equal(await opened.branchTip("none", { fetch: true }), undefined);
  });

  test("is asked of the remote anew, and fetched", async () => {
    const { repository, d } = merged();
    const clone = keep(aClone(repository));
    await using opened = await openRepository(clone.dir);
    assert.deepEqual(await opened.branchTip("main", { fetch: true }), { sha: d, from: "origin" });
    const newer = repository.commit({ f: "newer" });
    assert.equal((await opened.branchTip("main", { fetch: true }))?.sha, newer);
    assert.equal(await opened.isAncestor(d, newer), true);
    assert.equal(clone.git("rev-parse", "refs/remotes/origin/main"), newer);
  });

  test("is what is known here where the remote does not answer, which is said", async () => {
    const { repository, d } = merged();
    const clone = keep(aClone(repository));
    repository.remove();
    await using opened = await openRepository(clone.dir);
    const tip = await opened.branchTip("main", { fetch: true });
    assert.equal(tip?.sha, d);
    assert.match(tip?.fetchFailed ?? "", /repository/);
  });

  test("is the head that was pushed where that is ahead of what is known", async () => {
    const { repository, b, d } = merged();
    const clone = keep(aClone(repository));
    const pushed = clone.commit({ f: "pushed" });
    repository.remove();
    await using opened = await openRepository(clone.dir);
    assert.equal((await opened.branchTip("main", { fetch: true, knownHead: pushed }))?.sha, pushed);
    assert.equal((await opened.branchTip("main", { fetch: true, knownHead: b }))?.sha, d);
  });
});
