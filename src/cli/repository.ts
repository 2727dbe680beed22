import { resolve } from "node:path";
import type { Settings } from "../config/index.ts";
import { openRepository, type Repository } from "../git/index.ts";
import type { Emit } from "../report/index.ts";
import type { RegistryClient } from "../store/index.ts";
import type { Edge } from "./edge.ts";
import { registries } from "./registries.ts";
import { type RepositoryOptions, settingsOf } from "./settings.ts";

/** A repository with its settings and its registries, for commands that only look. */
export interface Opened {
  readonly repository: Repository;
  readonly settings: Settings;
  readonly client: RegistryClient;
}

/** Opens the repository that flags name, does the work, and closes everything. */
export async function withRepository<T>(
  options: RepositoryOptions,
  edge: Edge,
  emit: Emit,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  await using repository = await openRepository(resolve(edge.cwd, options.repo), { signal: edge.signal });
  const settings = await settingsOf(options, edge)(repository);
  await using client = registries({ ...options, ...settings }, edge, emit);
  return await work({ repository, settings, client });
}
