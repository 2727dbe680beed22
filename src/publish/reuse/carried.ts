import type { ContentKey } from "../../build/index.ts";
import { rfc3339 } from "../../oci/index.ts";
import type { PublishedCommit } from "../types.ts";

/** The shortest form of a commit's name that is taken for one. */
const shortest = 7;

/**
 * The build arguments that carry the commit: its name or a short form, its tree, or its time. With such an argument every commit has a
 * content key of its own.
 */
export function argumentsThatCarry({ arguments: given }: Pick<ContentKey, "arguments">, commit: PublishedCommit): readonly string[] {
  const times = [String(commit.committedAt), rfc3339(commit.committedAt)];
  return given
    .filter(({ value }) => names(value, [commit.sha, commit.tree]) || times.some((time) => value.includes(time)))
    .map(({ name }) => name);
}

function names(value: string, objects: readonly string[]): boolean {
  const words = value.toLowerCase().match(/[0-9a-f]{7,64}/g) ?? [];
  return words.some((word) => word.length >= shortest && objects.some((object) => object.startsWith(word)));
}
