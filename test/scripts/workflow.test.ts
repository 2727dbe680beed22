import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Strategy {
  readonly matrix: Readonly<Record<string, readonly unknown[]>>;
}

interface Job {
  readonly "runs-on": string;
  readonly "timeout-minutes": number;
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly strategy?: Strategy;
  readonly permissions: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: {
    readonly push?: unknown;
    readonly workflow_dispatch?: unknown;
    readonly workflow_call?: { readonly outputs: Readonly<Record<string, { readonly value: string }>> };
  };
  readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(import.meta.dirname, "../../.github/workflows");
const files = readdirSync(folder);
const read = (name: string): Workflow => parse(readFileSync(join(folder, name), "utf8"));
const prod = read("prod.yml");
const { publish: job, validate, summary, ...others } = prod.jobs;
assert.ok(job !== undefined && validate !== undefined && summary !== undefined);
assert.deepEqual(others, {});
const handedOn = ["image_uri_sha", "image_uri_latest", "image_uri_digest", "git_sha"];
const step = (uses: string): Step => {
  const found = job.steps.find((one) => one.uses?.startsWith(`${uses}@`));
  assert.ok(found, uses);
  return found;
};

test("production is published on pushes to main, by hand without inputs, and by other workflows", () => {
  const { push, workflow_dispatch: dispatch, workflow_call: call, ...rest } = prod.on;
  assert.deepEqual([push, dispatch, rest], [{ branches: ["main"] }, null, {}]);
  assert.deepEqual(
    Object.entries(call?.outputs ?? {}).map(([name, { value }]) => [name, value]),
    handedOn.map((name) => [name, `\${{ jobs.publish.outputs.${name} }}`]),
  );
});

test("no commit of production waits in one group with another, and none is cancelled", () => {
  assert.equal(prod.concurrency.group, `publish-\${{ github.sha }}`);
  assert.equal(prod.concurrency["cancel-in-progress"], false);
});

test("production may read the repository and ask for an identity, and nothing else", () => {
  assert.deepEqual(prod.permissions, {});
  assert.deepEqual(job.permissions, { contents: "read", "id-token": "write" });
});

test("production signs in with the specification's role and region, by OIDC only", () => {
  assert.deepEqual(step("aws-actions/configure-aws-credentials").with, {
    "role-to-assume": "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook",
    "aws-region": "us-east-1",
  });
  assert.doesNotMatch(readFileSync(join(folder, "prod.yml"), "utf8"), /secrets\.|aws-access-key/);
});

test("production publishes the pushed commit for linux/amd64", () => {
  const publish = job.steps.find((one) => one.id === "publish");
  assert.equal(publish?.run, `make push-ci VERSION=\${{ github.sha }}`);
  assert.deepEqual(publish?.env, { DOCKER_DEFAULT_PLATFORM: "linux/amd64", AWS_REGION: "us-east-1" });
});

test("production checks what the registry holds in a job of its own, after it was published", () => {
  assert.equal(validate.needs, "publish");
  assert.deepEqual(validate.permissions, { contents: "read", "id-token": "write" });
  assert.ok(validate.steps.some(({ uses }) => uses?.startsWith("actions/checkout@")));
  assert.equal(validate.steps.at(-1)?.run, 'make docker-validate VERSION="$GITHUB_SHA"');
});

test("production's summary is written whatever became of the other jobs", () => {
  assert.deepEqual([summary.needs, summary.if, summary.permissions], [["publish", "validate"], "always()", {}]);
});

test("production hands the URIs and the commit on", () => {
  for (const name of handedOn) assert.equal(job.outputs?.[name], `\${{ steps.publish.outputs.${name} }}`);
});

test("production has the whole history without the files of old commits", () => {
  const { "fetch-depth": depth, filter } = step("actions/checkout").with ?? {};
  assert.deepEqual([depth, filter], [0, "blob:none"]);
});

test("every job has a time limit, and permissions of its own", () => {
  for (const name of files) {
    const workflow = read(name);
    assert.deepEqual(workflow.permissions, {}, name);
    for (const one of Object.values(workflow.jobs)) {
      assert.ok(one["timeout-minutes"] > 0, name);
      assert.ok(one.permissions !== undefined, name);
    }
  }
  assert.equal(job["timeout-minutes"], 10);
});

test("every action is pinned by commit, with its release beside it", () => {
  for (const name of files) {
    const lines = readFileSync(join(folder, name), "utf8").split("\n");
    const uses = lines.filter((line) => /^\s*(?:- )?uses:/.test(line));
    assert.ok(uses.length > 0, name);
    // publish.yml names the release that it is part of: a called workflow cannot name its own commit.
    const foreign = uses.filter((line) => !/uses: (?:\.\/|quiltdata\/waybill@v1 # zizmor)/.test(line));
    for (const line of foreign) assert.match(line, /uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${name}: ${line}`);
  }
});

test("the reusable workflow is called only, waits for no other commit, and hands on what the action does", () => {
  const { on, concurrency, jobs } = read("publish.yml");
  assert.deepEqual(Object.keys(on), ["workflow_call"]);
  assert.deepEqual(concurrency, { group: `publish-\${{ github.sha }}`, "cancel-in-progress": false });
  const outputs = Object.keys(parse(readFileSync(join(folder, "../../action.yml"), "utf8")).outputs);
  assert.deepEqual(Object.keys(on.workflow_call?.outputs ?? {}).sort(), outputs.sort());
  for (const name of outputs) {
    assert.equal(on.workflow_call?.outputs[name]?.value, `\${{ jobs.publish.outputs.${name} }}`);
    assert.equal(jobs["publish"]?.outputs?.[name], `\${{ steps.publish.outputs.${name} }}`);
  }
});

test("the reusable workflow gives the action only inputs that it has", () => {
  const inputs = Object.keys(parse(readFileSync(join(folder, "../../action.yml"), "utf8")).inputs);
  const step = read("publish.yml").jobs["publish"]?.steps.find(({ uses }) => uses?.startsWith("quiltdata/waybill@"));
  for (const [name, value] of Object.entries(step?.with ?? {})) {
    assert.ok(inputs.includes(name), name);
    assert.equal(value, name === "on-failure" ? `\${{ secrets.${name} }}` : `\${{ inputs.${name} }}`);
  }
});

test("tests run on every Node that users may have, and end where another one would run them", () => {
  const { test: matrix } = read("ci.yaml").jobs;
  assert.deepEqual(matrix?.strategy?.matrix["node"], [22, 24, 26]);
  assert.equal(matrix?.steps.at(-1)?.run, 'make test-on NODE="$(command -v node)" MAJOR="$NODE_MAJOR"');
});

test("pull requests, main and version tags are checked; only version tags are released, after all checks", () => {
  const { on, concurrency, jobs } = read("ci.yaml");
  assert.deepEqual(on, { push: { branches: ["main"], tags: ["v*"] }, pull_request: null });
  assert.equal(String(concurrency["cancel-in-progress"]), `\${{ github.event_name == 'pull_request' }}`);
  const { release, ...checks } = jobs;
  assert.equal(release?.if, "github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')");
  assert.deepEqual(release?.needs, Object.keys(checks));
});

test("a release and production share no trigger, no group and no tag", () => {
  const ci = read("ci.yaml");
  assert.ok(ci.concurrency.group.startsWith("ci-") && prod.concurrency.group.startsWith("publish-"));
  assert.ok(!JSON.stringify(prod.on).includes("tags"));
  const promote = ci.jobs["release"]?.steps.find(({ run }) => run?.includes("promote"));
  assert.equal(promote?.env?.["WAYBILL_LATEST"], "off");
  assert.match(promote?.run ?? "", /promote "\$GITHUB_SHA" "\$GITHUB_REF_NAME" --wait/);
});
