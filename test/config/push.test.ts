import assert from "node:assert/strict";
import { test } from "node:test";
import { type Environment, pushFromEnvironment } from "../../src/config/index.ts";

const [a, b] = ["a".repeat(40), "b".repeat(40)];
const zeros = "0".repeat(40);
const push = { before: a, after: b, branch: "main" };
const github = { GITHUB_ACTIONS: "true", GITHUB_SHA: b, GITHUB_REF: "refs/heads/main", GITHUB_EVENT_NAME: "push", GITHUB_EVENT_PATH: "/e" };

const from = async (env: Environment, event?: unknown) =>
  await pushFromEnvironment(env, async () => (typeof event === "string" ? event : JSON.stringify(event)));

test("a push on GitHub has what its branch named before and names now, by the event", async () => {
  assert.deepEqual(await from(github, { before: a, after: b, ref: "refs/heads/main" }), push);
});

test("a branch that is new named nothing before", async () => {
  assert.deepEqual(await from(github, { before: zeros, after: b }), { ...push, before: undefined });
  const gitlab = { GITLAB_CI: "true", CI_COMMIT_SHA: b, CI_COMMIT_BRANCH: "main", CI_COMMIT_BEFORE_SHA: zeros };
  assert.deepEqual(await from(gitlab), { ...push, before: undefined });
});

test("other events on GitHub are no push, nor is one to a tag", async () => {
  for (const env of [
    { ...github, GITHUB_EVENT_NAME: "workflow_dispatch" },
    { ...github, GITHUB_EVENT_NAME: "pull_request", GITHUB_REF: "refs/pull/1/merge" },
    { ...github, GITHUB_REF: "refs/tags/v1" },
  ])
    assert.equal(await from(env, { before: a, after: b }), undefined);
});

test("an event that is not of its form is no push", async () => {
  for (const event of [
    "",
    "{",
    "null",
    "[]",
    { before: a },
    { before: "HEAD", after: b },
    { before: a, after: 1 },
    { before: [a], after: b },
  ])
    assert.equal(await from(github, event), undefined);
});

test("other services say it where they do", async () => {
  const known: readonly Environment[] = [
    { GITLAB_CI: "true", CI_COMMIT_SHA: b, CI_COMMIT_BRANCH: "main", CI_COMMIT_BEFORE_SHA: a },
    { JENKINS_URL: "j", GIT_COMMIT: b, BRANCH_NAME: "main", GIT_PREVIOUS_COMMIT: a },
    {
      CODEBUILD_BUILD_ID: "x",
      CODEBUILD_RESOLVED_SOURCE_VERSION: b,
      CODEBUILD_WEBHOOK_EVENT: "PUSH",
      CODEBUILD_WEBHOOK_HEAD_REF: "refs/heads/main",
      CODEBUILD_WEBHOOK_PREV_COMMIT: a,
    },
    { DRONE: "true", DRONE_COMMIT_SHA: b, DRONE_BRANCH: "main", DRONE_BUILD_EVENT: "push", DRONE_COMMIT_BEFORE: a },
  ];
  for (const env of known) assert.deepEqual(await from(env), push);
  for (const env of [
    { CIRCLECI: "true", CIRCLE_SHA1: b, CIRCLE_BRANCH: "main" },
    { GITLAB_CI: "true", CI_COMMIT_SHA: b, CI_COMMIT_BEFORE_SHA: a },
    {},
  ])
    assert.equal(await from(env), undefined);
});
