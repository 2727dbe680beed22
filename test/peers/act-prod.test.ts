import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { elfProgram } from "../support/elf.ts";
import { aStage, type Stage } from "./support/act-stage.ts";
import { endpoints, name } from "./support/production.ts";

suite("the prod workflow, run with act and called by another one", { concurrency: false, timeout: 600_000 }, () => {
  let stage: Stage;
  let first: string;

  before(async () => {
    stage = await aStage();
    first = await stage.commit("main", { "note.txt": "first" });
  });
  after(async () => await stage[Symbol.asyncDispose]());

  test("a push to main publishes its commit, and a calling workflow has the outputs", async () => {
    const run = await stage.call("push", "main", first);
    assert.equal(run.exitCode, 0, run.out + run.said);
    const digest = await stage.digest(first);
    assert.ok(digest);
    assert.equal(await stage.digest("latest"), digest);
    assert.deepEqual(run.outputs, {
      image_uri_sha: `${name}:${first}`,
      image_uri_latest: `${name}:latest`,
      image_uri_digest: `${name}@${digest}`,
      git_sha: first,
    });
    assert.equal((run.out + run.said).includes(stage.session.basic.password), false);
  });

  test("running it again changes nothing, and has the same outputs", async () => {
    const digest = await stage.digest(first);
    const run = await stage.call("push", "main", first);
    assert.equal(run.exitCode, 0, run.out + run.said);
    assert.match(run.out, /nothing to build/);
    assert.equal(await stage.digest(first), digest);
    assert.equal(await stage.digest("latest"), digest);
    assert.equal(run.outputs["image_uri_digest"], `${name}@${digest}`);
  });

  test("a dispatch from another branch publishes its commit, and leaves latest alone", async () => {
    const latest = await stage.digest("latest");
    const topic = await stage.commit("topic", { "note.txt": "topic" });
    const run = await stage.call("workflow_dispatch", "topic", topic);
    assert.equal(run.exitCode, 0, run.out + run.said);
    assert.ok(await stage.digest(topic));
    assert.equal(await stage.digest("latest"), latest);
    assert.equal(run.outputs["image_uri_sha"], `${name}:${topic}`);
    assert.equal(run.outputs["image_uri_latest"] ?? "", "");
  });

  test("a second push while the first runs: both commits have their image, and latest names the newer", async () => {
    const older = await stage.commit("main", { "note.txt": "older" });
    const newer = await stage.commit("main", { "note.txt": "newer" });
    const runs = await Promise.all([stage.call("push", "main", older), stage.call("push", "main", newer)]);
    for (const run of runs) assert.equal(run.exitCode, 0, run.out + run.said);
    assert.ok(await stage.digest(older));
    assert.ok(await stage.digest(newer));
    assert.equal(await stage.digest("latest"), await stage.digest(newer));
  });

  test("a program for another architecture fails the run, and no tag is written", async () => {
    const latest = await stage.digest("latest");
    const wrong = await stage.commit("wrong", {
      "docker/Dockerfile": 'FROM scratch\nCOPY --chmod=755 LICENSE /program\nENTRYPOINT ["/program"]\n',
      LICENSE: elfProgram("arm64", "hello"),
    });
    const run = await stage.call("workflow_dispatch", "wrong", wrong);
    assert.notEqual(run.exitCode, 0);
    assert.match(run.out, /arm64/);
    assert.equal(await stage.digest(wrong), undefined);
    assert.equal(await stage.digest("latest"), latest);
    assert.equal(run.outputs["image_uri_sha"] ?? "", "");
  });

  test("a registry that is down fails the run with an annotation, and the summary says that nothing was published", async () => {
    const lost = await stage.commit("lost", { "note.txt": "lost" });
    const down = { WAYBILL_ENDPOINTS: endpoints("http://127.0.0.1:9", "http://127.0.0.1:9") };
    const run = await stage.call("workflow_dispatch", "lost", lost, { env: down });
    assert.notEqual(run.exitCode, 0);
    assert.match(run.out, /::error[^\n]*REGISTRY_UNREACHABLE/);
    assert.match(run.out, /Say what was published/);
    assert.equal(await stage.digest(lost), undefined);
  });
});
