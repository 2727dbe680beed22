import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runGit } from "../support/git-repository.ts";
import { aStage, type Stage, type StageEvent } from "./support/act-stage.ts";
import { aReleasing, type Releasing, token } from "./support/releasing.ts";
import { type ProgramRun, runProgram } from "./support/run.ts";

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
const { version } = manifest;

suite("the ci workflow, run with act", { concurrency: false, timeout: 900_000 }, () => {
  let stage: Stage;
  let releasing: Releasing;
  let main: string;

  before(async () => {
    stage = await aStage();
    releasing = await aReleasing(stage.dir);
    // All checks take an hour, and all tests minutes on each Node: what is run here are some of them, by the same commands.
    const kept = /^test\/(?:oci|support)\//;
    const tests = runGit(stage.work, ["ls-files", "test"]).split("\n");
    runGit(stage.work, ["rm", "--quiet", ...tests.filter((path) => !kept.test(path))]);
    main = await stage.commit("main", { ".ci/run": 'set -e\n[ "$CI" = true ]\necho "checked from Node $(node -p process.version)"\n' });
  });
  after(async () => {
    await releasing[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
  });

  const run = async (event: StageEvent, ...argv: readonly string[]): Promise<ProgramRun> => {
    const { env, programs } = releasing;
    const done = await stage.run("ci.yaml", event, { env, programs }, ...token, ...argv);
    for (const secret of [stage.session.basic.password, "an-identity", "a-token-for-one-package"])
      assert.equal((done.out + done.said).includes(secret), false);
    return done;
  };
  const succeeded = ({ out }: ProgramRun): readonly string[] =>
    [...new Set([...out.matchAll(/^\[ci\/(.+?) *\] .*Job succeeded/gm)].map(([, job = ""]) => job.replace(/-\d+$/, "")))].sort();
  const checks = ["action", "check", "test on Node 22", "test on Node 24", "test on Node 26"];
  // A release waits for all checks; that they run on every Node is seen where the workflow is run for a pull request.
  const briefly = ["--matrix", "node:24"];
  const assertChecked = (done: ProgramRun, ...nodes: readonly number[]): void => {
    assert.equal(done.exitCode, 0, done.out + done.said);
    assert.match(done.out, /checked from Node v/);
    for (const node of nodes) assert.match(done.out, new RegExp(`tests run on Node v${node}\\.`));
    assert.match(done.out, /valid: linux\/amd64/);
  };
  /** Tags a commit, pushes the tag, and runs the workflow for it. */
  const tagged = async (tag: string, sha: string, ...argv: readonly string[]): Promise<ProgramRun> => {
    runGit(stage.work, ["tag", "--force", tag, sha]);
    runGit(stage.work, ["push", "--quiet", "--force", "origin", `refs/tags/${tag}`]);
    return await run({ event: "push", ref: `refs/tags/${tag}`, sha }, ...briefly, ...argv);
  };
  const commitOf = async (branch: string, next: string): Promise<string> =>
    await stage.commit(branch, { "package.json": JSON.stringify({ ...manifest, version: next }) });

  test("a pull request is checked on every Node, and its action publishes the head and not the merge commit", async () => {
    const head = await stage.commit("topic", { "note.txt": "topic" });
    runGit(stage.work, ["switch", "--quiet", "--detach", "origin/main"]);
    runGit(stage.work, ["merge", "--quiet", "--no-ff", "--message=merge", "topic"]);
    const merge = runGit(stage.work, ["rev-parse", "HEAD"]);
    runGit(stage.work, ["push", "--quiet", "origin", "HEAD:refs/pull/7/merge", "topic:refs/pull/7/head"]);
    const pull = { number: 7, head: { ref: "topic", sha: head }, base: { ref: "main", sha: main } };
    const done = await run({ event: "pull_request", ref: "refs/pull/7/merge", sha: merge, payload: { number: 7, pull_request: pull } });
    assertChecked(done, 22, 24, 26);
    assert.deepEqual(succeeded(done), checks);
    assert.match(done.out, new RegExp(`DOCKER_IMAGE_URI=127\\.0\\.0\\.1:\\d+/demo/hello:${head}`));
    assert.match(done.out, new RegExp(`its head ${head.slice(0, 12)} is meant, not the merge commit ${merge.slice(0, 12)}`));
    assert.equal(await stage.digest(head), undefined);
  });

  test("a push to main is checked, and neither publishes nor releases", async () => {
    const done = await run({ event: "push", ref: "refs/heads/main", sha: main }, ...briefly);
    assertChecked(done, 24);
    assert.deepEqual(succeeded(done), ["action", "check", "test on Node 24"]);
    assert.match(done.out, new RegExp(`demo/hello:${main}`));
    assert.deepEqual([await stage.digest(main), releasing.npm.length, releasing.releases.length], [undefined, 0, 0]);
  });

  test("a version tag gives the published image the version, and releases package and notes", async () => {
    const published = await stage.call("push", "main", main);
    assert.equal(published.exitCode, 0, published.out + published.said);
    const digest = await stage.digest(main);
    const done = await tagged(`v${version}`, main);
    assertChecked(done, 24);
    assert.deepEqual(succeeded(done), ["action", "check", "release", "test on Node 24"]);
    assert.ok(digest);
    assert.equal(await stage.digest(`v${version}`), digest);
    assert.equal(await stage.digest("latest"), digest);
    assert.doesNotMatch(done.out, /\[ci\/release.*built with/);
    assert.deepEqual(releasing.published, [["publish", "--provenance", "--access", "public", "--tag", "latest"]]);
    assert.deepEqual(
      releasing.npm.map(({ name, access, versions, "dist-tags": tags }) => ({ name, access, versions: Object.keys(versions), tags })),
      [{ name: "waybill", access: "public", versions: [version], tags: { latest: version } }],
    );
    const [sent] = Object.values(releasing.npm[0]?._attachments ?? {});
    const listed = await runProgram("tar", ["-tz"], { input: Buffer.from(sent?.data ?? "", "base64") });
    for (const file of ["package/bin/waybill.js", "package/dist/cli.js", "package/package.json"])
      assert.ok(listed.out.includes(file), file);
    assert.deepEqual(releasing.releases, [
      { tag_name: `v${version}`, name: `v${version}`, draft: false, prerelease: false, generate_release_notes: true },
    ]);
  });

  test("running the release again changes nothing", async () => {
    const digest = await stage.digest(`v${version}`);
    const done = await tagged(`v${version}`, main);
    assert.equal(done.exitCode, 0, done.out + done.said);
    assert.equal(await stage.digest(`v${version}`), digest);
    assert.deepEqual([releasing.published.length, releasing.npm.length, releasing.releases.length], [1, 1, 1]);
  });

  test("a prerelease that was pushed together with its branch waits for the branch's image", async () => {
    const sha = await commitOf("main", "9.0.0-rc.1");
    const releasingRun = tagged("v9.0.0-rc.1", sha);
    const looked = (): boolean => stage.registry.events.some((event) => JSON.stringify(event).includes(sha));
    const ended = releasingRun.then(() => true);
    while (!looked() && !(await Promise.race([ended, sleep(100, false)])));
    const published = await stage.call("push", "main", sha);
    const done = await releasingRun;
    assert.equal(published.exitCode, 0, published.out + published.said);
    assert.equal(done.exitCode, 0, done.out + done.said);
    assert.match(done.out, new RegExp(`waiting for the image of ${sha}`));
    assert.doesNotMatch(done.out, /\[ci\/release.*built with/);
    const digest = await stage.digest(sha);
    assert.ok(digest);
    assert.equal(await stage.digest("v9.0.0-rc.1"), digest);
    assert.deepEqual(releasing.npm.at(-1)?.["dist-tags"], { next: "9.0.0-rc.1" });
    assert.equal(releasing.releases.at(-1)?.prerelease, true);
  });

  test("a version of a commit that no branch publishes is published after the deadline, by the same path", async () => {
    const latest = await stage.digest("latest");
    const sha = await commitOf("hotfix", "9.0.1");
    const done = await tagged("v9.0.1", sha, "--var", "RELEASE_WAIT=1s");
    assert.equal(done.exitCode, 0, done.out + done.said);
    const digest = await stage.digest(sha);
    assert.ok(digest);
    assert.equal(await stage.digest("v9.0.1"), digest);
    assert.equal(await stage.digest("latest"), latest);
    assert.equal(releasing.releases.at(-1)?.tag_name, "v9.0.1");
  });
});
