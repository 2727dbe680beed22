import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { openRepository } from "../../src/git/index.ts";
import { aClone, aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

/** The commit's branch, and whether git was started to list those that contain it. */
async function asked(
  { dir }: TestRepository,
  sha: string,
  ...candidates: readonly string[]
): Promise<readonly [string | undefined, boolean]> {
  await using opened = await openRepository(dir);
  const trace = join(dir, ".git/trace");
  writeFileSync(trace, "");
  process.env["GIT_TRACE"] = trace;
  try {
    const branch = await opened.branchOf(sha, candidates);
    return [branch, readFileSync(trace, "utf8").includes("for-each-ref")];
  } finally {
    delete process.env["GIT_TRACE"];
  }
}

/** Two commits on main. */
function two() {
  const repository = keep(aRepository());
  return { repository, older: repository.commit({ f: "1" }), newer: repository.commit({ f: "2" }) };
}

suite("the branch of a commit", () => {
  test("takes no process to see where the commit is the first candidate's tip, here or at the remote", async () => {
    const { repository, older, newer } = two();
    assert.deepEqual(await asked(repository, newer, "main"), ["main", false]);
    assert.deepEqual(await asked(repository, newer, "main", "release/*"), ["main", false]);
    repository.git("branch", "release/1.0_x-y", older);
    assert.deepEqual(await asked(repository, older, "release/1.0_x-y", "main"), ["release/1.0_x-y", false]);
    const clone = keep(aClone(repository));
    clone.git("checkout", "--quiet", "--detach", older);
    clone.git("branch", "--quiet", "-D", "main");
    assert.deepEqual(await asked(clone, newer, "main"), ["main", false]);
    // The local branch is ahead of the remote's.
    clone.git("checkout", "--quiet", "-b", "main", newer);
    assert.deepEqual(await asked(clone, clone.commit({ f: "3" }), "main"), ["main", false]);
    assert.deepEqual(await asked(clone, newer, "main"), ["main", false]);
    repository.git("pack-refs", "--all");
    assert.deepEqual(await asked(repository, newer, "main"), ["main", false]);
  });

  test("is looked for among all that contain it where the commit is no tip of the first", async () => {
    const { repository, older, newer } = two();
    repository.git("branch", "old", older);
    assert.deepEqual(await asked(repository, older, "main"), ["main", true]);
    assert.deepEqual(await asked(repository, older, "main", "old"), ["main", true]);
    assert.deepEqual(await asked(repository, newer, "old", "main"), ["main", true]);
    assert.deepEqual(await asked(repository, newer, "none"), [undefined, true]);
    assert.deepEqual(await asked(repository, newer, "ma*", "main"), ["main", true]);
    assert.deepEqual(await asked(repository, newer), [undefined, false]);
  });

  test("is no branch that git takes a name for which is something else", async () => {
    const { repository, newer } = two();
    const named = (name: string): string => repository.git("rev-parse", name);
    repository.git("tag", "tagged");
    assert.deepEqual(await asked(repository, newer, "tagged"), [undefined, true]);
    for (const [index, ref] of ["refs/tags/*", "refs/*", "refs/heads/*", "refs/remotes/*", "refs/remotes/*/HEAD"].entries()) {
      repository.git("update-ref", ref.replace("*", `refs/heads/taken${index}`), newer);
      assert.equal(named(`refs/heads/taken${index}`), newer);
      assert.deepEqual(await asked(repository, newer, `taken${index}`), [undefined, true]);
      // A branch of that name is one nevertheless.
      repository.git("update-ref", `refs/heads/taken${index}`, newer);
      assert.deepEqual(await asked(repository, newer, `taken${index}`), [`taken${index}`, true]);
    }
    const described = `none-g${newer.slice(0, 10)}`;
    assert.equal(named(`refs/heads/${described}`), newer);
    assert.deepEqual(await asked(repository, newer, described), [undefined, true]);
    repository.git("branch", described);
    assert.deepEqual(await asked(repository, newer, described), [described, true]);
    writeFileSync(join(repository.dir, ".git/refs/heads/none.lock"), `${newer}\n`);
    assert.deepEqual(await asked(repository, newer, "none.lock"), [undefined, true]);
    repository.git("update-ref", "refs/heads/HEAD", newer);
    repository.git("update-ref", "refs/heads/deep/HEAD", newer);
    for (const name of ["HEAD", "deep/HEAD"]) assert.deepEqual(await asked(repository, newer, name), [undefined, true]);
  });

  test("is none that an expression leads to", async () => {
    const { repository, older, newer } = two();
    for (const name of ["main^0", "main~0", "main@{0}", "main^{commit}", "main^{/.}", "main^{commit}^{commit}", "main:", "../heads/main"])
      assert.deepEqual(await asked(repository, newer, name), [undefined, true], name);
    for (const name of ["main~1", "main^", "main\n", " main", "main ", "main\0", "main/", "/main", "main..main", "", ".", "@", "./main"])
      for (const sha of [older, newer]) assert.deepEqual(await asked(repository, sha, name), [undefined, true], JSON.stringify(name));
    // Names that git allows have their branches, however they are found.
    for (const name of ["a@b", "ünï", "a+b", "a.lock.d"]) {
      repository.git("branch", name);
      assert.equal((await asked(repository, newer, name))[0], name);
    }
    assert.deepEqual(await asked(repository, "main", "main").catch(() => undefined), ["main", true]);
  });
});
