import { join } from "node:path";
import { type BuildContext, type FoundImage, type GapInputs, type ImageSource, imageSource } from "../build/index.ts";
import type { ImageSettings, Settings } from "../config/index.ts";
import { Failure } from "../failure/index.ts";
import { generatedFiles, overlay, type Repository } from "../git/index.ts";
import { parsePlatform, type RepositoryName } from "../oci/index.ts";
import type { Store } from "../store/index.ts";

/** Where stores of registries come from. */
export interface Registries {
  repository(name: RepositoryName): Store;
}

/** The files that a commit's image is built from: its own, with those that a build step made. */
async function contextOf({ build }: Pick<ImageSettings, "build">, sha: string, repository: Repository): Promise<BuildContext> {
  const committed = await repository.tree(sha, build.context);
  if (build.generated.length === 0) return committed;
  return overlay(committed, await generatedFiles(join(repository.root, build.context), build.generated));
}

/** What a commit's image is built from: its files with those that a build step made, and where base images are found. */
export async function inputsOf(
  image: ImageSettings,
  sha: string,
  repository: Repository,
  registries: Registries,
): Promise<{ readonly context: BuildContext; readonly images: ImageSource }> {
  const images = imageSource({ client: registries, contexts: image.build.contexts, root: repository.root });
  return { context: await contextOf(image, sha, repository), images: remembering(images) };
}

/** What choosing an engine may look into: the context is listed when it is first asked for its entries. */
export function gapInputs(image: Pick<ImageSettings, "build">, sha: string, repository: Repository, ignore: string | undefined): GapInputs {
  let found: Promise<BuildContext> | undefined;
  const files = async (): Promise<BuildContext> => {
    found ??= contextOf(image, sha, repository);
    return await found;
  };
  const context: BuildContext = {
    description: `commit ${sha}`,
    entries: async () => await (await files()).entries(),
    open: async (path) => await (await files()).open(path),
  };
  return { context, ignore, args: image.build.args, platform: parsePlatform(image.build.platform) };
}

/** Images that are resolved once: a tag that moves between the content key and the build must not part them. */
function remembering(images: ImageSource): ImageSource {
  const found = new Map<string, FoundImage>();
  return {
    async image(reference, signal) {
      const image = found.get(reference) ?? (await images.image(reference, signal));
      found.set(reference, image);
      return image;
    },
  };
}

/**
 * The images that a command asks for, by name; all unless given.
 * @throws Failure CONFIG_INVALID
 */
export function chosenImages(settings: Settings, only: readonly string[] | undefined): readonly ImageSettings[] {
  if (only === undefined) return settings.images;
  return only.map((name) => {
    const found = settings.images.find((image) => image.name === name);
    if (found !== undefined) return found;
    throw new Failure("CONFIG_INVALID", `there is no image "${name}" in the configuration`, {
      hint: `Name one of: ${settings.images.map((image) => image.name).join(", ")}.`,
    });
  });
}
