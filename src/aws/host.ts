import { type EcrHost, parseEcrHost } from "../config/index.ts";

/** Hosts of ECR's public registry, and the only region that its API is in (Amazon ECR Public, "Registry authentication"). */
const publicHosts = new Set(["public.ecr.aws", "ecr-public.aws.com"]);
const publicRegion = "us-east-1";

/** A registry of AWS: an account's own in a region, or the public one. */
export type EcrRegistry = (EcrHost & { readonly kind: "private" }) | ({ readonly kind: "public" } & Omit<EcrHost, "account">);

/** Whose registry a host is, or undefined where it is not AWS's. */
export function ecrRegistryOf(host: string): EcrRegistry | undefined {
  if (publicHosts.has(host)) return { kind: "public", region: publicRegion, fips: false, partition: "aws" };
  const own = parseEcrHost(host);
  return own && { kind: "private", ...own };
}

/** The ARN of a repository (Service Authorization Reference, "Amazon Elastic Container Registry"). */
export function repositoryArn({ partition, region, account }: EcrHost, repository: string): string {
  return `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;
}
