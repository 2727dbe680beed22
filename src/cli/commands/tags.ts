import { resolve } from "node:path";
import { fillTemplate } from "../../build/index.ts";
import { openRepository } from "../../git/index.ts";
import { parseRepository } from "../../oci/index.ts";
import { chooseCommit, commitWords } from "../../publish/index.ts";
import { silent } from "../../report/index.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { imageRegistries } from "../registries.ts";
import { chosenCommit, type RepositoryOptions, settingsOf } from "../settings.ts";

export interface TagsOptions extends RepositoryOptions {
  /** List this repository's tags instead. */
  readonly repository?: string;
  readonly output: Output;
}

/** `waybill tags`: the URIs that the commit is published under; with a repository, the tags that are there. */
export const tags: Run<TagsOptions> = async (options, edge) => {
  const found = options.repository === undefined ? await planned(options, edge) : await listed(options.repository, options, edge);
  if (options.output === "json") await print(edge, JSON.stringify(found));
  else if (options.output === "github") await print(edge, `tags=${found.join(",")}`);
  else await print(edge, found.join("\n"));
  return 0;
};

async function planned(options: TagsOptions, edge: Edge): Promise<readonly string[]> {
  await using repository = await openRepository(resolve(edge.cwd, options.repo), { signal: edge.signal });
  const settings = await settingsOf(options, edge)(repository);
  const commit = await chooseCommit(
    repository,
    { ...(await chosenCommit(options, edge)), branches: settings.images.flatMap((image) => image.branches) },
    silent,
  );
  const images = options.image === undefined ? settings.images : settings.images.filter((image) => options.image?.includes(image.name));
  return images.flatMap((image) => {
    const names = [fillTemplate(image.release, commitWords(commit), "tags.release"), ...image.moving.map(({ tag }) => tag)];
    return image.destinations.flatMap(({ host, repository: name }) => names.map((tag) => `${host}/${name}:${tag}`));
  });
}

async function listed(repository: string, options: TagsOptions, edge: Edge): Promise<readonly string[]> {
  await using client = await imageRegistries(options, edge, silent);
  return await Array.fromAsync(client.repository(parseRepository(repository)).tags({ signal: edge.signal }));
}
