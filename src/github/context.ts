/** Facts that a record keeps, by their variable. */
const facts = {
  actor: "GITHUB_ACTOR",
  triggeredBy: "GITHUB_TRIGGERING_ACTOR",
  event: "GITHUB_EVENT_NAME",
  ref: "GITHUB_REF",
  workflow: "GITHUB_WORKFLOW_REF",
  runId: "GITHUB_RUN_ID",
  runNumber: "GITHUB_RUN_NUMBER",
  attempt: "GITHUB_RUN_ATTEMPT",
  runner: "RUNNER_ENVIRONMENT",
} as const;

/** What the record says of a run of GitHub Actions: its link, who began it, which attempt it is. Undefined elsewhere. */
export function githubContext(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> | undefined {
  if (env["GITHUB_ACTIONS"] !== "true") return undefined;
  const known = Object.entries(facts).flatMap(([name, variable]) =>
    env[variable] ? [[name, (env[variable] ?? "").slice(0, 500)] as const] : [],
  );
  const [server, repository, run] = [env["GITHUB_SERVER_URL"], env["GITHUB_REPOSITORY"], env["GITHUB_RUN_ID"]];
  const link =
    server && repository && run ? { link: `${server}/${repository}/actions/runs/${run}/attempts/${env["GITHUB_RUN_ATTEMPT"] ?? "1"}` } : {};
  return { ci: "github", ...link, ...Object.fromEntries(known) };
}
