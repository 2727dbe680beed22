import { Failure } from "../failure/index.ts";
import type { GitObject } from "./batch.ts";
import type { CommitSha } from "./names.ts";

/** A commit, as far as publishing needs to know it. */
export interface Commit {
  readonly sha: CommitSha;
  readonly tree: string;
  readonly parents: readonly CommitSha[];
  /** The committer's time in seconds since 1970. */
  readonly committedAt: number;
  /** First line of the message. */
  readonly subject: string;
}

/** Parses a commit object (git-hash-object, "commit" objects: header lines, an empty line, the message). */
export function parseCommit({ id, content }: GitObject): Commit {
  const text = content.toString("utf8");
  const end = text.indexOf("\n\n");
  const headers = (end === -1 ? text : text.slice(0, end)).split("\n");
  const values = (name: string): readonly string[] =>
    headers.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const tree = values("tree")[0];
  const seconds = / (-?\d+) [+-]\d+$/.exec(values("committer")[0] ?? "")?.[1];
  if (tree === undefined || seconds === undefined)
    throw new Failure("GIT_FAILED", `commit ${id} cannot be read: it has no tree or no committer`);
  const subject = (end === -1 ? "" : text.slice(end + 2)).trimStart().split("\n")[0] ?? "";
  return {
    sha: id as CommitSha,
    tree,
    parents: values("parent") as readonly string[] as readonly CommitSha[],
    // A time before 1970 or after the year 9999 has no RFC 3339 form that registries take.
    committedAt: Math.min(Math.max(Number(seconds), 0), 253_402_300_799),
    subject: subject.trim().slice(0, 200),
  };
}
