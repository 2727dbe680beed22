import { Failure } from "../failure/index.ts";

declare const brand: unique symbol;

/** A commit's full object name: 40 hexadecimal digits, 64 in a SHA-256 repository. */
export type CommitSha = string & { readonly [brand]: "CommitSha" };

const full = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const hex = /^[0-9a-f]+$/i;

/** Whether the text is a full object name in lower case. */
export function isFullName(text: string): text is CommitSha {
  return full.test(text);
}

/**
 * A commit's full object name. Upper case is lowered; nothing else is guessed.
 * @throws Failure COMMIT_ABBREVIATED, COMMIT_UNKNOWN where it is no object name at all
 */
export function parseCommitSha(text: string): CommitSha {
  const lower = text.trim().toLowerCase();
  if (full.test(lower)) return lower as CommitSha;
  if (hex.test(lower)) throw abbreviated(lower);
  throw new Failure("COMMIT_UNKNOWN", `"${text.slice(0, 100)}" is not a commit's full object name`, {
    hint: `Give all 40 digits (64 in a SHA-256 repository), for instance $(git rev-parse ${/^[\w./~^-]{1,100}$/.test(text) && !text.startsWith("-") ? text : "HEAD"}).`,
  });
}

/** A name that has too few digits: two commits may share it tomorrow. */
export function abbreviated(name: string): Failure {
  return new Failure(
    "COMMIT_ABBREVIATED",
    `"${name.slice(0, 100)}" is an abbreviated commit: ${name.length} of its 40 digits (64 in a SHA-256 repository)`,
    {
      hint: `Give the full name: git rev-parse ${name.slice(0, 40)}`,
    },
  );
}
