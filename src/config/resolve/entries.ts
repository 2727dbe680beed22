import type { FileSettings } from "../file/schema.ts";
import type { Path } from "../file/yaml.ts";
import { misplaced } from "../misplaced.ts";
import type { Layer } from "./layers.ts";

/** An image as the file has it: its entry under `images`, or the file as a whole. */
export interface Entry {
  readonly name: string | undefined;
  readonly path: Path;
  readonly layers: readonly Layer[];
}

/**
 * The images that a file describes.
 * @throws Failure CONFIG_INVALID
 */
export function entriesOf(file: FileSettings, place: (path: Path) => string): readonly Entry[] {
  const { images, endpoints: _, caFile: __, everyCommit: ___, onFailure: ____, record: _____, ...top } = file;
  const whole: Layer = { settings: top, path: [] };
  if (images === undefined) return [{ name: undefined, path: [], layers: [whole] }];
  if (file.image !== undefined) {
    throw misplaced("CONFIG_INVALID", place(["image"]), "image names one image, and images lists several", {
      hint: "Write `image` under each image that goes to another repository than its name.",
    });
  }
  const twice = images.findIndex(({ name }, index) => images.findIndex((one) => one.name === name) !== index);
  if (twice !== -1) {
    throw misplaced("CONFIG_INVALID", place(["images", twice, "name"]), `two images have the name "${images[twice]?.name}"`, {
      hint: "Give each image a name of its own.",
    });
  }
  return images.map(({ name, ...settings }, index) => {
    const path = ["images", index];
    return { name, path, layers: [{ settings, path }, whole] };
  });
}

/** Those that are asked for; all where a name is unknown, so that whoever asked can say which there are. */
export function chosen(entries: readonly Entry[], only: readonly string[] | undefined): readonly Entry[] {
  const found = entries.filter(({ name }) => name !== undefined && only?.includes(name));
  return only !== undefined && found.length === new Set(only).size ? found : entries;
}
