/** Where the run's repository is on GitHub; undefined elsewhere, and where the environment is not GitHub's. */
export function repositoryLink(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { GITHUB_SERVER_URL: server = "", GITHUB_REPOSITORY: repository = "" } = env;
  const known = /^https:\/\/[\w.-]+(?::\d+)?$/.test(server) && /^[\w.-]+\/[\w.-]+$/.test(repository);
  return known ? `${server}/${repository}` : undefined;
}
