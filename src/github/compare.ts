import { quoteForeign } from "../failure/index.ts";
import type { Emit } from "../report/index.ts";
import { apiOf } from "./api.ts";

/** Sends one GET and reads its answer. */
export type Get = (url: URL, headers: Readonly<Record<string, string>>) => Promise<{ readonly status: number; readonly body: string }>;

/** The history of the run's repository, as GitHub knows it. */
export interface GithubHistory {
  /** A link to the repository. */
  readonly source: string;
  isAncestor(ancestor: string, descendant: string): Promise<boolean | "unknown">;
  /** The first-parent history after a commit up to and with a tip, newest first; false where it does not lead there. */
  firstParentsSince(sha: string, tip: string): Promise<readonly string[] | false | "unknown">;
}

export interface GithubHistoryOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly get: Get;
  readonly emit: Emit;
}

/** Commits of one answer, and how many answers are read for one question: what is further away is left to git. */
const perPage = 100;
const mostPages = 5;

/** What an answer is read for. */
interface Comparison {
  readonly status: "ahead" | "behind" | "identical" | "diverged";
  readonly total: number;
  /** Commits that only the second has, oldest first; each with its parents. */
  readonly commits: readonly { readonly sha: string; readonly parents: readonly string[] }[];
}

/**
 * Asks GitHub's compare API about the repository that a run of GitHub Actions is for; undefined elsewhere, and without a token.
 * Two commits never compare otherwise later, so each pair is asked for once. What gives no answer is "unknown", and the first
 * such time is told.
 */
export function githubHistory({ env, get, emit }: GithubHistoryOptions): GithubHistory | undefined {
  const api = apiOf(env);
  if (api === undefined) return undefined;
  let told = false;
  const tell = (why: string): undefined => {
    if (!told) emit({ kind: "detail", text: `GitHub's compare API gave no answer (${why}), so git fetches the history` });
    told = true;
    return undefined;
  };
  const asked = new Map<string, Promise<Comparison | undefined>>();
  const ask = async (base: string, head: string, size: number, page: number): Promise<Comparison | undefined> => {
    const url = new URL(`${api.base}/repos/${api.repository}/compare/${base}...${head}?per_page=${size}&page=${page}`);
    try {
      const { status, body } = await get(url, api.headers);
      return status === 200 ? (parseComparison(JSON.parse(body)) ?? tell("its form is unknown")) : tell(`status ${status}`);
    } catch (thrown) {
      return tell(thrown instanceof Error ? quoteForeign(thrown.message) : "no answer");
    }
  };
  const compare = (base: string, head: string, size: number, page: number): Promise<Comparison | undefined> => {
    const key = `${base} ${head} ${size} ${page}`;
    const answer = asked.get(key) ?? ask(base, head, size, page);
    asked.set(key, answer);
    return answer;
  };
  return {
    source: api.source,
    async isAncestor(ancestor, descendant) {
      // The first page lists every changed file beside the commits (GitHub Docs, "Compare two commits").
      const answer = await compare(ancestor, descendant, 1, 2);
      return answer === undefined ? "unknown" : answer.status === "ahead" || answer.status === "identical";
    },
    async firstParentsSince(sha, tip) {
      const first = await compare(sha, tip, perPage, 1);
      if (first === undefined || first.total > perPage * mostPages) return "unknown";
      if (first.status === "identical") return [];
      if (first.status !== "ahead") return false;
      const pages = Array.from({ length: Math.ceil(first.total / perPage) - 1 }, (_, index) => compare(sha, tip, perPage, index + 2));
      const all = [first, ...(await Promise.all(pages))];
      if (all.includes(undefined)) return "unknown";
      return chain(sha, tip, new Map(all.flatMap((one) => one?.commits ?? []).map((commit) => [commit.sha, commit.parents[0]])));
    },
  };
}

/** Follows first parents from a tip; the map has all that the tip reaches and the commit does not. */
function chain(sha: string, tip: string, firstParent: ReadonlyMap<string, string | undefined>): readonly string[] | false {
  const newer: string[] = [];
  for (let at: string | undefined = tip; at !== sha; at = firstParent.get(at)) {
    if (at === undefined || !firstParent.has(at)) return false;
    newer.push(at);
  }
  return newer;
}

const statuses = ["ahead", "behind", "identical", "diverged"] as const;

function parseComparison(json: unknown): Comparison | undefined {
  const { status, total_commits: total, commits } = asObject(json);
  const known = statuses.find((one) => one === status);
  if (known === undefined || typeof total !== "number" || !Array.isArray(commits)) return undefined;
  const parsed = commits.flatMap((one) => {
    const { sha, parents } = asObject(one);
    return isName(sha)
      ? { sha, parents: (Array.isArray(parents) ? parents : []).map((parent) => asObject(parent)["sha"]).filter(isName) }
      : [];
  });
  return { status: known, total, commits: parsed };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{40,64}$/.test(value);
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
