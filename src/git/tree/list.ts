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
 * Lists everything below a folder of a commit, folders too.
 * @param dir without slashes at its ends; empty for all of the commit
 * @throws Failure CONTEXT_INVALID where a name is one that no folder may hold, or is not UTF-8
 */
export async function listTree(
  sha: string,
  dir: string,
  where: GitOptions,
  options: { readonly sizes: boolean },
): Promise<readonly Listed[]> {
  const argv = ["ls-tree", "-r", "-t", "-z", "--full-tree", ...(options.sizes ? ["--long"] : []), treeName(sha, dir)];
  const output = await gitOutput(argv, where, { maxBytes: listLimit });
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(output);
  } catch {
    throw new Failure("CONTEXT_INVALID", `commit ${sha} has a file whose name is not UTF-8`, {
      hint: "Rename the file; image layers take UTF-8 names only.",
    });
  }
  return text
    .split("\0")
    .filter(Boolean)
    .map((entry) => parseEntry(entry, sha));
}

/** A part of a path that no folder may hold. */
const unholdable = /(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$)/i;

function parseEntry(entry: string, sha: string): Listed {
  const tab = entry.indexOf("\t");
  const [mode = "", , id = "", size = "0"] = entry.slice(0, tab).split(/ +/);
  const path = entry.slice(tab + 1);
  if (unholdable.test(path)) {
    throw new Failure("CONTEXT_INVALID", `commit ${sha} holds the path ${JSON.stringify(path.slice(0, 200))}, which no folder may hold`, {
      hint: "Such a commit was not made by git; look at where it comes from (git fsck).",
    });
  }
  return { mode, id, size: size === "-" ? 0 : Number(size), path };
}
