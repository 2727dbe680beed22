import { tagFilter } from "../../aws/index.ts";
import type { Finding, Place } from "../check.ts";

interface Rule {
  readonly rulePriority?: number;
  readonly selection?: {
    readonly tagStatus?: string;
    readonly tagPatternList?: readonly string[];
    readonly tagPrefixList?: readonly string[];
    readonly countType?: string;
    readonly countNumber?: number;
  };
}

/** A count that no repository reaches: a rule with it keeps what it selects. */
const keeps = 10_000;

/**
 * Rules that expire commits' images, versions, or what a moving tag names. An image that a rule of higher priority selects is not expired by a later one, so
 * a version is safe from a rule for all tags where one before keeps it (Amazon ECR, "Lifecycle policy evaluation rules").
 */
export function lifecycleFindings(
  name: string,
  policy: unknown,
  { release, moving }: Pick<Place, "release" | "moving">,
): readonly Finding[] {
  const listed = (policy as { readonly rules?: unknown } | undefined)?.rules;
  const rules = (Array.isArray(listed) ? (listed as readonly Rule[]) : []).toSorted(
    (a, b) => (a.rulePriority ?? 0) - (b.rulePriority ?? 0),
  );
  const samples = [
    { what: "commits' images", tag: release.replaceAll("{sha}", "5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12") },
    { what: "versions", tag: "v1.2.3" },
    ...moving.map((tag) => ({ what: `what ${tag} names`, tag })),
  ];
  const found = samples.flatMap(({ what, tag }): readonly Finding[] => {
    const first = rules.find((rule) => selects(rule, tag));
    if (first === undefined || isKeeping(first)) return [];
    return [
      {
        level: "warning",
        what: `rule ${first.rulePriority} of ${name} expires ${what}, deployed ones too: ECR ages by the original push`,
        mend: `put a rule of a lower number before it that keeps what is deployed (as waybill init --infra writes), or remove it`,
      },
    ];
  });
  return found.length > 0
    ? found
    : [{ level: "pass", what: `no lifecycle rule of ${name} expires commits' images, versions or what a moving tag names` }];
}

function isKeeping({ selection }: Rule): boolean {
  return selection?.countType === "imageCountMoreThan" && (selection.countNumber ?? 0) >= keeps;
}

/** Several patterns or prefixes in one rule have to be met all, by different tags too: one that fits is suspicious enough. */
function selects({ selection }: Rule, tag: string): boolean {
  if (selection?.tagStatus === "any") return true;
  if (selection?.tagStatus !== "tagged") return false;
  const patterns = [...(selection.tagPatternList ?? []), ...(selection.tagPrefixList ?? []).map((prefix) => `${prefix}*`)];
  return patterns.some((pattern) => tagFilter(pattern).test(tag));
}
