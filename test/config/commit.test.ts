import assert from "node:assert/strict";
import { test } from "node:test";
import { type CommitFromEnvironment, commitFromEnvironment, type Environment } from "../../src/config/index.ts";

const [a, b, c] = ["a", "b", "c"].map((digit) => digit.repeat(40)) as [string, string, string];

async function from(env: Environment, files: Readonly<Record<string, string>> = {}): Promise<CommitFromEnvironment | undefined> {
  return await commitFromEnvironment(env, async (path) => files[path]);
}

const github = { GITHUB_ACTIONS: "true", GITHUB_SHA: a, GITHUB_REF: "refs/heads/main" };

test("an environment that names no commit leaves the choice to HEAD", async () => {
  assert.equal(await from({ PATH: "/bin" }), undefined);
});

test("VERSION is the commit, in either case and with white space around it", async () => {
  assert.deepEqual(await from({ VERSION: a }), { commit: a, from: "VERSION" });
  assert.equal((await from({ VERSION: ` ${a.toUpperCase()}\n` }))?.commit, a);
  assert.equal((await from({ VERSION: "a".repeat(64) }))?.commit, "a".repeat(64));
});

test("an empty VERSION is an error and not an empty tag", async () => {
  for (const VERSION of ["", " ", "\n"])
    await assert.rejects(from({ VERSION }), { code: "CONFIG_INVALID", message: /VERSION is set, and empty/ });
});

test("an abbreviated VERSION is an error that shows how to get the full name", async () => {
  const wrong = from({ VERSION: "5da1cb0a65340dbb3a6bd477bd3060c9c45" });
  await assert.rejects(wrong, { code: "COMMIT_ABBREVIATED", message: /35 digits/, hint: /git rev-parse 5da1cb0/ });
});

test("a VERSION that is no commit is an error", async () => {
  for (const VERSION of ["v0.7.3", "main", "g".repeat(40), "a".repeat(41).replace("a", "-"), "x\u001b[31m"]) {
    await assert.rejects(from({ VERSION }), { code: "CONFIG_INVALID", message: /no commit/ });
  }
});

test("WAYBILL_COMMIT says the same as VERSION, and they may not disagree", async () => {
  assert.deepEqual(await from({ WAYBILL_COMMIT: a }), { commit: a, from: "WAYBILL_COMMIT" });
  assert.equal((await from({ WAYBILL_COMMIT: a, VERSION: a }))?.commit, a);
  await assert.rejects(from({ WAYBILL_COMMIT: a, VERSION: b }), {
    code: "CONFIG_INVALID",
    message: /VERSION names b+, and WAYBILL_COMMIT names a+/,
  });
  assert.equal(await from({ WAYBILL_COMMIT: "" }), undefined);
});

test("a push on GitHub gives its commit and branch", async () => {
  assert.deepEqual(await from(github), { commit: a, branch: "main", from: "GITHUB_SHA", note: undefined });
  assert.equal((await from({ ...github, GITHUB_REF: "refs/heads/release/1.x" }))?.branch, "release/1.x");
});

test("a tag on GitHub gives its commit and no branch", async () => {
  assert.deepEqual(await from({ ...github, GITHUB_REF: "refs/tags/main" }), {
    commit: a,
    branch: undefined,
    from: "GITHUB_SHA",
    note: undefined,
  });
});

test("a pull request on GitHub gives its head, not the merge commit, and no branch even where it is called main", async () => {
  const env = { ...github, GITHUB_REF: "refs/pull/7/merge", GITHUB_HEAD_REF: "main", GITHUB_EVENT_PATH: "/event.json" };
  const found = await from(env, { "/event.json": JSON.stringify({ pull_request: { head: { sha: b, ref: "main" } } }) });
  assert.equal(found?.commit, b);
  assert.equal(found?.branch, undefined);
  assert.match(found?.note ?? "", /head bbbbbbbbbbbb is meant, not the merge commit aaaaaaaaaaaa/);
  assert.deepEqual(Object.keys(found ?? {}).sort(), ["branch", "commit", "from", "note"]);
});

test("without a readable event the merge commit is taken, and said to be one", async () => {
  const env = { ...github, GITHUB_REF: "refs/pull/7/merge", GITHUB_EVENT_PATH: "/event.json" };
  for (const event of ["", "{", "[]", "null", '{"pull_request":null}', '{"pull_request":{"head":{"sha":"HEAD"}}}']) {
    const found = await from(env, { "/event.json": event });
    assert.equal(found?.commit, a);
    assert.match(found?.note ?? "", /merge commit/);
  }
});

test("VERSION keeps the run's branch where it is the run's commit", async () => {
  assert.deepEqual(await from({ ...github, VERSION: a }), { commit: a, branch: "main", from: "VERSION", note: undefined });
});

test("VERSION of another commit wins, without the run's branch and with a note", async () => {
  const found = await from({ ...github, VERSION: c });
  assert.equal(found?.commit, c);
  assert.equal(found?.branch, undefined);
  assert.match(found?.note ?? "", /VERSION names cccccccccccc; the run itself is for aaaaaaaaaaaa \(GITHUB_SHA\)/);
});

test("VERSION that is a pull request's merge commit is taken as it was asked for, with a note", async () => {
  const env = { ...github, GITHUB_REF: "refs/pull/7/merge", GITHUB_EVENT_PATH: "e", VERSION: a };
  const found = await from(env, { e: JSON.stringify({ pull_request: { head: { sha: b } } }) });
  assert.equal(found?.commit, a);
  assert.match(found?.note ?? "", /merge commit .* its head is bbbbbbbbbbbb/);
});

const services: readonly (readonly [name: string, env: Environment, commit: string | undefined, branch: string | undefined])[] = [
  ["GitLab, a branch", { GITLAB_CI: "true", CI_COMMIT_SHA: a, CI_COMMIT_BRANCH: "main" }, a, "main"],
  ["GitLab, a tag", { GITLAB_CI: "true", CI_COMMIT_SHA: a, CI_COMMIT_TAG: "v1", CI_COMMIT_REF_NAME: "v1" }, a, undefined],
  ["GitLab, merged results", { GITLAB_CI: "true", CI_COMMIT_SHA: a, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA: b }, b, undefined],
  ["CircleCI, a branch", { CIRCLECI: "true", CIRCLE_SHA1: a, CIRCLE_BRANCH: "main" }, a, "main"],
  ["CircleCI, a fork's pull request", { CIRCLECI: "true", CIRCLE_SHA1: a, CIRCLE_BRANCH: "main", CIRCLE_PR_NUMBER: "3" }, a, undefined],
  ["Buildkite, a branch", { BUILDKITE: "true", BUILDKITE_COMMIT: a, BUILDKITE_BRANCH: "main", BUILDKITE_PULL_REQUEST: "false" }, a, "main"],
  [
    "Buildkite, a pull request",
    { BUILDKITE: "true", BUILDKITE_COMMIT: a, BUILDKITE_BRANCH: "main", BUILDKITE_PULL_REQUEST: "9" },
    a,
    undefined,
  ],
  ["Buildkite, started for HEAD", { BUILDKITE: "true", BUILDKITE_COMMIT: "HEAD", BUILDKITE_BRANCH: "main" }, undefined, undefined],
  ["Jenkins, a multibranch job", { JENKINS_URL: "https://j", GIT_COMMIT: a, BRANCH_NAME: "main", GIT_BRANCH: "origin/main" }, a, "main"],
  ["Jenkins, a plain job", { JENKINS_URL: "https://j", GIT_COMMIT: a, GIT_BRANCH: "origin/release/1" }, a, "release/1"],
  ["Jenkins, a change request", { JENKINS_URL: "https://j", GIT_COMMIT: a, BRANCH_NAME: "PR-1", CHANGE_ID: "1" }, a, undefined],
  ["Azure Pipelines, a branch", { TF_BUILD: "True", BUILD_SOURCEVERSION: a, BUILD_SOURCEBRANCH: "refs/heads/main" }, a, "main"],
  [
    "Azure Pipelines, a pull request",
    { TF_BUILD: "True", BUILD_SOURCEVERSION: a, BUILD_SOURCEBRANCH: "refs/pull/1/merge", SYSTEM_PULLREQUEST_SOURCECOMMITID: b },
    b,
    undefined,
  ],
  ["Bitbucket, a branch", { BITBUCKET_BUILD_NUMBER: "1", BITBUCKET_COMMIT: a, BITBUCKET_BRANCH: "main" }, a, "main"],
  [
    "Bitbucket, a pull request",
    { BITBUCKET_BUILD_NUMBER: "1", BITBUCKET_COMMIT: a, BITBUCKET_BRANCH: "main", BITBUCKET_PR_ID: "2" },
    a,
    undefined,
  ],
  ["Travis, a branch", { TRAVIS: "true", TRAVIS_COMMIT: a, TRAVIS_BRANCH: "main", TRAVIS_PULL_REQUEST: "false" }, a, "main"],
  [
    "Travis, a pull request to main",
    { TRAVIS: "true", TRAVIS_COMMIT: a, TRAVIS_BRANCH: "main", TRAVIS_PULL_REQUEST: "5", TRAVIS_PULL_REQUEST_SHA: b },
    b,
    undefined,
  ],
  [
    "AWS CodeBuild, a push",
    {
      CODEBUILD_BUILD_ID: "x",
      CODEBUILD_RESOLVED_SOURCE_VERSION: a,
      CODEBUILD_WEBHOOK_EVENT: "PUSH",
      CODEBUILD_WEBHOOK_HEAD_REF: "refs/heads/main",
    },
    a,
    "main",
  ],
  ["Drone, a push", { DRONE: "true", DRONE_COMMIT_SHA: a, DRONE_BRANCH: "main", DRONE_BUILD_EVENT: "push" }, a, "main"],
  [
    "Drone, a pull request to main",
    { DRONE: "true", DRONE_COMMIT_SHA: a, DRONE_BRANCH: "main", DRONE_BUILD_EVENT: "pull_request" },
    a,
    undefined,
  ],
  [
    "Semaphore, a branch",
    { SEMAPHORE: "true", SEMAPHORE_GIT_SHA: a, SEMAPHORE_GIT_BRANCH: "main", SEMAPHORE_GIT_REF_TYPE: "branch" },
    a,
    "main",
  ],
];

test("a change request on Jenkins may be a merge commit, and the log says so", async () => {
  const found = await from({ JENKINS_URL: "https://j", GIT_COMMIT: a, BRANCH_NAME: "PR-1", CHANGE_ID: "1" });
  assert.match(found?.note ?? "", /may have merged it, and then aaaaaaaaaaaa is not its head/);
});

for (const [name, env, commit, branch] of services) {
  test(`${name}: commit and branch are the run's`, async () => {
    const found = await from(env);
    assert.equal(found?.commit, commit);
    assert.equal(found?.branch, branch);
  });
}
