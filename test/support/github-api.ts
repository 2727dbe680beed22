import { createServer } from "node:http";
import type { TestRepository } from "./git-repository.ts";
import { listening } from "./http-service.ts";

/** A stand-in for GitHub's API on this machine: its compare call, answered from a real repository. */
export interface GithubApi extends AsyncDisposable {
  readonly url: string;
  /** Paths of all requests so far, with their queries. */
  readonly asked: string[];
  /** What the requests were signed with. */
  readonly tokens: Set<string | undefined>;
  /** Answers every request with this status, where it is set. */
  status: number | undefined;
}

/** What `git rev-list` says of a range, oldest first, each with its parents. */
function commitsOf(repository: TestRepository, range: string) {
  const lines = repository
    .git("rev-list", "--topo-order", "--reverse", "--parents", ...range.split(" "))
    .split("\n")
    .filter(Boolean);
  return lines.map((line) => {
    const [sha, ...parents] = line.split(" ");
    return { sha, parents: parents.map((parent) => ({ sha: parent })) };
  });
}

/** Starts it on a free port, for one repository (`OWNER/NAME`), under a path as GitHub Enterprise has it. */
export async function githubApi(repository: TestRepository, name: string): Promise<GithubApi> {
  const pattern = new RegExp(`^/api/v3/repos/${name}/compare/([0-9a-f]+)\\.\\.\\.([0-9a-f]+)$`);
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    api.asked.push(`${url.pathname}${url.search}`);
    api.tokens.add(request.headers.authorization);
    const [, base = "", head = ""] = pattern.exec(url.pathname) ?? [];
    const answer = (status: number, body: unknown): void => void response.writeHead(status).end(JSON.stringify(body));
    if (api.status !== undefined) return answer(api.status, { message: "no" });
    if (base === "") return answer(404, { message: "Not Found" });
    try {
      const [ahead, behind] = [commitsOf(repository, `${head} ^${base}`), commitsOf(repository, `${base} ^${head}`)];
      const status = ahead.length === 0 ? (behind.length === 0 ? "identical" : "behind") : behind.length === 0 ? "ahead" : "diverged";
      const [size, page] = [Number(url.searchParams.get("per_page")), Number(url.searchParams.get("page"))];
      return answer(200, { status, total_commits: ahead.length, commits: ahead.slice(size * (page - 1), size * page) });
    } catch {
      return answer(404, { message: "No common ancestor" });
    }
  });
  const listens = await listening(server);
  const api: GithubApi = {
    ...listens,
    url: `${listens.url}/api/v3`,
    asked: [],
    tokens: new Set(),
    status: undefined,
  };
  return api;
}
