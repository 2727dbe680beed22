import type { CommitFromEnvironment } from "../config/index.ts";
import type { Repository } from "../git/index.ts";
import type { Emit } from "../report/index.ts";
import type { PublishedCommit } from "./types.ts";

/** How a run names the commit. */
export interface CommitChoice {
  /** `--commit`: a full object name. */
  readonly commit?: string | undefined;
  /** What the CI says: commit, branch and a note for the person who reads the log. */
  readonly environment?: CommitFromEnvironment | undefined;
  /** Branches, or patterns of branches, that the configuration names. */
  readonly branches: readonly string[];
}

/**
 * Step 1: the commit to publish: `--commit`, else the CI's own, else HEAD. Local edits don't matter and are mentioned.
 * @param meanwhile takes the look for local edits, which never fails and need not be waited for; waited for here unless given
 * @throws Failure COMMIT_UNKNOWN, COMMIT_ABBREVIATED
 */
export async function chooseCommit(
  repository: Repository,
  choice: CommitChoice,
  emit: Emit,
  meanwhile?: (mentioned: Promise<void>) => void,
): Promise<PublishedCommit> {
  const named = choice.commit ?? choice.environment?.commit;
  const commit = await repository.commit(named);
  const branch = await repository.branchOf(
    commit.sha,
    choice.branches,
    choice.commit === undefined ? choice.environment?.branch : undefined,
  );
  const from = choice.commit !== undefined ? "--commit" : (choice.environment?.from ?? "HEAD");
  if (choice.commit === undefined && choice.environment?.note !== undefined)
    emit({ kind: "message", level: "info", text: choice.environment.note });
  if (named === undefined) {
    // In a large checkout git takes longer to look for edits than all else that is done before the registries are asked.
    const mentioned = mentionEdits(repository, emit).catch(() => {});
    if (meanwhile === undefined) await mentioned;
    else meanwhile(mentioned);
  }
  return { ...commit, branch, from };
}

async function mentionEdits(repository: Repository, emit: Emit): Promise<void> {
  const changes = await repository.changes();
  if (changes.length === 0) return;
  const names = changes.slice(0, 3).join(", ");
  emit({
    kind: "message",
    level: "info",
    text: `${changes.length} local ${changes.length === 1 ? "edit is" : "edits are"} not in the commit and not in the image: ${names}${changes.length > 3 ? ", …" : ""}`,
  });
}
