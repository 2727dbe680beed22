import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { commitFromEnvironment, loadSettings } from "../../src/config/index.ts";
import { Failure } from "../../src/failure/index.ts";

/** Settings, or a Failure that is the user's to mend; anything else is a defect. */
async function settles(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    assert.ok(thrown instanceof Failure, String(thrown));
    assert.equal(thrown.exitCode, 2);
  }
}

const keys = fc.constantFrom(
  ...["image", "build", "destinations", "branches", "tags", "source", "images", "endpoints", "caFile", "name", "registry", "role"],
  ...["repository", "file", "platform", "args", "stamp", "env", "epoch", "latest", "moving", "branch", "constructor", "toString", "<<"],
);
const words = fc.oneof(
  fc.constantFrom("team/app", "r.example", "main", "linux/amd64", "{sha}", "https://r.example", "latest", "", "true", "~"),
  fc.string(),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    words,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(keys, fc.string()), tie("tree"), { maxKeys: 5 }),
  ),
}));

test("no file makes anything but settings or a Failure", async () => {
  const shaped = fc.dictionary(keys, tree, { maxKeys: 6 }).map((value) => stringify(value));
  const files = fc.oneof(
    shaped,
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(..."[]{}:-&*!|>'\"%@#? \n\taa,".split("")) }),
  );
  await fc.assert(
    fc.asyncProperty(
      files,
      async (text) => await settles(() => loadSettings({ readFile: async () => Buffer.from(text), env: {}, flags: {} })),
    ),
    { numRuns: 600 },
  );
});

test("no bytes make anything but settings or a Failure", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await settles(() => loadSettings({ readFile: async () => bytes, env: {}, flags: {} }));
    }),
    { numRuns: 200 },
  );
});

test("no environment and no flag make anything but settings or a Failure", async () => {
  const names = fc.constantFrom(
    ...["WAYBILL_TO", "WAYBILL_IMAGE", "WAYBILL_FILE", "WAYBILL_PLATFORM", "WAYBILL_LATEST", "WAYBILL_ENDPOINTS", "WAYBILL_COMMIT"],
    ...["DOCKER_IMAGE_NAME", "DOCKER_DEFAULT_PLATFORM", "ECR_REGISTRY", "AWS_ACCOUNT_ID", "AWS_REGION", "VERSION"],
    ...["GITHUB_ACTIONS", "GITHUB_SHA", "GITHUB_REF", "GITHUB_EVENT_PATH", "GITLAB_CI", "CI_COMMIT_SHA", "TRAVIS", "TRAVIS_COMMIT"],
  );
  const environments = fc.dictionary(names, words);
  const flags = fc.record({ to: fc.array(words), file: words, platform: words, engine: words }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(environments, flags, words, async (env, given, event) => {
      await settles(() => loadSettings({ readFile: async () => undefined, env, flags: given }));
      await settles(() => commitFromEnvironment(env, async () => event));
    }),
    { numRuns: 600 },
  );
});
