import { parseRepository } from "../../oci/index.ts";
import { silent } from "../../report/index.ts";
import { type Edge, type Output, print, type Run } from "../edge.ts";
import { type NamedImage, namedImages } from "../named.ts";
import { imageRegistries } from "../registries.ts";
import type { RepositoryOptions } from "../settings.ts";

export interface TagsOptions extends RepositoryOptions {
  /** List this repository's tags instead. */
  readonly repository?: string;
  readonly output: Output;
}

/** What is shown: the primary's tags, and the URIs of all. */
interface Shown {
  readonly registry: string;
  readonly image: string;
  readonly tags: readonly string[];
  readonly uris: readonly string[];
}

/** `waybill tags`: the URIs that the commit is published under; with a repository, the tags that are there. */
export const tags: Run<TagsOptions> = async (options, edge) => {
  const shown =
    options.repository === undefined
      ? (await namedImages(options, edge, silent)).images.map(asShown)
      : [await listed(options.repository, options, edge)];
  const [first, ...others] = shown;
  const uris = shown.flatMap((one) => one.uris);
  const words = options.repository === undefined ? uris : (first?.tags ?? []);
  if (options.output === "json") await print(edge, JSON.stringify(others.length === 0 ? first : { images: shown }));
  else if (options.output === "github") await print(edge, `tags=${words.join(",")}`);
  else await print(edge, words.join("\n"));
  return 0;
};

function asShown({ settings: { destinations }, tag, moving }: NamedImage): Shown {
  const names = [tag, ...moving];
  const [primary] = destinations;
  return {
    registry: primary?.host ?? "",
    image: primary?.repository ?? "",
    tags: names,
    uris: destinations.flatMap(({ host, repository }) => names.map((name) => `${host}/${repository}:${name}`)),
  };
}

async function listed(repository: string, options: TagsOptions, edge: Edge): Promise<Shown> {
  await using client = await imageRegistries(options, edge, silent);
  const name = parseRepository(repository);
  const found = await Array.fromAsync(client.repository(name).tags({ signal: edge.signal }));
  return { registry: name.host, image: name.repository, tags: found, uris: found.map((tag) => `${name.host}/${name.repository}:${tag}`) };
}
