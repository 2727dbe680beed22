import { resolve } from "node:path";
import { type AwsSessions, awsSessions } from "../aws/index.ts";
import type { Settings } from "../config/index.ts";
import { openRepository, type Repository } from "../git/index.ts";
import {
  type CommitChoice,
  chooseCommit,
  type PlannedImage,
  type PlanningOptions,
  type PublishedCommit,
  planRepository,
} from "../publish/index.ts";
import type { Emit } from "../report/index.ts";
import type { RegistryClient } from "../store/index.ts";
import type { Edge } from "./edge.ts";
import { forge } from "./outside.ts";
import { registries } from "./registries.ts";
import { type RepositoryOptions, settingsOf } from "./settings.ts";

/** A repository with its settings and its registries, for commands that only look. */
export interface Opened {
  readonly repository: Repository;
  readonly settings: Settings;
  readonly client: RegistryClient;
  /** Sessions of the destinations' roles. */
  readonly sessions: AwsSessions;
  /** Chooses a commit, and plans the images that flags name. */
  planned(choice: Partial<CommitChoice>, more?: Pick<Partial<PlanningOptions>, "keys" | "env" | "look">): Promise<PlannedCommit>;
}

/** A commit with its images' plans. */
interface PlannedCommit {
  readonly commit: PublishedCommit;
  readonly images: readonly PlannedImage[];
}

/** Opens the repository that flags name, does the work, and closes everything. */
export async function withRepository<T>(
  options: RepositoryOptions,
  edge: Edge,
  emit: Emit,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  await using repository = await openRepository(resolve(edge.cwd, options.repo), {
    elsewhere: forge(options, edge, emit),
    signal: edge.signal,
  });
  const settings = await settingsOf(options, edge)(repository);
  const sessions = awsSessions({ env: edge.env, emit });
  await using client = registries({ ...options, ...settings, sessions }, edge, emit);
  const planned: Opened["planned"] = async (choice, more) => {
    const branches = settings.images.flatMap((image) => image.branches);
    const commit = await chooseCommit(repository, { branches, ...choice }, emit);
    const planning = {
      repository,
      settings,
      commit,
      environment: choice.environment,
      only: options.image,
      registries: client,
      keys: false,
      ...more,
      emit,
      signal: edge.signal,
    };
    return { commit, images: await planRepository(planning) };
  };
  return await work({ repository, settings, client, sessions, planned });
}
