// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how workflows write expressions
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { droppedOutputs, workflowPath } from "../../src/github/index.ts";

const account = "123456789012";
const host = `${account}.dkr.ecr.us-east-1.amazonaws.com`;
const outputs = { git_sha: "a".repeat(40), image_uri_sha: `${host}/app:x`, image_uri_digest: `${host}/app@sha256:0`, digest: "sha256:0" };
const all = ["image_uri_sha: ${{ steps.publish.outputs.image_uri_sha }}", "digest: ${{ steps.publish.outputs.digest }}"];

const credentials = (mask: string, role = `arn:aws:iam::${account}:role/publish`) =>
  `- uses: aws-actions/configure-aws-credentials@v5\n        with: { role-to-assume: "${role}", mask-aws-account-id: ${mask} }`;

/** A workflow whose job publishes, with lines of its own. */
function workflow(parts: { readonly outputs?: readonly string[]; readonly env?: string; readonly steps?: readonly string[] }): string {
  return `on: push
jobs:
  publish:
    outputs:
${(parts.outputs ?? all).map((line) => `      ${line}\n`).join("")}    env: { ${parts.env ?? ""} }
    steps:
${(parts.steps ?? []).map((step) => `      ${step}\n`).join("")}      - id: publish
        run: npx waybill publish
`;
}

const path = ".github/workflows/prod.yml";
const warned = async (text: string, env: Readonly<Record<string, string>> = {}) =>
  (await droppedOutputs({ path, text }, { GITHUB_JOB: "publish", ...env }, outputs)).map((one) => `${one.text}\n${one.hint}`);

suite("outputs that GitHub will drop", () => {
  test("are those that hold an account's number which is masked, at the line that masks it", async () => {
    const [said = "", ...more] = await warned(workflow({ steps: [credentials("true")] }));
    assert.deepEqual(more, []);
    assert.match(
      said,
      /^GitHub will drop the job's output image_uri_sha: it holds the AWS account's number, which is masked \(\.github\/workflows\/prod\.yml:10\)\n/,
    );
    assert.match(said, /Remove mask-aws-account-id.*digest and git_sha/);
    assert.doesNotMatch(said, new RegExp(account));
    for (const mask of ["'true'", "True"]) assert.equal((await warned(workflow({ steps: [credentials(mask)] }))).length, 1, mask);
  });

  test("are found by the registry where the role is not written out", async () => {
    assert.equal((await warned(workflow({ steps: [credentials("true", "${{ vars.ROLE }}")] }))).length, 1);
    assert.deepEqual(await warned(workflow({ steps: [credentials("true", "arn:aws:iam::999999999999:role/other")] })), []);
  });

  test("are those that hold a secret, whole or as a part of a variable or an input", async () => {
    const whole = workflow({ env: 'AWS_ACCOUNT_ID: "${{ secrets.ACCOUNT }}"' });
    assert.match((await warned(whole, { AWS_ACCOUNT_ID: account })).join(), /holds the secret ACCOUNT.*\n.*vars\.ACCOUNT/);
    const input = workflow({
      steps: [
        "- uses: quiltdata/waybill@v1\n        with:\n          to: ${{ secrets.ACCOUNT }}.dkr.ecr.${{ vars.REGION }}.amazonaws.com/app",
      ],
    });
    assert.match((await warned(input, { INPUT_TO: `${host}/app` })).join(), /holds the secret ACCOUNT.*prod\.yml:11/);
    assert.deepEqual(await warned(input, { INPUT_TO: "ghcr.io/team/app" }), []);
  });

  test("are none where nothing is masked, nothing leaves the job, or what leaves it does not hold the value", async () => {
    const masking = [credentials("true")];
    assert.deepEqual(await warned(workflow({ steps: [credentials("false")] })), []);
    assert.deepEqual(await warned(workflow({ steps: masking, outputs: ["digest: ${{ steps.publish.outputs.digest }}"] })), []);
    assert.deepEqual(await warned(workflow({ steps: masking, outputs: ["none: '1'"] })), []);
    assert.deepEqual(await warned(workflow({ env: 'TOKEN: "${{ secrets.TOKEN }}"' }), { TOKEN: "s3cret" }), []);
    assert.deepEqual(await warned(workflow({ steps: masking }), { GITHUB_JOB: "other" }), []);
  });

  test("are all that hold it where the job hands on every output", async () => {
    const [said] = await warned(workflow({ steps: [credentials("true")], outputs: ["all: ${{ toJSON(steps.publish.outputs) }}"] }));
    assert.match(said ?? "", /outputs image_uri_sha, image_uri_digest: they hold/);
    const [quoted] = await warned(
      workflow({ steps: [credentials("true")], outputs: [`uri: "\${{ steps.publish.outputs['image_uri_sha'] }}"`] }),
    );
    assert.match(quoted ?? "", /output image_uri_sha: it holds/);
  });

  test("are nobody's trouble where the workflow is no workflow", async () => {
    for (const text of [
      "mask-aws-account-id: [",
      "secrets",
      "mask-aws-account-id\njobs: 1",
      "jobs: { publish: secrets }",
      "a: &a [*a] # secrets",
    ])
      assert.deepEqual(await warned(text), []);
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (template, value) => {
        await warned(workflow({ env: JSON.stringify({ A: `\${{ secrets.A }}${template}` }).slice(1, -1) }), { A: value });
      }),
    );
  });

  test("are looked for in the run's own workflow only", () => {
    const ref = { GITHUB_REPOSITORY: "team/app", GITHUB_WORKFLOW_REF: "team/app/.github/workflows/prod.yml@refs/heads/main" };
    assert.equal(workflowPath(ref), path);
    assert.equal(workflowPath({ ...ref, GITHUB_REPOSITORY: "team/other" }), undefined);
    for (const bad of ["team/app/.github/workflows/../../etc/passwd@x", "team/app/prod.yml@x", "", "team/app/.github/workflows/a/b.yml@x"])
      assert.equal(workflowPath({ ...ref, GITHUB_WORKFLOW_REF: bad }), undefined);
  });
});
