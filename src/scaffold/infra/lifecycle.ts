/** Days that an untagged image is kept: one that failed its check, or that a crashed run left. */
const untaggedDays = 14;
/** More images than a repository can have (Amazon ECR, "Service quotas"): a rule with this count keeps all that it selects. */
const all = 100_000;

/**
 * What holds of ECR's rules (Amazon ECR, "Automate the cleanup of images", how a lifecycle policy works): an image that a rule
 * selects is never expired by one of lower priority, so a rule that expires nothing protects. Several patterns in one rule select
 * only images that have a tag for each, hence a rule for each. Age counts from the original push: a tag added later makes nothing younger. What an index
 * names is not expired before the index; artifacts that refer to an image go within 24 hours of their image.
 */
export const lifecycleComment: readonly string[] = [
  "ECR ages an image by its original push, so a tag given later does not make it younger: what must stay is kept by a rule of",
  "higher priority (a lower number), which expires nothing and takes the image away from all later rules. Patterns in one rule",
  "have to match all at once, so there is a rule for each. Untagged images are what a run left that did not end, or what failed",
  "its check. An index keeps the images that it names, and artifacts that refer to an image go with it, not by a rule.",
];

/** A lifecycle policy that keeps versions and what moving tags name, and expires untagged images after 14 days. */
export function lifecyclePolicy(moving: readonly string[]): object {
  const kept = ["v*", "deployed*", ...moving.filter((tag) => !/^(?:v|deployed)/.test(tag))];
  return {
    rules: [
      ...kept.map((pattern, at) => ({
        rulePriority: at + 1,
        description: `keep ${pattern}`,
        selection: { tagStatus: "tagged", tagPatternList: [pattern], countType: "imageCountMoreThan", countNumber: all },
        action: { type: "expire" },
      })),
      {
        rulePriority: 1000,
        description: `expire untagged images after ${untaggedDays} days`,
        selection: { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: untaggedDays },
        action: { type: "expire" },
      },
    ],
  };
}
