import assert from "node:assert/strict";
import { test } from "node:test";
import { services } from "../../src/config/ci/services.ts";
import { type Environment, runFromEnvironment } from "../../src/config/index.ts";

test("outside of a CI service a run has no link, and GitHub's is not told here", () => {
  assert.equal(runFromEnvironment({ PATH: "/bin" }), undefined);
  assert.equal(runFromEnvironment({ GITHUB_ACTIONS: "true", GITHUB_RUN_ID: "1" }), undefined);
});

const runs: readonly (readonly [name: string, env: Environment, run: Readonly<Record<string, string>>])[] = [
  [
    "GitLab",
    {
      GITLAB_CI: "true",
      CI_JOB_URL: "https://gitlab.com/g/p/-/jobs/5",
      GITLAB_USER_LOGIN: "ann",
      CI_PIPELINE_SOURCE: "push",
      CI_JOB_ID: "5",
      CI_PIPELINE_IID: "3",
    },
    { ci: "gitlab", link: "https://gitlab.com/g/p/-/jobs/5", actor: "ann", event: "push", runId: "5", runNumber: "3" },
  ],
  [
    "CircleCI",
    {
      CIRCLECI: "true",
      CIRCLE_BUILD_URL: "https://circleci.com/gh/o/r/7",
      CIRCLE_USERNAME: "ann",
      CIRCLE_WORKFLOW_ID: "w",
      CIRCLE_BUILD_NUM: "7",
    },
    { ci: "circleci", link: "https://circleci.com/gh/o/r/7", actor: "ann", runId: "w", runNumber: "7" },
  ],
  [
    "Buildkite",
    {
      BUILDKITE: "true",
      BUILDKITE_BUILD_URL: "https://buildkite.com/o/p/builds/9",
      BUILDKITE_JOB_ID: "0f-1",
      BUILDKITE_BUILD_CREATOR: "Ann",
      BUILDKITE_SOURCE: "webhook",
      BUILDKITE_BUILD_ID: "b",
      BUILDKITE_BUILD_NUMBER: "9",
      BUILDKITE_RETRY_COUNT: "0",
    },
    {
      ci: "buildkite",
      link: "https://buildkite.com/o/p/builds/9#0f-1",
      actor: "Ann",
      event: "webhook",
      runId: "b",
      runNumber: "9",
      attempt: "0",
    },
  ],
  [
    "Jenkins",
    { JENKINS_URL: "https://j/", BUILD_URL: "https://ann:pass@j/job/x/4/", BUILD_NUMBER: "4", BUILD_TAG: "jenkins-x-4" },
    { ci: "jenkins", link: "https://j/job/x/4/", runId: "jenkins-x-4", runNumber: "4" },
  ],
  [
    "Azure Pipelines",
    {
      TF_BUILD: "True",
      SYSTEM_COLLECTIONURI: "https://dev.azure.com/o/",
      SYSTEM_TEAMPROJECT: "a project",
      BUILD_BUILDID: "12",
      BUILD_REASON: "IndividualCI",
      BUILD_REQUESTEDFOR: "Ann",
      BUILD_BUILDNUMBER: "20261128.1",
      SYSTEM_JOBATTEMPT: "2",
    },
    {
      ci: "azure-pipelines",
      link: "https://dev.azure.com/o/a%20project/_build/results?buildId=12",
      actor: "Ann",
      event: "IndividualCI",
      runId: "12",
      runNumber: "20261128.1",
      attempt: "2",
    },
  ],
  [
    "Bitbucket",
    { BITBUCKET_BUILD_NUMBER: "6", BITBUCKET_REPO_FULL_NAME: "o/r" },
    { ci: "bitbucket", link: "https://bitbucket.org/o/r/pipelines/results/6", runNumber: "6" },
  ],
  [
    "Travis",
    { TRAVIS: "true", TRAVIS_JOB_WEB_URL: "https://app.travis-ci.com/o/r/jobs/1", TRAVIS_EVENT_TYPE: "push" },
    { ci: "travis", link: "https://app.travis-ci.com/o/r/jobs/1", event: "push" },
  ],
  [
    "AWS CodeBuild",
    {
      CODEBUILD_BUILD_ID: "p:1",
      CODEBUILD_BUILD_URL: "https://us-east-1.console.aws.amazon.com/codebuild/home?region=us-east-1#/builds/p:1/view/new",
      CODEBUILD_INITIATOR: "GitHub-Hookshot/1",
    },
    {
      ci: "codebuild",
      link: "https://us-east-1.console.aws.amazon.com/codebuild/home?region=us-east-1#/builds/p:1/view/new",
      actor: "GitHub-Hookshot/1",
      runId: "p:1",
    },
  ],
  ["Drone", { DRONE: "true", DRONE_BUILD_LINK: "https://drone/o/r/2" }, { ci: "drone", link: "https://drone/o/r/2" }],
  [
    "Semaphore",
    { SEMAPHORE: "true", SEMAPHORE_ORGANIZATION_URL: "https://o.semaphoreci.com", SEMAPHORE_WORKFLOW_ID: "w" },
    { ci: "semaphore", link: "https://o.semaphoreci.com/workflows/w", runId: "w" },
  ],
];

for (const [name, env, run] of runs) {
  test(`${name}: the run has its link, and what the service says of it`, () => assert.deepEqual(runFromEnvironment(env), run));
}

test("every service that a commit is taken from has its run told", () => {
  const told = runs.map(([, env]) => Object.keys(env)[0]);
  assert.deepEqual(told.toSorted(), services.map(({ detect }) => detect).toSorted());
});

test("what is no link is left out, and so are credentials in one", () => {
  for (const BUILD_URL of ["javascript:alert(1)", "not a link", "http://", `https://j/${"x".repeat(2000)}`])
    assert.deepEqual(runFromEnvironment({ JENKINS_URL: "j", BUILD_URL }), { ci: "jenkins" });
  assert.equal(runFromEnvironment({ JENKINS_URL: "j", BUILD_URL: "https://j/?token=abc" })?.["link"], "https://j/?token=REDACTED");
});
