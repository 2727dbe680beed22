import { Failure } from "../failure/index.ts";
import { type Answers, type Given, imageName, type Setup } from "./answers.ts";
import { contextOf } from "./context.ts";
import type { Found, ReadText } from "./find.ts";
import { editedSettings, settingsText } from "./render/settings.ts";

/**
 * waybill.yaml's text: a new one, or the one that is there with what was said now.
 * @throws Failure USAGE where several images are configured, and flags mean one
 */
export async function settingsFor(
  given: Given,
  answers: Answers,
  { tracked }: Found,
  before: string | undefined,
  read: ReadText,
): Promise<string> {
  if (before !== undefined) {
    if (/^images:/m.test(before) && (given.image !== undefined || given.file !== undefined || given.context !== undefined))
      throw new Failure("USAGE", "waybill.yaml lists several images, and --image, --file and --context mean one", {
        hint: "Change the list in waybill.yaml.",
      });
    return editedSettings(before, given);
  }
  const files = answers.file ?? [];
  const images = await Promise.all(
    files.map(async (file, at): Promise<Setup["images"][number]> => {
      const context = answers.context ?? contextOf(file, (await read(file)) ?? "", tracked);
      return { name: imageName(file), image: answers.image?.[at] ?? "", file, context };
    }),
  );
  return settingsText({
    images: named(images),
    registries: answers.registry ?? [],
    role: answers.role,
    platform: answers.platform ?? "linux/amd64",
    branches: answers.branch ?? ["main"],
  });
}

/** Names of images differ: `--image` takes one. */
function named(images: Setup["images"]): Setup["images"] {
  return images.map((one, at) => {
    const twins = images.slice(0, at).filter(({ name }) => name === one.name).length;
    return twins === 0 ? one : { ...one, name: `${one.name}-${twins + 1}` };
  });
}
