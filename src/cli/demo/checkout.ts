import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, quoteForeign } from "../../failure/index.ts";
import { openRepository } from "../../git/index.ts";
import { type RunResult, run } from "../../process/index.ts";

/** What the demo publishes: folders with a Dockerfile each. */
export const examples = { good: "examples/hello", wrong: "examples/wrong-architecture" } as const;

/** A clone that the demo may add to. */
export interface Checkout extends AsyncDisposable {
  readonly dir: string;
  /** The commit that is published as the newest. */
  readonly head: string;
  /** The commit before it. */
  readonly parent: string;
  /** Whether the demo made `head` itself, and why. */
  readonly added: string | undefined;
}

/**
 * Clones the repository's HEAD into a temporary folder, so that local edits don't matter. Where HEAD has no parent with the
 * example in it (a shallow or a new repository), a commit is added on top, and HEAD is the parent.
 * @throws Failure NOT_A_REPOSITORY; USAGE where the repository has no example
 */
export async function cloneHead(from: string, signal: AbortSignal): Promise<Checkout> {
  await using source = await openRepository(from, { signal });
  const { sha: head, parents } = await source.commit();
  if ((await source.readFile(head, `${examples.good}/Dockerfile`)) === undefined) {
    throw new Failure("USAGE", `the repository in ${source.root} has no ${examples.good}, which the demo publishes`, {
      hint: "Run the demo in a checkout of waybill; for your own repository: waybill publish --to HOST/REPOSITORY.",
    });
  }
  const dir = await mkdtemp(join(tmpdir(), "waybill-demo-"));
  const remove = async (): Promise<void> => await rm(dir, { recursive: true, force: true });
  try {
    await git(["clone", "--quiet", "--no-checkout", "--shared", "--", source.root, dir], from, signal);
    await git(["remote", "remove", "origin"], dir, signal);
    await git(["checkout", "--quiet", "-B", "main", head], dir, signal);
    const parent = parents[0];
    // Asked in the clone, where nothing fetches what a shallow checkout lacks.
    const usable = parent !== undefined && (await tryGit(["cat-file", "-e", `${parent}:${examples.good}/Dockerfile`], dir, signal));
    if (usable) return { dir, head, parent, added: undefined, [Symbol.asyncDispose]: remove };
    await writeFile(join(dir, examples.good, "ADDED-BY-THE-DEMO"), "A commit needs a change.\n");
    await git(["add", "--all"], dir, signal);
    await git(
      [
        "-c",
        "user.name=demo",
        "-c",
        "user.email=demo@localhost",
        "-c",
        "commit.gpgSign=false",
        "commit",
        "--quiet",
        "--message",
        "Add a commit for the demo",
      ],
      dir,
      signal,
    );
    const { stdout } = await git(["rev-parse", "HEAD"], dir, signal);
    const why = parent === undefined ? "HEAD has no parent" : "HEAD's parent is not here or has no example";
    return { dir, head: stdout.toString().trim(), parent: head, added: why, [Symbol.asyncDispose]: remove };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

async function git(argv: readonly string[], cwd: string, signal: AbortSignal): Promise<RunResult> {
  const result = await runGit(argv, cwd, signal);
  if (result.exitCode === 0) return result;
  throw new Failure("GIT_FAILED", `git ${argv[0]} failed for the demo: ${quoteForeign(result.stderr)}`, {
    hint: "Look whether git itself works in this checkout.",
  });
}

async function tryGit(argv: readonly string[], cwd: string, signal: AbortSignal): Promise<boolean> {
  return (await runGit(argv, cwd, signal)).exitCode === 0;
}

async function runGit(argv: readonly string[], cwd: string, signal: AbortSignal): Promise<RunResult> {
  // Settings and hooks of the person who runs the demo must not change what it shows.
  const env = {
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_DIR: undefined,
    GIT_WORK_TREE: undefined,
    GIT_INDEX_FILE: undefined,
  };
  return await run("git", ["-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", ...argv], {
    cwd,
    env,
    signal,
    timeoutMs: 120_000,
  });
}
