import { Failure } from "../../failure/index.ts";
import { ecrHost } from "../ecr.ts";
import type { Sourced } from "../environment.ts";

/** What stands in a registry's place where it is to be found out; only then it is. */
export const auto = "auto";

/** Who signs at AWS, as STS has it. */
export interface Caller {
  readonly arn: string;
  readonly account: string;
}

/** Finds the registry of `registry: auto`, for a destination with this role. */
export type AutoRegistry = (role: string | undefined) => Promise<Sourced>;

/** What finding it out takes. */
export interface AutoSources {
  /** The environment's registry, which comes before. */
  readonly registry: () => Sourced | undefined;
  /** `--region`, else AWS_REGION. */
  readonly region: () => Sourced | undefined;
  /** Asks STS in a region; undefined where AWS is not to be asked. */
  readonly caller: ((region: string) => Promise<Caller>) | undefined;
}

/**
 * The environment's registry, else ECR's in the account of the destination's role, else in the account of whoever signs.
 * @throws Failure CONFIG_MISSING without a region, and what asking AWS throws
 */
export function autoRegistry({ registry, region: regionOf, caller }: AutoSources): AutoRegistry {
  let asked: Promise<Caller> | undefined;
  const accountOf = async (role: string | undefined, at: string): Promise<Caller> => {
    if (role !== undefined) return { arn: role, account: role.split(":")[4] ?? "" };
    asked ??= caller?.(at);
    if (asked !== undefined) return await asked;
    throw new Failure("CONFIG_MISSING", "registry: auto asks AWS whose account it is, which is not done here", {
      hint: "Set ECR_REGISTRY, or AWS_ACCOUNT_ID and AWS_REGION.",
    });
  };
  return async (role) => {
    const given = registry();
    if (given !== undefined) return given;
    const region = regionOf();
    if (region === undefined) {
      throw new Failure("CONFIG_MISSING", "registry: auto finds an account, and nothing says which region", {
        hint: "Set AWS_REGION, or give --region.",
      });
    }
    const { arn, account } = await accountOf(role, region.value);
    const origin = { kind: "identity", name: `auto: the account of ${arn}, ${region.origin.name}` } as const;
    return { value: ecrHost(account, region.value), origin };
  };
}
