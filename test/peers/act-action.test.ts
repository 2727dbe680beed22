import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { aStage, type Stage, type StageRun } from "./support/act-stage.ts";
import { endpoints, name, role } from "./support/production.ts";

const ecr = name.split("/")[0] ?? "";
const config = (example: string): string => `image: quiltdata/benchling
build: { file: examples/${example}/Dockerfile, context: examples/${example} }
destinations:
  - registry: ${ecr}
`;
const checkout = {
  uses: "actions/checkout@d23441a48e516b6c34aea4fa41551a30e30af803",
  with: { "fetch-depth": 0, filter: "blob:none" },
};
const credentials = {
  uses: "aws-actions/configure-aws-credentials@61815dcd50bd041e203e49132bacad1fd04d2708",
  with: { "role-to-assume": role, "aws-region": "us-east-1" },
};
const outputs = [
  "image_uri_sha",
  "image_uri_latest",
  "image_uri_digest",
  "git_sha",
  "digest",
  "latest_moved",
  "built",
  "exit_code",
  "commits",
];

/** Each way to publish with a job that somebody else wrote. */
const ways: Readonly<Record<string, (inputs: object) => object>> = {
  "the action": (inputs) => ({
    "runs-on": "ubuntu-latest",
    outputs: Object.fromEntries(outputs.map((output) => [output, `\${{ steps.publish.outputs.${output} }}`])),
    steps: [checkout, credentials, { id: "publish", uses: "./", with: inputs }],
  }),
  "the reusable workflow": (inputs) => ({ uses: "./.github/workflows/publish.yml", with: { role, ...inputs } }),
};

suite("the action and the reusable workflow, run with act", { concurrency: false, timeout: 600_000 }, () => {
  let stage: Stage;
  // GitHub runs an action on a Node of its own, act on the one that it finds.
  const programs = join(import.meta.dirname, "../../node_modules/.bin");

  before(async () => {
    stage = await aStage();
  });
  after(async () => await stage[Symbol.asyncDispose]());

  for (const [way, jobOf] of Object.entries(ways)) {
    const run = async (
      sha: string,
      {
        inputs = { config: config("hello") },
        branch = "main",
        ...more
      }: { inputs?: object; branch?: string; before?: string; env?: Record<string, string> } = {},
    ): Promise<StageRun> => {
      const event = { event: "push", ref: `refs/heads/${branch}`, sha, payload: { before: more.before ?? "0".repeat(40) } };
      const done = await stage.job(jobOf(inputs), event, { programs, env: more.env ?? {} });
      assert.equal((done.out + done.said).includes(stage.session.basic.password), false);
      return done;
    };
    const failed = async (done: StageRun, sha: string, exitCode: number): Promise<void> => {
      assert.notEqual(done.exitCode, 0);
      // act hands on nothing of a called workflow that failed.
      if (way === "the action") assert.equal(done.outputs["exit_code"], String(exitCode));
      assert.match(done.out, new RegExp(`::error[^\\n]*\\(exit ${exitCode}\\)`));
      for (const output of ["image_uri_sha", "image_uri_latest", "image_uri_digest", "digest"])
        assert.equal(done.outputs[output] ?? "", "", output);
      assert.equal(await stage.digest(sha), undefined);
    };

    test(`${way} publishes a push to main, and hands on what it published`, async () => {
      const sha = await stage.commit("main", { "examples/hello/hello": `${way}\n` });
      const done = await run(sha);
      assert.equal(done.exitCode, 0, done.out + done.said);
      const digest = await stage.digest(sha);
      assert.ok(digest);
      assert.equal(await stage.digest("latest"), digest);
      const { image_uri_sha, image_uri_latest, image_uri_digest, git_sha, digest: told, latest_moved, built, exit_code } = done.outputs;
      assert.deepEqual(
        { image_uri_sha, image_uri_latest, image_uri_digest, git_sha, told, latest_moved, built, exit_code },
        {
          image_uri_sha: `${name}:${sha}`,
          image_uri_latest: `${name}:latest`,
          image_uri_digest: `${name}@${digest}`,
          git_sha: sha,
          told: digest,
          latest_moved: "true",
          built: "true",
          exit_code: "0",
        },
      );
      const again = await run(sha);
      assert.equal(again.exitCode, 0, again.out + again.said);
      assert.match(again.out, /nothing to build/);
      assert.deepEqual([again.outputs["built"], again.outputs["latest_moved"]], ["false", "false"]);
      assert.equal(again.outputs["image_uri_digest"], `${name}@${digest}`);
      assert.deepEqual([await stage.digest(sha), await stage.digest("latest")], [digest, digest]);
    });

    test(`${way} writes no tag for a program of another architecture, and says so at the job`, async () => {
      const latest = await stage.digest("latest");
      const sha = await stage.commit("main", { "note.txt": `${way}, wrong` });
      const done = await run(sha, { inputs: { config: config("wrong-architecture") } });
      await failed(done, sha, 3);
      assert.match(done.out, /::error[^\n]*title=[^\n]*arm64/);
      assert.equal(await stage.digest("latest"), latest);
    });

    test(`${way} fails with an annotation where the registry is down`, async () => {
      const sha = await stage.commit("main", { "note.txt": `${way}, down` });
      const done = await run(sha, { env: { WAYBILL_ENDPOINTS: endpoints("http://127.0.0.1:9", "http://127.0.0.1:9") } });
      await failed(done, sha, 6);
      assert.match(done.out, /::error title=REGISTRY_UNREACHABLE \(exit 6\)/);
    });

    test(`${way} publishes every commit of a push where it is told to`, async () => {
      const first = await stage.commit("main", { "note.txt": `${way}, before` });
      const commits = [await stage.commit("main", { "note.txt": `${way}, 1` }), await stage.commit("main", { "note.txt": `${way}, 2` })];
      const done = await run(commits[1] ?? "", { before: first, inputs: { config: config("hello"), "every-commit": "true" } });
      assert.equal(done.exitCode, 0, done.out + done.said);
      assert.equal(await stage.digest(first), undefined);
      const told = JSON.parse(done.outputs["commits"] ?? "") as readonly Readonly<Record<string, unknown>>[];
      assert.deepEqual(
        told.map((one) => [one["git_sha"], one["image_uri_sha"], one["digest"]]),
        await Promise.all(commits.map(async (sha) => [sha, `${name}:${sha}`, await stage.digest(sha)])),
      );
      assert.equal(done.outputs["git_sha"], commits[1]);
      assert.equal(await stage.digest("latest"), await stage.digest(commits[1] ?? ""));
    });
  }
});
