/** Which tags may move, as ECR's IMMUTABLE_WITH_EXCLUSION has it. */
export interface Immutability {
  readonly immutable: boolean;
  /** Tags that may move all the same; `*` stands for any characters. */
  readonly mutableTags: readonly string[];
}

/** Whether a tag that exists may be pointed at something else. */
export function mayMove(tag: string, { immutable, mutableTags }: Immutability): boolean {
  return !immutable || mutableTags.some((pattern) => wildcard(pattern).test(tag));
}

function wildcard(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
