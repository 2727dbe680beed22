import { Failure } from "../../failure/index.ts";
import { formatReference } from "../../oci/index.ts";
import type { Overrides } from "../environment.ts";
import { misplaced } from "../misplaced.ts";
import type { ImageSettings } from "../settings.ts";

/**
 * What names one image or one file cannot speak for several.
 * @throws Failure CONFIG_INVALID
 */
export function refuseForSeveral(overrides: readonly Overrides[]): void {
  for (const { to, image, file, context } of overrides) {
    const given = to ?? image ?? file ?? context;
    if (given === undefined) continue;
    throw new Failure("CONFIG_INVALID", `${given.origin.name} speaks of one image, and the configuration has several`, {
      hint: `Choose one with --image NAME, or leave ${given.origin.name} away.`,
    });
  }
}

/**
 * Two images under one release tag would each take the other for a conflict.
 * @param places where each image stands
 * @throws Failure CONFIG_INVALID
 */
export function refuseSharedTags(images: readonly ImageSettings[], places: readonly string[]): void {
  const taken = new Map<string, string>();
  for (const [index, image] of images.entries()) {
    for (const destination of image.destinations) {
      const tag = `${formatReference(destination)}:${image.release}`;
      const other = taken.get(tag);
      taken.set(tag, image.name);
      if (other === undefined || other === image.name) continue;
      throw misplaced("CONFIG_INVALID", places[index] ?? "", `${image.name} and ${other} both go to ${tag}`, {
        hint: "Give each image a repository of its own, or a tags.release of its own.",
      });
    }
  }
}

/**
 * A cache's tag is written over at every build. Where images are published, it must be none that an image has or may get.
 * @param places where each image stands
 * @throws Failure CONFIG_INVALID
 */
export function refuseCacheTags(images: readonly ImageSettings[], places: readonly string[]): void {
  for (const [index, { name, build }] of images.entries()) {
    if (build.cache.type !== "registry") continue;
    const { ref } = build.cache;
    const at = ref.lastIndexOf(":");
    const [repository, tag] = [ref.slice(0, at), ref.slice(at + 1)];
    const owner = images.find(
      (image) =>
        image.destinations.some((one) => formatReference(one) === repository) &&
        (image.moving.some((one) => one.tag === tag) || isRelease(tag)),
    );
    if (owner === undefined) continue;
    const why = `the build cache of ${name} would be written over the image ${ref} of ${owner.name}`;
    throw misplaced("CONFIG_INVALID", places[index] ?? "", why, { hint: "Give the cache a repository of its own, whose tags may move." });
  }
}

/** Whether a tag looks like a commit or a version, which images are published under. */
function isRelease(tag: string): boolean {
  return /[0-9a-f]{40}/.test(tag) || /^v?\d+\.\d+/.test(tag);
}
