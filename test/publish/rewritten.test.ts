import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { annotationKeys } from "../../src/oci/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aClone, aRepository, type TestRepository } from "../support/git-repository.ts";
import { anImage } from "../support/images.ts";
import { keep } from "../support/keep.ts";
import { anApp } from "./app.ts";
import { outcomeOf, publish, tagsOf, withStore } from "./support.ts";

const short = (sha: string): string => sha.slice(0, 12);
const whyOf = (report: Awaited<ReturnType<typeof publish>>): string =>
  report.images[0]?.destinations[0]?.tags.find(({ tag }) => tag === "latest")?.why ?? "";

/** A remote whose branch was published at `lost`, then rewritten by a forced push to `found`. */
async function rewritten(to: string) {
  const { repository, first } = anApp();
  const remote = keep(aRepository({ bare: true }));
  repository.git("remote", "add", "origin", `file://${remote.dir}`);
  const lost = repository.commit({ a: "lost" });
  repository.git("push", "--quiet", "origin", "main");
  await publish({ repo: repository.dir, to: [to] });
  repository.git("reset", "--quiet", "--hard", first);
  const found = repository.commit({ a: "found" });
  repository.git("push", "--quiet", "--force", "origin", "main");
  return { repository, remote, first, lost, found, fresh: (...options: readonly string[]) => keep(aClone(remote, ...options)) };
}

/** Removes what no branch holds, as a forge does some day. */
function collect(remote: TestRepository): void {
  remote.git("reflog", "expire", "--expire=now", "--all");
  remote.git("gc", "--quiet", "--prune=now");
}

suite("a branch that was rewritten", () => {
  for (const [kind, options] of Object.entries({ whole: [], shallow: ["--depth=1"] })) {
    test(`is seen in a ${kind} clone of today, said in one line, and followed only where the policy is always`, async () => {
      await using registry = await anEmbeddedRegistry();
      const to = `${registry.served.host}/app`;
      const { lost, found, fresh } = await rewritten(to);
      const clone = fresh(...options);
      assert.throws(() => clone.git("cat-file", "-e", lost));
      const left = await publish({ repo: clone.dir, to: [to] });
      assert.deepEqual([left.exitCode, outcomeOf(left, "latest")], [0, "kept"]);
      const line = `main was rewritten: it no longer holds ${short(lost)}, which latest names; give --latest=always to let latest follow main`;
      assert.equal(whyOf(left), line);
      assert.equal(left.warnings.filter(({ text }) => text.includes(line)).length, 1);
      assert.equal(outcomeOf(await publish({ repo: clone.dir, to: [to], latest: "never" }), "latest"), "kept");
      assert.equal(outcomeOf(await publish({ repo: clone.dir, to: [to], latest: "adopt" }), "latest"), "kept");
      const followed = await publish({ repo: clone.dir, to: [to], latest: "always" });
      assert.equal(outcomeOf(followed, "latest"), "moved");
      assert.equal(whyOf(followed), `main was rewritten: it no longer holds ${short(lost)}, which latest named`);
      const tags = await tagsOf(to);
      assert.equal(tags["latest"], tags[found]);
    });
  }

  test("is followed, or its tag taken over, where the remote has forgotten the commit that latest names", async () => {
    for (const latest of ["always", "adopt"] as const) {
      await using registry = await anEmbeddedRegistry();
      const to = `${registry.served.host}/app`;
      const { remote, lost, fresh } = await rewritten(to);
      collect(remote);
      const clone = fresh();
      const left = await publish({ repo: clone.dir, to: [to] });
      assert.equal(outcomeOf(left, "latest"), "kept");
      assert.match(whyOf(left), new RegExp(`no longer holds ${short(lost)}.*--latest=always, or --latest=adopt`));
      assert.equal(outcomeOf(await publish({ repo: clone.dir, to: [to], latest }), "latest"), "adopted");
    }
  });

  test("does not take latest to a commit that it no longer holds, and says so", async () => {
    await using registry = await anEmbeddedRegistry();
    const to = `${registry.served.host}/app`;
    const { repository, remote, first, found } = await rewritten(to);
    // A run that was started for a push, and that a forced push has overtaken.
    const clone = keep(aClone(remote));
    repository.git("reset", "--quiet", "--hard", first);
    const other = repository.commit({ a: "other" });
    repository.git("push", "--quiet", "--force", "origin", "main");
    const before = (await tagsOf(to))["latest"];
    const environment = { commit: found, branch: "main", from: "GITHUB_SHA" };
    for (const latest of ["forward", "always"] as const) {
      const report = await publish({ repo: clone.dir, to: [to], environment, latest });
      assert.deepEqual([report.exitCode, outcomeOf(report, found)], [0, latest === "forward" ? "created" : "kept"]);
      assert.equal(whyOf(report), `main was rewritten: it no longer holds ${short(found)}, and is at ${short(other)} now`);
    }
    assert.equal((await tagsOf(to))["latest"], before);
  });

  test("is not meant where a commit was only not pushed yet", async () => {
    await using registry = await anEmbeddedRegistry();
    const to = `${registry.served.host}/app`;
    const { fresh } = await rewritten(to);
    const clone = fresh();
    const mine = clone.commit({ a: "mine" });
    const report = await publish({ repo: clone.dir, to: [to], latest: "always" });
    assert.equal(whyOf(report), `commit ${short(mine)} is not pushed to main yet`);
  });
});

suite("a latest whose label is no commit's name", () => {
  for (const label of ["v1.2.3", "--all", "+refs/heads/main:refs/heads/stolen", "HEAD"]) {
    test(`is left alone: ${label}`, async () => {
      await using registry = await anEmbeddedRegistry();
      const to = `${registry.served.host}/app`;
      const { remote, fresh } = await rewritten(to);
      const held = await withStore(to, (store) => anImage(store, { labels: { [annotationKeys.revision]: label }, tag: "latest" }));
      const clone = fresh();
      const report = await publish({ repo: clone.dir, to: [to] });
      assert.match(whyOf(report), /holds an image that names no commit; give --latest=adopt/);
      assert.equal((await tagsOf(to))["latest"], held.digest);
      assert.deepEqual(
        [remote, clone].map((one) => one.git("for-each-ref", "--format=%(refname)", "refs/heads")),
        ["refs/heads/main", "refs/heads/main"],
      );
    });
  }
});
