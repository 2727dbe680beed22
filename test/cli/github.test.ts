import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";

const registry = await anEmbeddedRegistry();
const repository = aRepository();
const folder = await aFolder();
const to = ["--to", `${registry.served.host}/team/app`];
const dockerfile = "FROM scratch\nCOPY app /app\n";
const sha = repository.commit({ Dockerfile: dockerfile, app: "1" });
after(async () => {
  repository.remove();
  await folder[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

const summary = join(folder.path, "summary");

/** A run as a step of a job on GitHub. */
async function step(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  rmSync(summary, { force: true });
  const run = await waybill(argv, { cwd: repository.dir, env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary, ...env } });
  return {
    ...run,
    page: existsSync(summary) ? readFileSync(summary, "utf8") : "",
    annotated: run.said.match(/^::(?:error|warning)[ :].*$/gm) ?? [],
  };
}

suite("a step of a job on GitHub", () => {
  test("has a page for what it published, promoted, validated and compared", async () => {
    const published = await step(["publish", ...to]);
    assert.equal(published.exitCode, 0, published.said);
    assert.match(published.page, /^### ✅ team\/app: published/);
    assert.match(published.page, /\| delivered, created \|/);
    const promoted = await step(["promote", sha, "v1.0.0", "--to", `${registry.served.host}/team/app`, "--image", "team/app"], {
      WAYBILL_CONFIG: config,
    });
    assert.equal(promoted.exitCode, 0, promoted.said);
    assert.match(promoted.page, /^### ✅ team\/app: promoted to v1\.0\.0\n/);
    assert.match(promoted.page, /<code>v1\.0\.0<\/code> .* \| present, created \|/);
    const validated = await step(["validate", `${registry.served.host}/team/app:${sha}`]);
    assert.equal(validated.exitCode, 0, validated.said);
    assert.match(validated.page, /^### ✅ .*: valid\n/);
    const compared = await step(["verify-fleet", "--to", `${registry.served.host}/team/app`]);
    assert.equal(compared.exitCode, 0, compared.said);
    assert.match(compared.page, /^### ✅ team\/app: one digest everywhere\n/);
  });

  test("shows what is wrong with an image as annotations too", async () => {
    const { exitCode, page, annotated } = await step(["validate", `${registry.served.host}/team/app:${sha}`, "--platform", "linux/arm64"]);
    assert.equal(exitCode, 3);
    assert.match(page, /^### ❌ .*: not valid\n\n- ❌ \*\*/);
    assert.match(annotated.join("\n"), /^::error title=[A-Za-z_-]+::.*linux\/arm64/m);
  });

  test("shows each place that cannot be asked, once", async () => {
    const { exitCode, page, annotated } = await step(["validate", "--to", `${registry.served.host}/team/none`, ...to]);
    assert.equal(exitCode, 6);
    assert.match(page, /^### ❌ 2 images: 1 not valid\n/);
    assert.equal(annotated.length, 1, annotated.join("\n"));
  });

  test("has a page and an annotation for a command that failed before it began, and for a wrong option", async () => {
    const missing = await step(["publish"]);
    assert.equal(missing.exitCode, 2);
    assert.match(missing.page, /^### ❌ waybill publish failed \(exit 2\)\n\n- ❌ \*\*CONFIG/);
    const wrong = await step(["publish", "--no-such-option"]);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.annotated.join("\n"), /^::error title=USAGE \(exit 2\)::.*--no-such-option/);
    assert.match(wrong.page, /USAGE/);
  });

  test("warns of an output that GitHub will drop, in the log, on the page and as an annotation", async () => {
    repository.write({ ".github/workflows/prod.yml": workflow });
    const run = {
      GITHUB_REPOSITORY: "team/app",
      GITHUB_WORKFLOW_REF: "team/app/.github/workflows/prod.yml@refs/heads/main",
      GITHUB_JOB: "job",
    };
    const { page, annotated, exitCode } = await step(["publish", ...to], { ...run, WAYBILL_IMAGE: "team/app", PLACE: "team/app" });
    assert.equal(exitCode, 0);
    assert.match(page, /GitHub will drop the job's output image/);
    assert.match(annotated.join("\n"), /^::warning::GitHub will drop the job's output image_uri_sha: it holds the secret PLACE/m);
  });

  test("publishes without a word lost where the summary cannot be written, and fails where the outputs cannot", async () => {
    const none = join(folder.path, "none", "file");
    const blind = await step(["publish", ...to], { GITHUB_STEP_SUMMARY: none });
    assert.equal(blind.exitCode, 0, blind.said);
    assert.match(blind.said, /warning: the step's summary cannot be written: .*ENOENT/);
    const deaf = await step(["publish", ...to], { GITHUB_OUTPUT: none });
    assert.equal(deaf.exitCode, 2);
    assert.match(deaf.out, /\nDOCKER_IMAGE_URI=.*\n$/);
    assert.match(deaf.annotated.join("\n"), /FILE_FAILED/);
  });
});

const workflow = `jobs:
  job:
    outputs: { uri: "\${{ steps.publish.outputs.image_uri_sha }}" }
    steps: [{ id: publish, run: npx waybill publish, env: { PLACE: "\${{ secrets.PLACE }}" } }]
`;
const config = `image: team/app\ndestinations: [{ registry: "${registry.served.host}" }]\n`;
