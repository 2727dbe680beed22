import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";
import { type GitOptions, git, gitOutput } from "../git.ts";

/** Files that a checkout would not hold as they are in git: written out, by their paths in the commit. */
export interface Converted {
  readonly dir: string;
  readonly paths: ReadonlySet<string>;
}

const attributes = ["text", "eol", "filter", "ident", "working-tree-encoding"] as const;
/** Git LFS with its own names for the commands, whether or not it was set up on this machine. */
const lfs = ["filter.lfs.smudge=git-lfs smudge -- %f", "filter.lfs.process=git-lfs filter-process", "filter.lfs.required=true"].flatMap(
  (one) => ["-c", one],
);

/** Whether a file of attributes has any that converts, or a macro that may; most only say what is text. */
export function mayConvert(text: string): boolean {
  return /\[attr\]|\b(?:filter|ident|working-tree-encoding)\b|\beol\s*=\s*crlf\b|\bcrlf\b/i.test(text);
}

/**
 * Writes out the files that the commit's own attributes convert on checkout: line ends, encodings, idents and filters such as
 * Git LFS. The attributes are the commit's, whatever is checked out.
 * @param paths the files to ask about, relative to the root of the commit
 * @returns undefined where no file is converted; else a folder that the caller removes
 * @throws Failure CONTEXT_INVALID where a filter fails
 */
export async function convert(sha: string, paths: readonly string[], where: GitOptions, gitDir: string): Promise<Converted | undefined> {
  const scratch = await mkdtemp(join(tmpdir(), "waybill-git-"));
  try {
    // An index of its own, and an empty folder as its work tree: neither the checkout nor its attributes are looked at.
    const env = { GIT_DIR: gitDir, GIT_INDEX_FILE: join(scratch, "index"), GIT_WORK_TREE: join(scratch) };
    const inside: GitOptions = { ...where, cwd: scratch };
    await gitOutput(["read-tree", sha], inside, { env });
    const wanted = await converted(paths, inside, env);
    if (wanted.length === 0) {
      await rm(scratch, { recursive: true, force: true });
      return undefined;
    }
    const dir = join(scratch, "files");
    const result = await git([...lfs, "checkout-index", "--quiet", "-z", "--stdin", `--prefix=${dir}/`], inside, {
      env,
      input: `${wanted.join("\0")}\0`,
      timeoutMs: 900_000,
    });
    if (result.exitCode !== 0) throw filterFailed(wanted, result.stderr);
    return { dir, paths: new Set(wanted) };
  } catch (thrown) {
    await rm(scratch, { recursive: true, force: true });
    throw thrown;
  }
}

/** The files that at least one attribute converts. */
async function converted(paths: readonly string[], where: GitOptions, env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const output = await gitOutput(["check-attr", "--cached", "-z", "--stdin", ...attributes], where, {
    env,
    input: `${paths.join("\0")}\0`,
    maxBytes: 1 << 30,
  });
  const fields = output.toString("utf8").split("\0");
  const found = new Set<string>();
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path = "", attribute, value = ""] = [fields[at], fields[at + 1], fields[at + 2]];
    if (converts(attribute, value)) found.add(path);
  }
  return [...found];
}

function converts(attribute: string | undefined, value: string): boolean {
  if (value === "unspecified" || value === "unset") return false;
  // `text` alone changes nothing on checkout where line feeds are kept.
  if (attribute === "text") return false;
  return attribute === "eol" ? value === "crlf" : attribute === "ident" ? value === "set" : true;
}

function filterFailed(paths: readonly string[], stderr: string): Failure {
  const needsLfs = /git-lfs|lfs/i.test(stderr);
  return new Failure(
    "CONTEXT_INVALID",
    `files of the commit could not be made as a checkout has them (${paths.slice(0, 3).join(", ")}): ${quoteForeign(stderr)}`,
    {
      hint: needsLfs
        ? "Install git-lfs, and give the job read access to the LFS objects."
        : "Look at .gitattributes, and whether the filter's program is installed.",
    },
  );
}
