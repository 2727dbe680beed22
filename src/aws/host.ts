/** What an ECR registry's host says: whose it is, and where. */
export interface EcrHost {
  readonly account: string;
  readonly region: string;
  readonly fips: boolean;
  /** `aws`, `aws-cn`, … by the domain. */
  readonly partition: string;
}

/** Domains of ECR's private registries (Amazon ECR, "Private registry"; AWS General Reference, "ECR endpoints"), by partition. */
const domains: Readonly<Record<string, string>> = {
  "amazonaws.com": "aws",
  "amazonaws.com.cn": "aws-cn",
  "amazonaws.eu": "aws-eusc",
  "c2s.ic.gov": "aws-iso",
  "sc2s.sgov.gov": "aws-iso-b",
  "cloud.adc-e.uk": "aws-iso-e",
  "csp.hci.ic.gov": "aws-iso-f",
};
const classic = /^(\d{12})\.dkr\.ecr(-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\.([a-z0-9.-]+)$/;
/** The newer names, which answer over IPv6 too. */
const dualStack = /^(\d{12})\.dkr-ecr(-fips)?\.([a-z]{2}(?:-[a-z]+)+-\d+)\.on\.(aws|amazonwebservices\.com\.cn)$/;

/** What a registry's host says, or undefined where it is not ECR's. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const old = classic.exec(host);
  const match = old ?? dualStack.exec(host);
  const [, account, fips, region, domain = ""] = match ?? [];
  const partition = old === null ? (domain === "aws" ? "aws" : "aws-cn") : domains[domain];
  if (account === undefined || region === undefined || partition === undefined) return undefined;
  const gov = partition === "aws" && region.startsWith("us-gov-");
  return { account, region, fips: fips !== undefined, partition: gov ? "aws-us-gov" : partition };
}

/** The ARN of a repository (Service Authorization Reference, "Amazon Elastic Container Registry"). */
export function repositoryArn({ partition, region, account }: EcrHost, repository: string): string {
  return `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;
}
