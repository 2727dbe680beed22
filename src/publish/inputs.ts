import { join } from "node:path";
import { type BuildContext, type FoundImage, type ImageSource, imageSource } from "../build/index.ts";
import type { ImageSettings, Settings } from "../config/index.ts";
import { Failure } from "../failure/index.ts";
import { generatedFiles, overlay, type Repository } from "../git/index.ts";
import type { RepositoryName } from "../oci/index.ts";
import type { Store } from "../store/index.ts";

/** Where stores of registries come from. */
export interface Registries {
  repository(name: RepositoryName): Store;
}

/** What a commit's image is built from: its files with those that a build step made, and where base images are found. */
export async function inputsOf(
  { build }: ImageSettings,
  sha: string,
  repository: Repository,
  registries: Registries,
): Promise<{ readonly context: BuildContext; readonly images: ImageSource }> {
  const committed = await repository.tree(sha, build.context);
  const context =
    build.generated.length === 0
      ? committed
      : overlay(committed, await generatedFiles(join(repository.root, build.context), build.generated));
  return { context, images: remembering(imageSource({ client: registries, contexts: build.contexts, root: repository.root })) };
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
