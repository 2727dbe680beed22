import type { EcrRepository } from "./repository.ts";

/**
 * Whether a tag that exists may be pointed at something else (Amazon ECR, "Preventing image tags from being overwritten": a filter is
 * a tag in which `*` stands for any characters).
 */
export function tagMoves({ mutability, moving }: Pick<EcrRepository, "mutability" | "moving">, tag: string): boolean {
  const excluded = moving.some((filter) => tagFilter(filter).test(tag));
  return mutability.startsWith("IMMUTABLE")
    ? mutability.endsWith("EXCLUSION") && excluded
    : !(mutability.endsWith("EXCLUSION") && excluded);
}

/** A pattern of tags in ECR's settings and rules, in which `*` stands for any characters. */
export function tagFilter(filter: string): RegExp {
  const parts = filter.split(/\*+/).map((part) => part.replaceAll(/[^A-Za-z0-9_]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
