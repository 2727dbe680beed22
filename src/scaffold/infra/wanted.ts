import { isDeepStrictEqual } from "node:util";
import type { EcrRepository } from "../../aws/index.ts";
import { lifecyclePolicy } from "./lifecycle.ts";

/** Lets everybody who has an AWS identity read the images, as a public product's repository does. */
const publicRead = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "PublicRead",
      Effect: "Allow",
      Principal: "*",
      Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    },
  ],
};

/** What a repository is to be set to: the same as in the templates of `init --infra`. */
export function wantedRepository(moving: readonly string[], options: { readonly publicRead: boolean }): EcrRepository {
  return {
    mutability: moving.length === 0 ? "IMMUTABLE" : "IMMUTABLE_WITH_EXCLUSION",
    moving,
    scanOnPush: true,
    lifecycle: lifecyclePolicy(moving),
    policy: options.publicRead ? publicRead : undefined,
    tags: { "managed-by": "waybill" },
  };
}

/** One setting that is not as it is wanted. */
export interface SettingDifference {
  readonly setting: keyof EcrRepository;
  readonly is: unknown;
  readonly wanted: unknown;
}

/** What differs. A repository policy that is not asked for, and other tags, are the owner's own. */
export function differences(there: EcrRepository, wanted: EcrRepository): readonly SettingDifference[] {
  const tags = Object.fromEntries(Object.keys(wanted.tags).map((key) => [key, there.tags[key]]));
  const compared: readonly SettingDifference[] = [
    { setting: "mutability", is: there.mutability, wanted: wanted.mutability },
    { setting: "moving", is: there.moving.toSorted(), wanted: wanted.moving.toSorted() },
    { setting: "scanOnPush", is: there.scanOnPush, wanted: wanted.scanOnPush },
    { setting: "lifecycle", is: there.lifecycle, wanted: wanted.lifecycle },
    ...(wanted.policy === undefined ? [] : [{ setting: "policy" as const, is: there.policy, wanted: wanted.policy }]),
    { setting: "tags", is: tags, wanted: wanted.tags },
  ];
  return compared.filter(({ is, wanted: want }) => !isDeepStrictEqual(is, want));
}
