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
    // The history of d is here whole, so that what is not here is not in it.
    assert.equal(await opened.isAncestor("0".repeat(40), d), false);
    assert.equal(await opened.isAncestor(d, "0".repeat(40)), "unknown");
    assert.deepEqual(await opened.firstParentsSince(a, d), [d, m, b]);
    // What was listed is answered from that, and all else as before.
    assert.deepEqual(await opened.ancestors(d, 2), [m, b]);
    for (const [one, first] of [
      [m, true],
      [b, true],
      [a, true],
      [side, false],
    ] as const) {
      assert.equal(await opened.isAncestor(one, d), true, one);
      assert.equal(await opened.isFirstParentAncestor(one, d), first, one);
    }
    assert.equal(await opened.isAncestor(d, m), false);
    assert.deepEqual(await opened.firstParentsSince(d, d), []);
  });

  test("is fetched where a shallow clone ends too early, without the files' content", async () => {
    const { repository, a, d } = merged();
    const clone = keep(aClone(repository, "--depth=1"));
    await using opened = await openRepository(clone.dir);
    assert.equal(await opened.isFirstParentAncestor(a, d), true);
    assert.match(clone.git("rev-list", "--objects", "--all", "--missing=print"), /^\?/m);
  });

  test("is fetched only as far back as some ancestors are, and whole where a question needs it", async () => {
    const repository = keep(aRepository());
    const shas = Array.from({ length: 12 }, (_, index) => repository.commit({ f: String(index) }));
    const clone = keep(aClone(repository, "--depth=1"));
    const depth = (): number => clone.git("rev-list", "HEAD").split("\n").length;
    await using opened = await openRepository(clone.dir);
    const head = shas.at(-1) ?? "";
    assert.deepEqual(await opened.ancestors(head, 3), shas.slice(8, 11).toReversed());
    assert.equal(depth(), 4);
    assert.deepEqual(await opened.ancestors(head, 3), shas.slice(8, 11).toReversed());
    assert.equal(depth(), 4);
    assert.equal(await opened.isAncestor(shas[0] ?? "", head), true);
    assert.equal(depth(), 12);
    assert.deepEqual(await opened.ancestors(head, 50), shas.slice(0, 11).toReversed());
  });

  test("ends where it ends: a clone that has all of few ancestors is not deepened for more, nor twice", async () => {
    const repository = keep(aRepository());
    const [first = "", second = ""] = [repository.commit({ f: "1" }), repository.commit({ f: "2" })];
    const clone = keep(aClone(repository, "--depth=1"));
    await using opened = await openRepository(clone.dir);
    assert.deepEqual(await opened.ancestors(second, 50), [first]);
    // The clone is whole now; what is not here is fetched by its name.
    const newer = repository.commit({ f: "3" });
    assert.equal(await opened.isAncestor(second, newer), true);
    assert.equal(await opened.isAncestor(newer, second), false);
  });

  test("of a commit that a forced push took away is fetched by its name, as long as the remote has it", async () => {
    const repository = keep(aRepository());
    const first = repository.commit({ f: "1" });
    const lost = repository.commit({ f: "lost" });
    repository.git("reset", "--quiet", "--hard", first);
    const found = repository.commit({ f: "found" });
    for (const options of [[], ["--depth=1"]]) {
      const clone = keep(aClone(repository, ...options));
      await using opened = await openRepository(clone.dir);
      assert.equal(await opened.isAncestor(lost, found), false);
      assert.equal(await opened.isAncestor(found, lost), false);
      assert.equal(await opened.isAncestor(first, lost), true);
    }
  });

  test("is not asked of git for what is no commit's full name", async () => {
    const { repository, d } = merged();
    await using opened = await openRepository(repository.dir);
    for (const name of ["HEAD", "--all", "main", "+refs/heads/main:refs/heads/x", ""]) {
      assert.equal(await opened.isAncestor(name, d), false);
      assert.equal(await opened.isAncestor(d, name), "unknown");
    }
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

  test("is asked for several destinations at once, and fetched by one after the other: git has one lock for it", async () => {
    const { repository, a } = merged();
    const clone = keep(aClone(repository, "--depth=1"));
    await using opened = await openRepository(clone.dir);
    for (const round of [1, 2, 3]) {
      const newer = repository.commit({ f: `newer ${round}` });
      const [ancestor, ...tips] = await Promise.all([
        opened.isAncestor(a, newer),
        ...Array.from({ length: 8 }, () => opened.branchTip("main", { fetch: true })),
      ]);
      assert.deepEqual(
        tips.map((tip) => [tip?.sha, tip?.fetchFailed]),
        tips.map(() => [newer, undefined]),
      );
      assert.equal(ancestor, true);
    }
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
