import { redactUrl } from "../../failure/index.ts";
import type { Environment } from "../environment.ts";
import { serviceIn } from "./services.ts";

/** Which variables say what of a run; each service's documentation names them. */
interface RunVariables {
  /** What the record calls the service. */
  readonly ci: string;
  readonly link: (env: Environment) => string | undefined;
  readonly actor?: string;
  readonly event?: string;
  readonly runId?: string;
  readonly runNumber?: string;
  readonly attempt?: string;
}

/** By the variable that the service is told by. */
const table: Readonly<Record<string, RunVariables>> = {
  GITLAB_CI: {
    ci: "gitlab",
    link: (env) => env["CI_JOB_URL"],
    actor: "GITLAB_USER_LOGIN",
    event: "CI_PIPELINE_SOURCE",
    runId: "CI_JOB_ID",
    runNumber: "CI_PIPELINE_IID",
  },
  CIRCLECI: {
    ci: "circleci",
    link: (env) => env["CIRCLE_BUILD_URL"],
    actor: "CIRCLE_USERNAME",
    runId: "CIRCLE_WORKFLOW_ID",
    runNumber: "CIRCLE_BUILD_NUM",
  },
  BUILDKITE: {
    ci: "buildkite",
    link: (env) => joined("#", env["BUILDKITE_BUILD_URL"], env["BUILDKITE_JOB_ID"]) ?? env["BUILDKITE_BUILD_URL"],
    actor: "BUILDKITE_BUILD_CREATOR",
    event: "BUILDKITE_SOURCE",
    runId: "BUILDKITE_BUILD_ID",
    runNumber: "BUILDKITE_BUILD_NUMBER",
    attempt: "BUILDKITE_RETRY_COUNT",
  },
  JENKINS_URL: { ci: "jenkins", link: (env) => env["BUILD_URL"], actor: "BUILD_USER_ID", runId: "BUILD_TAG", runNumber: "BUILD_NUMBER" },
  TF_BUILD: {
    ci: "azure-pipelines",
    link: ({ SYSTEM_COLLECTIONURI: at, SYSTEM_TEAMPROJECT: project, BUILD_BUILDID: id }) =>
      joined("", at, project && encodeURIComponent(project), "/_build/results?buildId=", id),
    actor: "BUILD_REQUESTEDFOR",
    event: "BUILD_REASON",
    runId: "BUILD_BUILDID",
    runNumber: "BUILD_BUILDNUMBER",
    attempt: "SYSTEM_JOBATTEMPT",
  },
  BITBUCKET_BUILD_NUMBER: {
    ci: "bitbucket",
    link: (env) =>
      joined("", "https://bitbucket.org/", env["BITBUCKET_REPO_FULL_NAME"], "/pipelines/results/", env["BITBUCKET_BUILD_NUMBER"]),
    actor: "BITBUCKET_STEP_TRIGGERER_UUID",
    runId: "BITBUCKET_PIPELINE_UUID",
    runNumber: "BITBUCKET_BUILD_NUMBER",
  },
  TRAVIS: {
    ci: "travis",
    link: (env) => env["TRAVIS_JOB_WEB_URL"],
    event: "TRAVIS_EVENT_TYPE",
    runId: "TRAVIS_JOB_ID",
    runNumber: "TRAVIS_BUILD_NUMBER",
  },
  CODEBUILD_BUILD_ID: {
    ci: "codebuild",
    link: (env) => env["CODEBUILD_BUILD_URL"],
    actor: "CODEBUILD_INITIATOR",
    event: "CODEBUILD_WEBHOOK_EVENT",
    runId: "CODEBUILD_BUILD_ID",
    runNumber: "CODEBUILD_BUILD_NUMBER",
  },
  DRONE: {
    ci: "drone",
    link: (env) => env["DRONE_BUILD_LINK"],
    actor: "DRONE_BUILD_TRIGGER",
    event: "DRONE_BUILD_EVENT",
    runNumber: "DRONE_BUILD_NUMBER",
  },
  SEMAPHORE: {
    ci: "semaphore",
    link: (env) => joined("/workflows/", env["SEMAPHORE_ORGANIZATION_URL"], env["SEMAPHORE_WORKFLOW_ID"]),
    event: "SEMAPHORE_WORKFLOW_TRIGGERED_BY",
    runId: "SEMAPHORE_WORKFLOW_ID",
    runNumber: "SEMAPHORE_WORKFLOW_NUMBER",
  },
};

/**
 * What a CI service other than GitHub Actions says of its run: `ci` is its name, `link` where the run can be looked up; besides
 * whoever began it, what for, its numbers. Undefined outside of such a run.
 */
export function runFromEnvironment(env: Environment): Readonly<Record<string, string>> | undefined {
  const detect = serviceIn(env)?.detect;
  const variables = detect === undefined ? undefined : table[detect];
  if (variables === undefined) return undefined;
  const { ci, link, ...named } = variables;
  const facts = Object.entries(named).flatMap(([name, variable]) => {
    const value = env[variable];
    return value ? [[name, value.slice(0, 500)] as const] : [];
  });
  const url = shownLink(link(env));
  return { ci, ...(url === undefined ? {} : { link: url }), ...Object.fromEntries(facts) };
}

/** All parts in one text; undefined where one is missing. */
function joined(between: string, ...parts: readonly (string | undefined)[]): string | undefined {
  return parts.every(Boolean) ? parts.join(between) : undefined;
}

/** A link as a record may have it: of the web, and without credentials. Single-page services name the run after the hash. */
function shownLink(text: string | undefined): string | undefined {
  if (!text || !/^https?:\/\//i.test(text) || text.length > 2000 || !URL.canParse(text)) return undefined;
  const { hash } = new URL(text);
  return `${redactUrl(text)}${/^#[A-Za-z0-9/:_-]*$/.test(hash) ? hash : ""}`;
}
