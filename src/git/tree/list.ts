import { Failure } from "../../failure/index.ts";
import { type GitOptions, gitOutput } from "../git.ts";

/** One entry of a commit's tree as git lists it; paths are relative to the listed folder. */
export interface Listed {
  readonly mode: string;
  readonly id: string;
  /** Bytes, for a file or a link, before any conversion. */
  readonly size: number;
  readonly path: string;
}

/** The most bytes that the list of a commit's files may have. */
const listLimit = 512 * 1024 * 1024;

/** A commit and a folder in it as one name of a tree. */
function treeName(sha: string, dir: string): string {
  return dir === "" ? `${sha}^{tree}` : `${sha}:${dir}`;
}

/**
 * Has git list everything below a folder of a commit, folders too.
 * @param dir without slashes at its ends; empty for all of the commit
 * @returns what git prints, for {@link listedIn}
 * @throws Failure GIT_FAILED
 */
export async function treeListing(sha: string, dir: string, where: GitOptions, options: { readonly sizes: boolean }): Promise<Buffer> {
  const argv = ["ls-tree", "-r", "-t", "-z", "--full-tree", ...(options.sizes ? ["--long"] : []), treeName(sha, dir)];
  return await gitOutput(argv, where, { maxBytes: listLimit });
}

/**
 * The entries in a listing of a commit's files.
 * @throws Failure CONTEXT_INVALID where a name is one that no folder may hold, or is not UTF-8
 */
export function listedIn(output: Buffer, sha: string): readonly Listed[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(output);
  } catch {
    throw new Failure("CONTEXT_INVALID", `commit ${sha} has a file whose name is not UTF-8`, {
      hint: "Rename the file; image layers take UTF-8 names only.",
    });
  }
  const careful = unholdable.test(text);
  const listed: Listed[] = [];
  for (let at = 0, end = text.indexOf("\0"); end !== -1; at = end + 1, end = text.indexOf("\0", at)) {
    const entry = parseEntry(text, at, end);
    if (careful && unholdable.test(`\t${entry.path}\0`)) throw cannotHold(entry.path, sha);
    listed.push(entry);
  }
  return listed;
}

/** A part of a path that no folder may hold, between the signs that stand around paths in a list. One look at a whole list tells for most. */
const unholdable = /[\t/](?:\.{0,2}|\.git)[/\0]/i;

/** `MODE TYPE ID[ SIZE]⇥PATH`; the size is filled up with spaces. */
function parseEntry(text: string, start: number, end: number): Listed {
  const tab = text.indexOf("\t", start);
  const idStart = text.indexOf(" ", start + 7) + 1;
  const space = text.indexOf(" ", idStart);
  const sized = space !== -1 && space < tab;
  const size = sized ? text.slice(space, tab).trim() : "-";
  return {
    mode: text.slice(start, start + 6),
    id: text.slice(idStart, sized ? space : tab),
    size: size === "-" ? 0 : Number(size),
    path: text.slice(tab + 1, end),
  };
}

function cannotHold(path: string, sha: string): Failure {
  return new Failure("CONTEXT_INVALID", `commit ${sha} holds the path ${JSON.stringify(path.slice(0, 200))}, which no folder may hold`, {
    hint: "Such a commit was not made by git; look at where it comes from (git fsck).",
  });
}
