import { type GithubHistory, githubHistory, githubRecorder } from "../github/index.ts";
import type { Emit, GithubRecord, Report } from "../report/index.ts";
import { askOnce } from "../store/index.ts";
import type { Edge } from "./edge.ts";
import { reachOf } from "./reach.ts";

/** Bytes of an answer of GitHub's API; one with many changed files has some megabytes. */
const limit = 16 * 1024 * 1024;
/** Milliseconds; where an answer is late there is another way. */
const timeouts = { connectMs: 5_000, headersMs: 20_000, idleMs: 10_000 };

/** The history as GitHub knows it, in a run of GitHub Actions that has a token. */
export function forge(options: { readonly caFile?: string | undefined }, edge: Edge, emit: Emit): GithubHistory | undefined {
  return githubHistory({
    env: edge.env,
    get: async (url, headers) =>
      await askOnce({ method: "GET", url, headers, limit, signal: edge.signal }, { ...reachOf(options, edge), timeouts }),
    emit,
  });
}

/** Writes reports down at GitHub; see {@link githubRecorder}. */
export function recorder(
  options: { readonly caFile?: string | undefined },
  edge: Edge,
  environment: string,
): (report: Report) => Promise<GithubRecord> {
  return githubRecorder({
    env: edge.env,
    ask: async (request) => await askOnce({ ...request, limit, signal: edge.signal }, { ...reachOf(options, edge), timeouts }),
    environment,
  });
}
