import { readFile } from "node:fs/promises";
import {
  type CommitFromEnvironment,
  commitFromEnvironment,
  type LatestPolicy,
  loadSettings,
  type Settings,
  type SettingsSources,
} from "../config/index.ts";
import { Failure } from "../failure/index.ts";
import { parseCommitSha, type Repository } from "../git/index.ts";
import type { Edge } from "./edge.ts";
import type { RegistryOptions } from "./registries.ts";
import { fileAndEnvironment } from "./settings-file.ts";
import { statedVersion } from "./version.ts";

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
  readonly latest?: boolean | LatestPolicy;
  readonly version?: string;
  readonly registry?: string;
  readonly region?: string;
  readonly archSuffix?: boolean;
  readonly smoke?: boolean;
  readonly explain?: boolean;
  readonly record?: "github";
  /** `--every-commit`, with its range where it has one; false for `--no-every-commit`. */
  readonly everyCommit?: boolean | string;
}

/** Reads the settings of a repository as they are in its folder today, whatever commit is published. */
export function settingsOf(
  options: RepositoryOptions,
  edge: Edge,
  more: Pick<SettingsSources, "placeless" | "caller"> = {},
): (repository: Pick<Repository, "root">) => Promise<Settings> {
  return async ({ root }) => {
    const settings = await loadSettings({
      ...fileAndEnvironment(root, edge),
      ...more,
      flags: {
        to: options.to,
        file: options.file,
        context: options.context,
        platform: options.platform,
        engine: options.engine,
        caFile: options.caFile,
        images: options.image,
        reuse: options.reuse,
        smoke: options.smoke,
        latest: options.latest === true ? undefined : options.latest,
        registry: options.registry,
        region: options.region,
        archSuffix: options.archSuffix,
        record: options.record,
        everyCommit: options.everyCommit === undefined ? undefined : options.everyCommit !== false,
      },
    });
    if (options.explain) explain(settings, edge);
    return settings;
  };
}

/** `--explain`: each value of the settings, and where it came from. */
function explain({ origins }: Settings, edge: Edge): void {
  const width = Math.max(...Object.keys(origins).map((key) => key.length));
  for (const [key, { value, origin }] of Object.entries(origins)) {
    edge.stderr.write(`${key.padEnd(width)}  ${value}  (${origin.kind === "default" ? "default" : origin.name})\n`);
  }
}

/**
 * The commit that flags and environment name: `--commit` or `--version`, else VERSION and the CI's own.
 * @throws Failure COMMIT_ABBREVIATED, COMMIT_UNKNOWN, CONFIG_INVALID for an empty VERSION, USAGE for a version that is no commit
 */
export async function chosenCommit(
  options: RepositoryOptions,
  edge: Edge,
): Promise<{ readonly commit: string | undefined; readonly environment: CommitFromEnvironment | undefined }> {
  const commit = flaggedCommit(options);
  const environment = await commitFromEnvironment(edge.env, async (path) => await readFile(path, "utf8").catch(() => undefined));
  if (options.explain) edge.stderr.write(`commit  ${commit ?? environment?.commit ?? "HEAD"}  (${originOf(options, environment)})\n`);
  return { commit, environment };
}

function originOf({ commit, version }: RepositoryOptions, environment: CommitFromEnvironment | undefined): string {
  if (commit !== undefined) return "--commit";
  if (version !== undefined) return "--version";
  return environment?.commit === undefined ? "default" : environment.from;
}

function flaggedCommit({ commit, version }: RepositoryOptions): string | undefined {
  if (version === undefined) return commit === undefined ? undefined : parseCommitSha(commit);
  const stated = statedVersion(version, "--version");
  if (stated.kind === "tag") {
    throw new Failure("USAGE", `--version ${stated.tag} is no commit, and one image is published for each commit`, {
      hint: `Publish the commit first, then give its image the version: waybill promote SHA ${stated.tag}.`,
    });
  }
  if (commit !== undefined && parseCommitSha(commit) !== stated.commit)
    throw new Failure("USAGE", "--commit and --version name different commits", { hint: "Give one of them." });
  return stated.commit;
}
