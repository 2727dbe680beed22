/** The commit that the environment names, as far as it does. */
export interface CommitFromEnvironment {
  /** A full object name; absent where the environment knows the run but not the commit. */
  readonly commit?: string | undefined;
  /** The branch that the run was started for; absent for tags and pull requests. */
  readonly branch?: string | undefined;
  /** Who said so: a variable's or a service's name. */
  readonly from: string;
  /** What the person who reads the log should know about the choice. */
  readonly note?: string | undefined;
}

/** A push to a branch. */
export interface Push {
  /** What the branch named before; undefined where it is new. */
  readonly before: string | undefined;
  readonly after: string;
  readonly branch: string;
}

/** Reads a text file that the environment names; undefined where it cannot be read. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** What a service says; with it the commit that it made for a pull request, where it made one. */
export interface ServiceCommit extends CommitFromEnvironment {
  readonly merge?: string | undefined;
}

/** Whether the text is a full object name, of a SHA-1 or SHA-256 repository. */
export function isCommit(text: string | undefined): text is string {
  return text !== undefined && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** `refs/heads/NAME` is a branch; tags and pull requests are not. */
export function branchOf(ref: string): string | undefined {
  return ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : undefined;
}
