import type { Environment } from "../environment.ts";
import { branchOf, isCommit, type ReadText, type ServiceCommit } from "./names.ts";

/**
 * GitHub Actions, and Gitea's and Forgejo's. For a pull request GITHUB_SHA is a merge commit that exists for the test
 * only and is on no branch; the head of the pull request is what people mean.
 */
export async function githubCommit(env: Environment, readFile: ReadText): Promise<ServiceCommit> {
  const { GITHUB_SHA: sha, GITHUB_REF: ref = "", GITHUB_EVENT_PATH: eventPath } = env;
  if (!isCommit(sha)) return { from: "GitHub Actions", note: "GITHUB_SHA is no commit; HEAD is taken" };
  // A head branch's name is the choice of whoever opened the pull request, and may be `main`.
  if (!/^refs\/pull\/[0-9]+\//.test(ref)) return { commit: sha, branch: branchOf(ref), from: "GITHUB_SHA" };
  const head = headOf(eventPath === undefined ? undefined : await readFile(eventPath));
  if (head === undefined)
    return { commit: sha, from: "GITHUB_SHA", note: "this is the merge commit that GitHub made to test a pull request" };
  return {
    commit: head,
    merge: sha,
    from: "the pull request's head",
    note: `a pull request: its head ${head.slice(0, 12)} is meant, not the merge commit ${sha.slice(0, 12)} that GitHub made to test it`,
  };
}

/** `pull_request.head.sha` of the event (GitHub, "Webhook events and payloads"). */
function headOf(event: string | undefined): string | undefined {
  if (event === undefined) return undefined;
  try {
    const sha = ["pull_request", "head", "sha"].reduce(field, JSON.parse(event));
    return typeof sha === "string" && isCommit(sha) ? sha : undefined;
  } catch {
    return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
