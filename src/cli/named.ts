import { resolve } from "node:path";
import type { ImageSettings, Settings } from "../config/index.ts";
import { openRepository, parseCommitSha } from "../git/index.ts";
import { chooseCommit, chosenImages, isPrerelease } from "../publish/index.ts";
import type { Emit } from "../report/index.ts";
import type { Edge } from "./edge.ts";
import { repositoryAround } from "./folder.ts";
import { chosenCommit, type RepositoryOptions, settingsOf } from "./settings.ts";
import { type StatedVersion, statedVersion } from "./version.ts";

/** An image under the name that a commit or a version has. */
export interface NamedImage {
  readonly settings: ImageSettings;
  /** The release tag, or the version's. */
  readonly tag: string;
  /** Moving tags that it may have besides. */
  readonly moving: readonly string[];
  /** The commit that the image must name, where one was named. */
  readonly commit: string | undefined;
}

/**
 * The images that `--version`, `--commit`, VERSION, the CI or HEAD name, for commands that look at what was published. A commit need
 * not be in this repository, nor has there to be one where a version is named. `--version` wins over VERSION, as flags do.
 * @throws Failure CONFIG_INVALID where the version is empty, COMMIT_ABBREVIATED, NOT_A_REPOSITORY where HEAD is needed
 */
export async function namedImages(
  options: RepositoryOptions,
  edge: Edge,
  emit: Emit,
): Promise<{ readonly settings: Settings; readonly images: readonly NamedImage[] }> {
  const dir = resolve(edge.cwd, options.repo);
  const stated = statedBy(options, edge);
  if (stated === undefined) return await namedByRun(options, dir, edge, emit);
  if (options.explain) edge.stderr.write(explained(stated, options));
  const settings = await settingsOf(options, edge)({ root: repositoryAround(dir) });
  return { settings, images: chosenImages(settings, options.image).map((image) => underVersion(image, stated)) };
}

function explained(stated: StatedVersion, { version, commit }: RepositoryOptions): string {
  const origin = version !== undefined ? "--version" : commit !== undefined ? "--commit" : "VERSION";
  return stated.kind === "commit" ? `commit  ${stated.commit}  (${origin})\n` : `version  ${stated.tag}  (${origin})\n`;
}

function statedBy({ commit, version }: RepositoryOptions, { env }: Edge): StatedVersion | undefined {
  if (version !== undefined) return statedVersion(version, "--version");
  if (commit !== undefined) return { kind: "commit", commit: parseCommitSha(commit) };
  if (env["VERSION"] === undefined) return undefined;
  const stated = statedVersion(env["VERSION"], "VERSION");
  // Of two variables that name commits none is guessed to be the forgotten one: the usual choice refuses them.
  return stated.kind === "tag" || !env["WAYBILL_COMMIT"] ? stated : undefined;
}

async function namedByRun(options: RepositoryOptions, dir: string, edge: Edge, emit: Emit) {
  await using repository = await openRepository(dir, { signal: edge.signal });
  const settings = await settingsOf(options, edge)(repository);
  const choice = await chosenCommit(options, edge);
  const commit = await chooseCommit(repository, { ...choice, branches: settings.images.flatMap((image) => image.branches) }, emit);
  const stated: StatedVersion = { kind: "commit", commit: parseCommitSha(commit.sha) };
  return { settings, images: chosenImages(settings, options.image).map((image) => underVersion(image, stated)) };
}

function underVersion(settings: ImageSettings, stated: StatedVersion): NamedImage {
  const moving = settings.moving.map(({ tag }) => tag);
  if (stated.kind === "commit") {
    return { settings, tag: settings.release.replaceAll("{sha}", stated.commit), moving, commit: stated.commit };
  }
  const tag = `${stated.tag}${settings.suffix ?? ""}`;
  return { settings, tag, moving: isPrerelease(stated.tag) ? [] : moving, commit: undefined };
}
