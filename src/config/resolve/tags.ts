import type { Overrides, Sourced } from "../environment.ts";
import type { LatestPolicy } from "../latest.ts";
import type { ImageSettings } from "../settings.ts";
import type { Chooser } from "./layers.ts";

interface Moving {
  readonly branch?: string | undefined;
  readonly adopt?: boolean | undefined;
  readonly policy?: "forward" | "always" | "never" | undefined;
}

/** Which tags a commit gets, and of which branches. */
export function resolveTags(
  from: Chooser,
  layers: readonly Overrides[],
  platform: string,
): Pick<ImageSettings, "branches" | "release" | "moving" | "suffix"> {
  const branches = from.choose("branches", [from.file(["branches"], (layer) => layer.branches)], ["main"]);
  const suffixed = from.choose(
    "tags.archSuffix",
    [...layers.map((layer) => layer.archSuffix), from.file(["tags", "archSuffix"], ({ tags }) => tags?.archSuffix)],
    false,
  );
  const suffix = suffixed ? `-${platform.split("/").slice(1).join("-")}` : "";
  const release = from.choose("tags.release", [from.file(["tags", "release"], ({ tags }) => tags?.release)], "{sha}");
  const policy = layers.map((layer) => layer.latest).find((latest) => latest !== undefined);
  const usual = branches.find((branch) => !branch.includes("*")) ?? "main";

  const moving = configured(from).flatMap(([tag, key, { value, origin }]) => {
    if (policy === undefined ? value === false : policy.value === "off") {
      from.note(key, "left alone", policy?.origin ?? origin);
      return [];
    }
    const { branch = usual } = value || {};
    const follows = policy === undefined ? policyOf(value || {}) : (policy.value as LatestPolicy);
    from.note(`${key}.branch`, branch, origin);
    from.note(`${key}.policy`, follows, policy?.origin ?? origin);
    return [{ tag: `${tag}${suffix}`, branch, policy: follows }];
  });
  return { branches, release: `${release}${suffix}`, moving, ...(suffix === "" ? {} : { suffix }) };
}

/** The file's two keys as one policy; always takes over too, because a commit that was pushed away is often not to be had any more. */
function policyOf({ adopt = false, policy = "forward" }: Moving): LatestPolicy {
  return adopt && policy === "forward" ? "adopt" : policy;
}

/** Moving tags with their keys: latest, unless it is switched off, and those that the file adds. */
function configured(from: Chooser): readonly (readonly [string, string, Sourced<Moving | false>])[] {
  const latest = from.file<Moving | false>(["tags", "latest"], ({ tags }) => tags?.latest);
  const further = from.merged<Moving>(["tags", "moving"], ({ tags }) => tags?.moving);
  return [
    ["latest", "tags.latest", latest ?? { value: {}, origin: { kind: "default", name: "default" } }],
    ...[...further].map(([tag, moving]) => [tag, `tags.moving.${tag}`, moving] as const),
  ];
}
