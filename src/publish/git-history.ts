import type { CommitFromEnvironment } from "../config/index.ts";
import type { Answer, Repository } from "../git/index.ts";
import type { Emit } from "../report/index.ts";
import type { History } from "./history.ts";

/** What the CI knows of the branch, beside what git can fetch. */
export interface GitHistoryOptions {
  /** A commit that was pushed as the head of `branch`: it is on the branch even where a fetch fails. */
  readonly knownHead?: string | undefined;
  readonly branch?: string | undefined;
  readonly emit: Emit;
}

/** What the CI says of a branch: the commit that its run is for was pushed as its head. */
export function pushed(environment: CommitFromEnvironment | undefined): Pick<GitHistoryOptions, "knownHead" | "branch"> {
  return { knownHead: environment?.commit, branch: environment?.branch };
}

/** The history of one round: each branch is fetched once, when it is first asked for. */
export function gitHistory(repository: Repository, options: GitHistoryOptions): History {
  const tips = new Map<string, Promise<string | undefined>>();
  const fetchTip = async (branch: string): Promise<string | undefined> => {
    const knownHead = branch === options.branch ? options.knownHead : undefined;
    const tip = await repository.branchTip(branch, { fetch: true, knownHead });
    if (tip?.fetchFailed !== undefined) {
      options.emit({
        kind: "message",
        level: "warning",
        text: `${branch} could not be fetched, so what is known of it here counts: ${tip.fetchFailed}`,
        hint: "Give the job read access to the repository (contents: read, and a checkout that keeps its credentials).",
      });
    }
    return tip?.sha;
  };
  return {
    tip(branch) {
      const tip = tips.get(branch) ?? fetchTip(branch);
      tips.set(branch, tip);
      return tip;
    },
    async isFirstParent(sha, tip): Promise<Answer> {
      return sha === tip ? true : await repository.isFirstParentAncestor(sha, tip);
    },
    isAncestor: (ancestor, descendant) => repository.isAncestor(ancestor, descendant),
    between: (sha, tip) => repository.firstParentsSince(sha, tip),
  };
}
