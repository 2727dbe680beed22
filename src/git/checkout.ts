import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Failure } from "../failure/index.ts";
import type { Commit } from "./commit.ts";
import { gitOutput } from "./git.ts";
import { findPlace, type Place } from "./open.ts";
import { openRepository, type Repository } from "./repository.ts";

/** A checkout as a commit of everything in it would hold it: edits, new files and removals, without what git ignores. */
export interface Checkout extends AsyncDisposable {
  /** Reads the tree like any commit's. */
  readonly repository: Repository;
  /** What is checked out. */
  readonly head: Commit;
  /** Name of the tree, where the repository takes a commit's. */
  readonly tree: string;
  /** Whether it differs from what is checked out. */
  readonly dirty: boolean;
}

/** Milliseconds that taking in what is new may last. */
const addMs = 900_000;

/**
 * Opens the checkout that a folder is in. git itself says what a commit would hold, with an index and a folder of objects of its own:
 * the repository is left as it is. Of a submodule what is checked out counts, without edits.
 * @throws Failure NOT_A_REPOSITORY, COMMIT_UNKNOWN where nothing was ever committed, GIT_FAILED, PROGRAM_MISSING
 */
export async function openCheckout(dir: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Checkout> {
  const place = await findPlace(dir, signal);
  if (place.bare) throw new Failure("NOT_A_REPOSITORY", `${dir} is a bare repository: nothing is checked out there`, { hint: "Clone it." });
  const scratch = await mkdtemp(join(tmpdir(), "waybill-checkout-"));
  const remove = async (): Promise<void> => await rm(scratch, { recursive: true, force: true });
  const objects = join(scratch, "objects");
  let repository: Repository | undefined;
  try {
    await mkdir(objects);
    const tree = await treeOf(place, { scratch, objects }, signal);
    const opened = await openRepository(dir, { alternates: objects, signal });
    repository = opened;
    const head = await opened.commit();
    return {
      repository: opened,
      head,
      tree,
      dirty: head.tree !== tree,
      async [Symbol.asyncDispose]() {
        await opened[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (thrown) {
    await repository?.[Symbol.asyncDispose]();
    await remove();
    throw thrown;
  }
}

async function treeOf(
  { root, commonDir }: Place,
  { scratch, objects }: { readonly scratch: string; readonly objects: string },
  signal: AbortSignal | undefined,
): Promise<string> {
  const where = { cwd: root, signal };
  const index = join(scratch, "index");
  const own = (await gitOutput(["rev-parse", "--git-path", "index"], where)).toString("utf8").trimEnd();
  // With it git need not read again what has not changed since; a repository in which nothing was ever added has none.
  await copyFile(resolve(root, own), index).catch(() => {});
  const env = { GIT_INDEX_FILE: index, GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: join(commonDir, "objects") };
  await gitOutput(["add", "--all", "--", "."], where, { env, timeoutMs: addMs });
  return (await gitOutput(["write-tree"], where, { env })).toString("utf8").trim();
}
