import { Failure } from "../failure/index.ts";
import { type CommitSha, parseCommitSha } from "../git/index.ts";
import { isTag, parseTag, type Tag } from "../oci/index.ts";

/** What a version names: the image of a commit, or any tag. */
export type StatedVersion = { readonly kind: "commit"; readonly commit: CommitSha } | { readonly kind: "tag"; readonly tag: Tag };

/**
 * What `--version` or VERSION says.
 * @param from what it was given by
 * @throws Failure CONFIG_INVALID where it is empty or no tag; COMMIT_ABBREVIATED
 */
export function statedVersion(text: string, from: string): StatedVersion {
  const word = text.trim();
  if (word === "") {
    throw new Failure("CONFIG_INVALID", `${from} is given, and empty`, {
      hint: `Give ${from} a commit's full name or a version, or leave it away for the commit that the run is for, or HEAD.`,
    });
  }
  // What looks like the beginning of a commit's name is one: an image that is published under it does not exist.
  if (/^[0-9a-f]{7,64}$/i.test(word)) return { kind: "commit", commit: parseCommitSha(word) };
  if (isTag(word)) return { kind: "tag", tag: parseTag(word) };
  throw new Failure("CONFIG_INVALID", `${from} is neither a commit nor a tag: "${word.slice(0, 80)}"`, {
    hint: "Give a commit's full name (40 hexadecimal digits), or a version like v1.2.3.",
  });
}
