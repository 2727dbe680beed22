import { isLoopback } from "../oci/index.ts";

/** The run's repository at GitHub's API, and the token that speaks for the run. */
export interface GithubApi {
  /** Where the API begins, without a slash at its end. */
  readonly base: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** Link to the repository. */
  readonly source: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The API of the repository that a run of GitHub Actions is for; undefined elsewhere, and without a token. */
export function apiOf(env: Readonly<Record<string, string | undefined>>): GithubApi | undefined {
  const { GITHUB_ACTIONS: actions, GITHUB_REPOSITORY: repository = "" } = env;
  const token = env["WAYBILL_GITHUB_TOKEN"] || env["GITHUB_TOKEN"] || env["GH_TOKEN"];
  if (actions !== "true" || !token || !/^[\w.-]+\/[\w.-]+$/.test(repository)) return undefined;
  const server = URL.parse(env["GITHUB_SERVER_URL"] || "https://github.com");
  const url = URL.parse(env["GITHUB_API_URL"] || "https://api.github.com");
  // The token goes to nobody who could read it on the way.
  if (server === null || url === null || (url.protocol !== "https:" && !isLoopback(url.hostname))) return undefined;
  return {
    base: `${url.origin}${url.pathname.replace(/\/+$/, "")}`,
    repository,
    source: `https://${server.host}/${repository}`,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${token}`,
      "user-agent": "waybill",
      "x-github-api-version": "2022-11-28",
    },
  };
}
