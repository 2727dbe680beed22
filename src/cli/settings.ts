import { readFile } from "node:fs/promises";
import { type CommitFromEnvironment, commitFromEnvironment, type LatestPolicy, loadSettings, type Settings } from "../config/index.ts";
import { Failure } from "../failure/index.ts";
import { parseCommitSha, type Repository } from "../git/index.ts";
import type { Edge } from "./edge.ts";
import type { RegistryOptions } from "./registries.ts";
import { fileAndEnvironment } from "./settings-file.ts";

/** Flags of the commands that look at a git repository. */
export interface RepositoryOptions extends RegistryOptions {
  readonly repo: string;
  readonly commit?: string;
  readonly to?: readonly string[];
  readonly file?: string;
  readonly context?: string;
  readonly platform?: string;
  readonly engine?: string;
  readonly image?: readonly string[];
  /** false for `--no-reuse`. */
  readonly reuse?: boolean;
  /** false for `--no-latest`, true where nothing is said, else the policy. */
  readonly latest?: boolean | string;
}

/** Reads the settings of a repository as they are in its folder today, whatever commit is published. */
export function settingsOf(options: RepositoryOptions, edge: Edge): (repository: Repository) => Promise<Settings> {
  return async (repository) =>
    await loadSettings({
      ...fileAndEnvironment(repository.root, edge),
      flags: {
        to: options.to,
        file: options.file,
        context: options.context,
        platform: options.platform,
        engine: options.engine,
        caFile: options.caFile,
        images: options.image,
        reuse: options.reuse,
        latest: latestOf(options.latest),
      },
    });
}

function latestOf(given: RepositoryOptions["latest"]): false | LatestPolicy | undefined {
  if (given === undefined || given === true) return undefined;
  if (given === false || given === "adopt" || given === "forward" || given === "always") return given;
  throw new Failure("USAGE", `--latest takes forward, adopt or always, not "${given}"`, {
    hint: "Give --no-latest to leave latest alone.",
  });
}

/**
 * The commit that flags and environment name: `--commit`, else VERSION and the CI's own.
 * @throws Failure COMMIT_ABBREVIATED, COMMIT_UNKNOWN, CONFIG_INVALID for an empty VERSION
 */
export async function chosenCommit(
  options: RepositoryOptions,
  edge: Edge,
): Promise<{ readonly commit: string | undefined; readonly environment: CommitFromEnvironment | undefined }> {
  const commit = options.commit === undefined ? undefined : parseCommitSha(options.commit);
  const environment = await commitFromEnvironment(edge.env, async (path) => await readFile(path, "utf8").catch(() => undefined));
  return { commit, environment };
}
