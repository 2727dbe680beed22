import { machinePlatform, type Platform, parsePlatform, platformMatches } from "../../oci/index.ts";
import type { Dockerfile } from "../dockerfile/parse.ts";
import { problem } from "../dockerfile/problem.ts";
import { expandAt, globalArguments, platformArguments, reachableStages, stageIndex, targetStage, valueIn } from "../dockerfile/stages.ts";
import type { BaseImage, BuildRequest, FoundImage } from "../engine.ts";
import { reach } from "../key/reach.ts";

/** An image that a Dockerfile names, and how it names it. */
export interface NamedImage {
  readonly base: BaseImage;
  readonly found: FoundImage;
  readonly platform: Platform;
  /** The texts that mean it in the Dockerfile: its name, and what the name is made from where that has variables. */
  readonly texts: readonly string[];
}

/**
 * The images that a build needs, resolved: those that the target reaches.
 * @throws Failure DOCKERFILE_INVALID, BASE_MISSING; ENGINE_UNFIT for a name that means images of two platforms
 */
export async function namedImages(request: BuildRequest, dockerfile: Dockerfile, signal?: AbortSignal): Promise<readonly NamedImage[]> {
  const { args, platform, target, images, pins = {} } = request;
  const found = new Map<string, Promise<FoundImage>>();
  const nothing = (): void => {};
  await reach({
    dockerfile,
    target,
    args,
    platform,
    builder: machinePlatform(),
    far: false,
    async image(name) {
      const image = found.get(name) ?? images.image(valueIn(pins, name) ?? name, signal);
      found.set(name, image);
      return await image;
    },
    instruction: nothing,
    argument: nothing,
    stage: nothing,
    source: nothing,
    secret: nothing,
  });
  const uses = stageBases(request, dockerfile);
  return await Promise.all(
    [...found].map(async ([name, image]): Promise<NamedImage> => {
      const own = uses.filter((one) => one.name === name);
      const [first, ...others] = own;
      const other = others.find((one) => !platformMatches(one.platform, first?.platform ?? platform));
      if (other !== undefined)
        throw problem("ENGINE_UNFIT", { file: dockerfile.name, line: other.line }, `buildah takes ${name} for one platform, not for two`, {
          hint: "Give the two images names of their own with build.contexts, or take --engine buildx.",
        });
      const resolved = await image;
      return {
        base: { name, digest: resolved.root.digest },
        found: resolved,
        platform: first?.platform ?? platform,
        texts: [...new Set([name, ...own.map(({ text }) => text)])],
      };
    }),
  );
}

/** What stages are built upon, as far as that is an image. */
function stageBases({ args, platform, target }: BuildRequest, dockerfile: Dockerfile) {
  const globals = globalArguments(dockerfile, { args }, platformArguments(platform, machinePlatform()));
  const expanded = (word: string, stage: Dockerfile["stages"][number]): string =>
    expandAt(word, (name) => valueIn(globals, name), dockerfile, stage.from);
  const reached = reachableStages(dockerfile, targetStage(dockerfile, target), (name) => valueIn(globals, name));
  return dockerfile.stages.flatMap((stage, index) => {
    if (!reached.has(index)) return [];
    const name = expanded(stage.base, stage);
    if (name === "scratch" || stageIndex(dockerfile.stages, name, index) !== undefined) return [];
    const on = stage.platform === undefined ? platform : parsePlatform(expanded(stage.platform, stage));
    return [{ name, text: stage.base, platform: on, line: stage.from.line }];
  });
}
