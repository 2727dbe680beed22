import { Failure } from "../failure/index.ts";

/** Which tags may move, as ECR's IMMUTABLE_WITH_EXCLUSION has it. */
export interface Immutability {
  readonly immutable: boolean;
  /** Tags that may move all the same; `*` stands for any characters. */
  readonly mutableTags: readonly string[];
}

/** Whether a tag that exists may be pointed at something else. */
export type MayMove = (tag: string) => boolean;

/**
 * The rule for tags.
 * @throws Failure CONFIG_INVALID where a pattern could match no tag
 */
export function mayMove({ immutable, mutableTags }: Immutability): MayMove {
  const patterns = mutableTags.map(wildcard);
  return (tag) => !immutable || patterns.some((pattern) => pattern.test(tag));
}

function wildcard(pattern: string): RegExp {
  if (!/^[A-Za-z0-9_*][A-Za-z0-9._*-]{0,127}$/.test(pattern)) {
    throw new Failure("CONFIG_INVALID", `"${pattern.slice(0, 200)}" is no pattern of tags`, {
      hint: "Write a tag in which * stands for any characters, for instance latest or v*.",
    });
  }
  const parts = pattern.split(/\*+/).map((part) => part.replaceAll(".", "\\."));
  return new RegExp(`^${parts.join(".*")}$`);
}
