import { type ImageSettings, parseEcrHost } from "../../config/index.ts";
import { Failure } from "../../failure/index.ts";

/** One repository at ECR, and what has to be set there. */
export interface InfraRepository {
  readonly region: string;
  readonly name: string;
  /** Tags that move; all others are immutable. */
  readonly moving: readonly string[];
  /** ARNs of roles of other accounts that publish here. */
  readonly guests: readonly string[];
}

/** What one AWS account has to have, so that the configured branches can publish. */
export interface InfraAccount {
  readonly account: string;
  readonly partition: string;
  readonly repositories: readonly InfraRepository[];
  /** The role of this account that publishes; undefined where another account's does. */
  readonly role: InfraRole | undefined;
}

/** A role that GitHub's jobs take. */
export interface InfraRole {
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  /** ARNs of all repositories that it publishes to, of other accounts too. */
  readonly targets: readonly string[];
  /** What the token's `sub` may be; `*` and `?` are wildcards in it. */
  readonly subjects: readonly string[];
}

interface Place {
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  readonly name: string;
  readonly moving: readonly string[];
  readonly branches: readonly string[];
  readonly role: string;
}

/**
 * The accounts that the configuration's destinations at ECR lie in, and those of their roles.
 * @param github OWNER/NAME of the repository at GitHub
 * @throws Failure CONFIG_MISSING where no destination is on ECR; CONFIG_INVALID where one account has two roles
 */
export function accountsOf(images: readonly ImageSettings[], github: string): readonly InfraAccount[] {
  const places = images.flatMap((image) => placesOf(image, github));
  if (places.length === 0)
    throw new Failure("CONFIG_MISSING", "no destination is on Amazon ECR, so there is nothing to set up at AWS", {
      hint: "Give --registry ACCOUNT.dkr.ecr.REGION.amazonaws.com, or leave --infra out.",
    });
  const accounts = [...new Set(places.flatMap(({ account, role }) => [account, accountOf(role)]))];
  return accounts.map((account) => ({
    account,
    partition: partitionOf(account, places),
    repositories: repositoriesOf(places.filter((place) => place.account === account)),
    role: roleOf(
      account,
      places.filter(({ role }) => accountOf(role) === account),
      github,
    ),
  }));
}

function placesOf({ destinations, moving, branches }: ImageSettings, github: string): readonly Place[] {
  return destinations.flatMap(({ host, repository, role }) => {
    const ecr = parseEcrHost(host);
    if (ecr === undefined) return [];
    const { account, partition, region } = ecr;
    const named = role ?? `arn:${partition}:iam::${account}:role/github/waybill-${github.replaceAll("/", "-")}`.slice(0, 90);
    return [{ account, partition, region, name: repository, moving: moving.map(({ tag }) => tag), branches, role: named }];
  });
}

function partitionOf(account: string, places: readonly Place[]): string {
  const place = places.find((one) => one.account === account);
  return place?.partition ?? places.find(({ role }) => accountOf(role) === account)?.role.split(":")[1] ?? "aws";
}

function accountOf(role: string): string {
  return role.split(":")[4] ?? "";
}

function repositoriesOf(places: readonly Place[]): readonly InfraRepository[] {
  const keys = [...new Set(places.map(({ region, name }) => `${region} ${name}`))];
  return keys.map((key) => {
    const same = places.filter(({ region, name }) => `${region} ${name}` === key);
    const [region = "", name = ""] = key.split(" ");
    return {
      region,
      name,
      moving: [...new Set(same.flatMap(({ moving }) => moving))],
      guests: [...new Set(same.filter(({ account, role }) => accountOf(role) !== account).map(({ role }) => role))],
    };
  });
}

function roleOf(account: string, places: readonly Place[], github: string): InfraRole | undefined {
  const [arn, other] = new Set(places.map(({ role }) => role));
  if (arn === undefined) return undefined;
  if (other !== undefined)
    throw new Failure("CONFIG_INVALID", `account ${account} has two roles that publish, ${arn} and ${other}`, {
      hint: "Take one role for each account: the templates make one.",
    });
  const parts = arn.split(":role/")[1]?.split("/") ?? [];
  const name = parts.at(-1) ?? "";
  return {
    name,
    path: `/${parts
      .slice(0, -1)
      .map((part) => `${part}/`)
      .join("")}`,
    targets: [...new Set(places.map((place) => `arn:${place.partition}:ecr:${place.region}:${place.account}:repository/${place.name}`))],
    subjects: [...new Set(places.flatMap(({ branches }) => branches))].map((branch) => `repo:${github}:ref:refs/heads/${branch}`),
  };
}
