import { Failure } from "../../failure/index.ts";
import { formatReference } from "../../oci/index.ts";
import type { Overrides } from "../environment.ts";
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
      throw new Failure("CONFIG_INVALID", `${places[index]}: ${image.name} and ${other} both go to ${tag}`, {
        hint: "Give each image a repository of its own, or a tags.release of its own.",
      });
    }
  }
}
