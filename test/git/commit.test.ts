import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { realpath, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { Failure } from "../../src/failure/index.ts";
import { openRepository, parseCommitSha } from "../../src/git/index.ts";
import { sourceLink } from "../../src/git/source.ts";
import { aFolder } from "../support/folder.ts";
import { aClone, aRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

const code =
  (expected: string, pattern: RegExp = /./) =>
  (thrown: unknown) => {
    assert.ok(thrown instanceof Failure);
    assert.equal(thrown.code, expected);
    assert.match(thrown.message, pattern);
    assert.ok(thrown.hint, "a hint");
    return true;
  };

suite("a commit", () => {
  test("is HEAD unless one is named", async () => {
    const repository = keep(aRepository());
    const first = repository.commit({ a: "1" }, "first\n\nbody");
    const second = repository.commit({ a: "2" }, "second");
    await using opened = await openRepository(repository.dir);
    assert.equal((await opened.commit()).sha, second);
    const commit = await opened.commit(first);
    assert.deepEqual([commit.sha, commit.subject, commit.parents], [first, "first", []]);
    assert.equal(commit.tree, repository.git("rev-parse", `${first}^{tree}`));
    assert.equal(commit.committedAt, Number(repository.git("show", "--no-patch", "--format=%ct", first)));
    assert.deepEqual((await opened.commit(second)).parents, [first]);
  });

  test("is found from a folder below the root, in a bare repository, detached, and with SHA-256", async () => {
    const repository = keep(aRepository());
    const sha = repository.commit({ "deep/er/file": "1" });
    {
      await using opened = await openRepository(join(repository.dir, "deep/er"));
      assert.equal((await opened.commit()).sha, sha);
      assert.equal(opened.root, repository.git("rev-parse", "--show-toplevel"));
    }
    repository.git("checkout", "--quiet", "--detach");
    {
      await using opened = await openRepository(repository.dir);
      assert.equal((await opened.commit()).sha, sha);
    }
    await using bare = await openRepository(keep(aClone(repository, "--bare")).dir);
    assert.equal((await bare.commit()).sha, sha);
    const long = keep(aRepository({ objectFormat: "sha256" }));
    const name = long.commit({ a: "1" });
    await using opened = await openRepository(long.dir);
    assert.equal(name.length, 64);
    assert.equal((await opened.commit(name)).sha, name);
    await assert.rejects(opened.commit(name.slice(0, 40)), code("COMMIT_ABBREVIATED"));
  });

  test("has its root where git sees it: through links, in a work tree of its own, and in the git folder itself", async () => {
    const repository = keep(aRepository());
    repository.commit({ "deep/er/file": "1" });
    await using folder = await aFolder();
    const root = repository.git("rev-parse", "--show-toplevel");
    const rootFrom = async (dir: string): Promise<string> => {
      await using opened = await openRepository(dir);
      return opened.root;
    };
    await symlink(join(repository.dir, "deep/er"), join(folder.path, "link"));
    assert.equal(await rootFrom(join(folder.path, "link")), root);
    await symlink(repository.dir, join(folder.path, "whole"));
    assert.equal(await rootFrom(join(folder.path, "whole/deep")), root);
    repository.git("worktree", "add", "--quiet", "--detach", join(folder.path, "other"));
    assert.equal(await rootFrom(join(folder.path, "other/deep")), await realpath(join(folder.path, "other")));
    assert.equal(await rootFrom(join(repository.dir, ".git")), join(repository.dir, ".git"));
  });

  test("that is not there is named, with what to do", async () => {
    const repository = keep(aRepository());
    repository.commit({ a: "1" });
    await using opened = await openRepository(repository.dir);
    await assert.rejects(opened.commit("0".repeat(40)), code("COMMIT_UNKNOWN", /0{40}/));
    await assert.rejects(opened.commit("main"), code("COMMIT_UNKNOWN", /not a commit's full object name/));
    await assert.rejects(opened.commit("abc1234"), code("COMMIT_ABBREVIATED", /7 of its 40/));
  });

  test("that only the remote has is fetched, into a shallow clone too", async () => {
    const repository = keep(aRepository());
    const first = repository.commit({ a: "1" });
    const second = repository.commit({ a: "2" });
    await using shallow = await openRepository(keep(aClone(repository, "--depth=1")).dir);
    assert.equal((await shallow.commit()).sha, second);
    assert.equal((await shallow.commit(first)).sha, first);
  });

  test("is needed: a new repository has none", async () => {
    await using opened = await openRepository(keep(aRepository()).dir);
    await assert.rejects(opened.commit(), code("COMMIT_UNKNOWN", /no commit yet/));
  });
});

suite("a folder", () => {
  test("must be in a repository", async () => {
    const dir = mkdtempSync(join(tmpdir(), "waybill-none-"));
    try {
      await assert.rejects(openRepository(dir), code("NOT_A_REPOSITORY"));
      await assert.rejects(openRepository(join(dir, "missing")), code("NOT_A_REPOSITORY", /no folder/));
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test("is not taken from the environment", async () => {
    const [one, other] = [keep(aRepository()), keep(aRepository())];
    const sha = one.commit({ a: "one" });
    other.commit({ a: "other" });
    process.env["GIT_DIR"] = join(other.dir, ".git");
    try {
      await using opened = await openRepository(one.dir);
      assert.equal((await opened.commit()).sha, sha);
    } finally {
      delete process.env["GIT_DIR"];
    }
  });
});

suite("a commit's name", () => {
  test("has all its digits", () => {
    assert.equal(parseCommitSha("A".repeat(40)), "a".repeat(40));
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          assert.match(parseCommitSha(text), /^([0-9a-f]{40}|[0-9a-f]{64})$/);
        } catch (thrown) {
          assert.ok(thrown instanceof Failure);
        }
      }),
    );
  });
});

suite("local edits", () => {
  test("are listed, new files too", async () => {
    const repository = keep(aRepository());
    repository.commit({ a: "1", b: "1" });
    await using opened = await openRepository(repository.dir);
    assert.deepEqual(await opened.changes(), []);
    repository.write({ a: "2", "new file": "1" });
    assert.deepEqual(await opened.changes(), ["a", "new file"]);
  });
});

suite("the source's link", () => {
  test("is one for every way to write a remote, without credentials", () => {
    const same = [
      "https://github.com/o/r",
      "https://github.com/o/r.git",
      "https://user:secret@github.com/o/r.git/",
      "git@github.com:o/r.git",
      "ssh://git@github.com:22/o/r",
      "git://GitHub.com/o/r",
    ];
    for (const url of same) assert.equal(sourceLink(url), "https://github.com/o/r", url);
    assert.equal(sourceLink("https://git.example:8443/group/sub/r.git"), "https://git.example:8443/group/sub/r");
    for (const url of ["", "/srv/git/r.git", "../r", "file:///srv/r", "C:/r"]) assert.equal(sourceLink(url), undefined, url);
  });
});
