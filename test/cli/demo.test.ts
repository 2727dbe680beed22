import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { pathToFileURL } from "node:url";
import { waybill } from "../support/cli.ts";
import { aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

/** A repository with the examples of this one, in its first commit. */
function withExamples(): TestRepository {
  const repository = aRepository();
  keep(repository);
  cpSync(join(import.meta.dirname, "../../examples"), join(repository.dir, "examples"), { recursive: true });
  repository.git("add", "examples");
  repository.commit({ README: "one" });
  return repository;
}

/** What the demo must have shown, whatever it ran in. */
function assertShown(run: { readonly out: string; readonly said: string; readonly exitCode: number | null }, head?: string): void {
  assert.equal(run.exitCode, 0, run.said);
  if (head !== undefined) assert.match(run.out, new RegExp(`1\\. publish examples/hello from commit ${head}`));
  assert.match(run.out, /:latest created[\s\S]*2\. [\s\S]*kept[\s\S]*3\. [\s\S]*:latest kept \(latest names [0-9a-f]{12}, which is newer/);
  assert.match(run.out, /4\. [\s\S]*exit 3: the image does not pass its checks, so no tag was written/);
  assert.match(run.out, /npx waybill publish --repo PATH --to HOST\/REPOSITORY/);
}

suite("the demo", () => {
  test("publishes HEAD and its parent, whatever was edited since", async () => {
    const repository = withExamples();
    const head = repository.commit({ README: "two" });
    repository.write({ README: "edited", "examples/hello/Dockerfile": "FROM nothing-of-the-kind" });
    assertShown(await waybill(["demo"], { cwd: repository.dir }), head);
    assert.match(repository.git("status", "--porcelain"), /README/);
  });

  test("adds a commit of its own to a repository of one commit, in its clone, and says so", async () => {
    const repository = withExamples();
    const head = repository.git("rev-parse", "HEAD");
    const run = await waybill(["demo"], { cwd: repository.dir });
    assertShown(run);
    assert.match(run.said, /HEAD has no parent, so the demo added a commit of its own/);
    assert.equal(repository.git("rev-parse", "HEAD"), head);
  });

  test("works in a shallow and detached checkout, which it leaves shallow", async () => {
    const repository = withExamples();
    repository.commit({ README: "two" });
    const dir = mkdtempSync(join(tmpdir(), "waybill-shallow-"));
    keep({ remove: () => rmSync(dir, { recursive: true }) });
    repository.git("clone", "--quiet", "--depth", "1", pathToFileURL(repository.dir).href, dir);
    repository.git("-C", dir, "checkout", "--quiet", "--detach");
    const run = await waybill(["demo"], { cwd: dir });
    assertShown(run);
    assert.match(run.said, /HEAD's parent is not here or has no example, so the demo added a commit/);
    assert.equal(repository.git("-C", dir, "rev-list", "--count", "HEAD"), "1");
  });

  test("outside of a checkout with the examples says what to do instead", async () => {
    const repository = aRepository();
    keep(repository);
    repository.commit({ README: "one" });
    const run = await waybill(["demo"], { cwd: repository.dir });
    assert.match(run.said, /has no examples\/hello[\s\S]*hint: Run the demo in a checkout of waybill/);
    assert.equal(run.exitCode, 2);
  });
});
