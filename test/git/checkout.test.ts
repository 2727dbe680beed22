import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { openCheckout } from "../../src/git/index.ts";
import { aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

/** Paths of a checkout with their contents. */
async function filesOf(repository: TestRepository, dir = "."): Promise<Readonly<Record<string, string>>> {
  await using checkout = await openCheckout(repository.dir);
  const files = checkout.repository.tree(checkout.tree, dir);
  const found: Record<string, string> = {};
  for (const entry of await (await files).entries()) {
    if (entry.kind === "directory") continue;
    const content =
      entry.kind === "symlink" ? entry.target : Buffer.concat(await Array.fromAsync((await (await files).open(entry.path)).open()));
    found[entry.path] = `${content}${entry.kind === "file" && entry.mode === 0o755 ? " (may be executed)" : ""}`;
  }
  return found;
}

/** All objects of a repository, and its index. */
const stored = (repository: TestRepository): readonly string[] => [
  ...readdirSync(join(repository.dir, ".git/objects"), { recursive: true }).map(String),
  repository.git("ls-files", "--stage"),
];

suite("a checkout", () => {
  test("is what a commit of everything would hold, and leaves the repository as it is", async () => {
    const repository = keep(aRepository());
    repository.commit({ "a.txt": "a", "b/gone": "x", "b/c": "c", ".gitignore": "*.log\n", kept: "kept" });
    repository.write({
      "a.txt": "edited",
      "new.sh": { content: "#!/bin/sh", executable: true },
      "b/link": { symlink: "c" },
      "x.log": "ignored",
    });
    rmSync(join(repository.dir, "b/gone"));
    const before = stored(repository);
    assert.deepEqual(await filesOf(repository), {
      ".gitignore": "*.log\n",
      "a.txt": "edited",
      "b/c": "c",
      "b/link": "c",
      kept: "kept",
      "new.sh": "#!/bin/sh (may be executed)",
    });
    assert.deepEqual(await filesOf(repository, "b"), { c: "c", link: "c" });
    assert.deepEqual(stored(repository), before);
  });

  test("is the commit's own tree where nothing was edited, also after edits were committed", async () => {
    const repository = keep(aRepository());
    repository.commit({ "a.txt": "a" });
    const look = async () => {
      await using checkout = await openCheckout(repository.dir);
      return [checkout.dirty, checkout.tree];
    };
    assert.deepEqual(await look(), [false, repository.git("rev-parse", "HEAD^{tree}")]);
    repository.write({ "a.txt": "edited" });
    const [dirty, tree] = await look();
    assert.equal(dirty, true);
    repository.commit({});
    assert.deepEqual(await look(), [false, tree]);
  });

  test("holds large files that are new", async () => {
    const repository = keep(aRepository());
    repository.commit({ "a.txt": "a" });
    repository.write({ large: "x".repeat(6 * 1024 * 1024) });
    assert.equal((await filesOf(repository))["large"]?.length, 6 * 1024 * 1024);
  });

  test("holds edits as a checkout of them would: line ends that attributes convert", async () => {
    const repository = keep(aRepository());
    repository.commit({ ".gitattributes": "*.bat text eol=crlf\n", "a.bat": "one\r\n" });
    repository.write({ "a.bat": "two\r\n" });
    assert.equal((await filesOf(repository))["a.bat"], "two\r\n");
  });

  test("is found from a folder below, and from a work tree of its own", async () => {
    const repository = keep(aRepository());
    repository.commit({ "b/c": "c" });
    const other = join(repository.dir, "other");
    repository.git("worktree", "add", "--quiet", "--detach", other);
    repository.write({ "other/b/c": "edited there" });
    await using checkout = await openCheckout(join(other, "b"));
    assert.equal(checkout.dirty, true);
    assert.equal(checkout.repository.root, other);
  });

  test("needs a checkout, and a commit", async () => {
    const code = (wanted: string) => (thrown: unknown) => thrown instanceof Failure && thrown.code === wanted;
    await assert.rejects(openCheckout(keep(aRepository({ bare: true })).dir), code("NOT_A_REPOSITORY"));
    await assert.rejects(openCheckout(keep(aRepository()).dir), code("COMMIT_UNKNOWN"));
  });
});
