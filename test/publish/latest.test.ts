import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aClone } from "../support/git-repository.ts";
import { anImage } from "../support/images.ts";
import { keep } from "../support/keep.ts";
import { anApp } from "./app.ts";
import { outcomeOf, publish, tagsOf, withStore } from "./support.ts";

/** Why latest is where it is, at the first destination. */
const why = (report: Awaited<ReturnType<typeof publish>>): string =>
  report.images[0]?.destinations[0]?.tags.find(({ tag }) => tag === "latest")?.why ?? "";

suite("latest", () => {
  test("moves forward with the branch, and never back", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const second = repository.commit({ a: "2" });
    const third = repository.commit({ a: "3" });
    const to = `${registry.served.host}/app`;
    const run = async (commit: string) => await publish({ repo: repository.dir, to: [to], commit });
    assert.equal(outcomeOf(await run(second), "latest"), "created");
    const back = await run(first);
    assert.equal(outcomeOf(back, "latest"), "kept");
    assert.match(why(back), new RegExp(`names ${second.slice(0, 12)}, which is newer than ${first.slice(0, 12)}`));
    assert.equal(outcomeOf(await run(third), "latest"), "moved");
    const tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[third]);
    assert.equal(Object.keys(tags).length, 4);
  });

  test("does not move for a commit of another branch, nor for one that a merge brought", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    repository.git("checkout", "--quiet", "-b", "topic");
    const topic = repository.commit({ t: "1" });
    const to = `${registry.served.host}/app`;
    const before = await publish({ repo: repository.dir, to: [to], commit: topic });
    assert.equal(outcomeOf(before, topic), "created");
    assert.deepEqual(Object.keys(await tagsOf(to)), [topic]);
    repository.git("checkout", "--quiet", "main");
    repository.git("merge", "--quiet", "--no-ff", "-m", "merge", "topic");
    const merge = repository.git("rev-parse", "HEAD");
    await publish({ repo: repository.dir, to: [to], commit: first });
    const after_ = await publish({ repo: repository.dir, to: [to], commit: topic });
    assert.equal(outcomeOf(after_, "latest"), "kept");
    assert.match(why(after_), /is not on main/);
    assert.equal(outcomeOf(await publish({ repo: repository.dir, to: [to], commit: merge }), "latest"), "moved");
  });

  test("is judged by the remote's branch, freshly fetched", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const clone = aClone(repository);
    keep(clone);
    // A rewritten branch upstream: the commit that is published is no longer on it.
    repository.git("checkout", "--quiet", "--orphan", "other");
    repository.commit({ b: "1" });
    repository.git("branch", "--quiet", "--force", "main", "other");
    const to = `${registry.served.host}/app`;
    const report = await publish({ repo: clone.dir, to: [to], commit: first });
    assert.deepEqual(Object.keys(await tagsOf(to)), [first]);
    assert.equal(report.exitCode, 0);
  });

  test("stays where the branch was rewritten, and follows it where that is asked for", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const lost = repository.commit({ a: "lost" });
    const to = `${registry.served.host}/app`;
    await publish({ repo: repository.dir, to: [to], commit: lost });
    repository.git("reset", "--quiet", "--hard", first);
    const found = repository.commit({ a: "found" });
    const left = await publish({ repo: repository.dir, to: [to] });
    assert.equal(outcomeOf(left, "latest"), "kept");
    assert.match(
      why(left),
      new RegExp(`main was rewritten: it no longer holds ${lost.slice(0, 12)}, which latest names; give --latest=always`),
    );
    const followed = await publish({ repo: repository.dir, to: [to], latest: "always" });
    assert.equal(outcomeOf(followed, "latest"), "moved");
    const tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[found]);
    // Not back to what the commit descends from.
    assert.equal(outcomeOf(await publish({ repo: repository.dir, to: [to], commit: first, latest: "always" }), "latest"), "kept");
    const config = "tags: { latest: { policy: always } }\n";
    repository.git("reset", "--quiet", "--hard", first);
    repository.commit({ a: "third" });
    assert.equal(outcomeOf(await publish({ repo: repository.dir, to: [to], config }), "latest"), "moved");
  });

  test("that names no commit is left with a warning, and taken over where that is asked for", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = `${registry.served.host}/app`;
    const held = await withStore(to, async (store) => await anImage(store, { tag: "latest" }));
    const left = await publish({ repo: repository.dir, to: [to] });
    assert.deepEqual([left.exitCode, outcomeOf(left, "latest")], [0, "kept"]);
    assert.match(left.warnings.map(({ text }) => text).join("\n"), /names no commit; give --latest=adopt/);
    assert.equal((await tagsOf(to))["latest"], held.digest);
    const taken = await publish({ repo: repository.dir, to: [to], latest: "adopt" });
    assert.equal(outcomeOf(taken, "latest"), "adopted");
    const tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[first]);
  });

  test("stays where its policy is never, and that is said", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = `${registry.served.host}/app`;
    await publish({ repo: repository.dir, to: [to] });
    const before = (await tagsOf(to))["latest"];
    repository.commit({ a: "2" });
    const report = await publish({ repo: repository.dir, to: [to], config: "tags: { latest: { policy: never } }\n" });
    assert.deepEqual([report.exitCode, outcomeOf(report, "latest"), why(report)], [0, "kept", "its policy is never"]);
    repository.commit({ a: "3" });
    assert.equal(outcomeOf(await publish({ repo: repository.dir, to: [to], latest: "never" }), "latest"), "kept");
    assert.equal((await tagsOf(to))["latest"], before);
    assert.equal(before, (await tagsOf(to))[first]);
  });

  test("is left alone where that is asked for", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = `${registry.served.host}/app`;
    await publish({ repo: repository.dir, to: [to], latest: false });
    assert.deepEqual(Object.keys(await tagsOf(to)), [first]);
  });

  test("ends at the newest commit however publishers race", async () => {
    await using registry = await anEmbeddedRegistry({ immutable: true, mutableTags: ["latest"] });
    const { repository, first } = anApp();
    const commits = [first, ...Array.from({ length: 5 }, (_, index) => repository.commit({ a: String(index) }))];
    const newest = commits.at(-1) ?? "";
    const to = `${registry.served.host}/app`;
    const shuffled = commits.toSorted((a, b) => (a < b ? -1 : 1));
    const reports = await Promise.all(shuffled.map((commit) => publish({ repo: repository.dir, to: [to], commit })));
    assert.deepEqual(
      reports.map(({ exitCode }) => exitCode),
      commits.map(() => 0),
    );
    const tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[newest]);
    assert.equal(Object.keys(tags).length, commits.length + 1);
  });
});

suite("the release tag", () => {
  test("is one image's, however many publish the commit at once", async () => {
    await using registry = await anEmbeddedRegistry({ immutable: true, mutableTags: ["latest"] });
    const { repository, first } = anApp();
    const [one, two] = [`${registry.served.host}/one`, `${registry.served.host}/two`];
    // Each has an environment variable of its own in the stamp, so that their digests differ.
    const config = (value: string): string => `
image: app
build: { stamp: { env: { PUBLISHER: "${value}" } } }
destinations:
  - { registry: "${registry.served.host}", repository: one }
  - { registry: "${registry.served.host}", repository: two }
`;
    const reports = await Promise.all(["a", "b", "c", "d"].map((value) => publish({ repo: repository.dir, config: config(value) })));
    assert.deepEqual(
      reports.map(({ exitCode, failures }) => [exitCode, failures]),
      reports.map(() => [0, []]),
    );
    const [tags, others] = [await tagsOf(one), await tagsOf(two)];
    assert.deepEqual(tags, others);
    assert.deepEqual(new Set(reports.map((report) => report.images[0]?.digest)), new Set([tags[first]]));
  });
});
