import type { Environment } from "../environment.ts";
import { branchOf, isCommit, type ServiceCommit } from "./names.ts";

/** A CI service: how a run of it is told, and which commit and branch its variables name. */
export interface Service {
  /** The variable that only this service sets. */
  readonly detect: string;
  readonly commit: (env: Environment) => ServiceCommit;
  /** What the branch named before the push that the run is for, where the service says so. */
  readonly before: (env: Environment) => string | undefined;
}

interface Variables {
  readonly name: string;
  readonly detect: string;
  /** The variable with the commit. */
  readonly commit: string;
  /** The branch, for runs of branches; undefined for those of tags and pull requests. */
  readonly branch: (env: Environment) => string | undefined;
  /** The variable with what the branch named before a push; zeros where it is new. */
  readonly before?: string;
  /** The variable with a pull request's head, where the commit is a merge that the service made. */
  readonly head?: string;
  /** The variable of a pull request whose commit may be a merge, where the service does not name the head. */
  readonly perhapsMerged?: string;
}

/** Variables as each service's documentation names them. */
const table: readonly Variables[] = [
  {
    name: "GitLab",
    detect: "GITLAB_CI",
    commit: "CI_COMMIT_SHA",
    branch: (env) => env["CI_COMMIT_BRANCH"],
    before: "CI_COMMIT_BEFORE_SHA",
    head: "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA",
  },
  {
    name: "CircleCI",
    detect: "CIRCLECI",
    commit: "CIRCLE_SHA1",
    // A fork's pull request has its own number; its branch is the fork's.
    branch: (env) => (env["CIRCLE_PR_NUMBER"] || env["CIRCLE_TAG"] ? undefined : env["CIRCLE_BRANCH"]),
  },
  {
    name: "Buildkite",
    detect: "BUILDKITE",
    commit: "BUILDKITE_COMMIT",
    branch: (env) => (isSet(env["BUILDKITE_PULL_REQUEST"]) || env["BUILDKITE_TAG"] ? undefined : env["BUILDKITE_BRANCH"]),
  },
  {
    name: "Jenkins",
    detect: "JENKINS_URL",
    commit: "GIT_COMMIT",
    branch: (env) =>
      env["CHANGE_ID"] || env["TAG_NAME"] ? undefined : (env["BRANCH_NAME"] ?? env["GIT_BRANCH"]?.replace(/^origin\//, "")),
    // What was built before, which serves the same: Jenkins may build several pushes at once.
    before: "GIT_PREVIOUS_COMMIT",
    perhapsMerged: "CHANGE_ID",
  },
  {
    name: "Azure Pipelines",
    detect: "TF_BUILD",
    commit: "BUILD_SOURCEVERSION",
    branch: (env) => branchOf(env["BUILD_SOURCEBRANCH"] ?? ""),
    head: "SYSTEM_PULLREQUEST_SOURCECOMMITID",
  },
  {
    name: "Bitbucket",
    detect: "BITBUCKET_BUILD_NUMBER",
    commit: "BITBUCKET_COMMIT",
    branch: (env) => (env["BITBUCKET_PR_ID"] ? undefined : env["BITBUCKET_BRANCH"]),
  },
  {
    name: "Travis",
    detect: "TRAVIS",
    commit: "TRAVIS_COMMIT",
    branch: (env) => (isSet(env["TRAVIS_PULL_REQUEST"]) || env["TRAVIS_TAG"] ? undefined : env["TRAVIS_BRANCH"]),
    head: "TRAVIS_PULL_REQUEST_SHA",
  },
  {
    name: "AWS CodeBuild",
    detect: "CODEBUILD_BUILD_ID",
    commit: "CODEBUILD_RESOLVED_SOURCE_VERSION",
    branch: (env) => (env["CODEBUILD_WEBHOOK_EVENT"] === "PUSH" ? branchOf(env["CODEBUILD_WEBHOOK_HEAD_REF"] ?? "") : undefined),
    before: "CODEBUILD_WEBHOOK_PREV_COMMIT",
  },
  {
    name: "Drone",
    detect: "DRONE",
    commit: "DRONE_COMMIT_SHA",
    branch: (env) => (env["DRONE_BUILD_EVENT"] === "push" ? env["DRONE_BRANCH"] : undefined),
    before: "DRONE_COMMIT_BEFORE",
  },
  {
    name: "Semaphore",
    detect: "SEMAPHORE",
    commit: "SEMAPHORE_GIT_SHA",
    branch: (env) => (env["SEMAPHORE_GIT_REF_TYPE"] === "branch" ? env["SEMAPHORE_GIT_BRANCH"] : undefined),
    head: "SEMAPHORE_GIT_PR_SHA",
  },
];

export const services: readonly Service[] = table.map(({ name, detect, commit, branch, head, perhapsMerged, before }) => ({
  detect,
  before: (env) => (before === undefined ? undefined : env[before]),
  commit: (env) => {
    const sha = env[commit];
    // Buildkite, for one, may say HEAD where it was started by hand.
    if (!isCommit(sha)) return { from: name, note: `${name} names no commit in ${commit}; HEAD is taken` };
    const pulled = head === undefined ? undefined : env[head];
    if (perhapsMerged !== undefined && env[perhapsMerged])
      return {
        commit: sha,
        from: commit,
        note: `a pull request: ${name} may have merged it, and then ${sha.slice(0, 12)} is not its head`,
      };
    if (!isCommit(pulled) || pulled === sha) return { commit: sha, branch: branch(env) || undefined, from: commit };
    const note = `a pull request: its head ${pulled.slice(0, 12)} is meant, not the merge commit ${sha.slice(0, 12)} that ${name} made`;
    return { commit: pulled, merge: sha, from: `the pull request's head`, note };
  },
}));

/** The service that a run is on. */
export function serviceIn(env: Environment): Service | undefined {
  return services.find(({ detect }) => env[detect]);
}

/** Buildkite and Travis write "false" where there is no pull request. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "false";
}
