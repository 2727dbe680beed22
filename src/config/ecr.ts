/** What an ECR registry's host says: whose it is, and where. */
export interface EcrHost {
  readonly account: string;
  readonly region: string;
  readonly fips: boolean;
  /** `aws`, `aws-cn`, … */
  readonly partition: string;
}

/** One of the parts that AWS consists of, which share no identities. */
interface Partition {
  readonly name: string;
  readonly regions: RegExp;
  /** What registries' names end in; with `dualStack`, those that answer over IPv6 too. */
  readonly domain: string;
  readonly dualStack?: string;
}

/** The partitions (Amazon ECR, "Private registry"; AWS General Reference, "ECR endpoints"); the last one has all other regions. */
const partitions: readonly Partition[] = [
  { name: "aws-cn", regions: /^cn-/, domain: "amazonaws.com.cn", dualStack: "on.amazonwebservices.com.cn" },
  { name: "aws-us-gov", regions: /^us-gov-/, domain: "amazonaws.com", dualStack: "on.aws" },
  { name: "aws-eusc", regions: /^eusc-/, domain: "amazonaws.eu" },
  { name: "aws-iso", regions: /^us-iso-/, domain: "c2s.ic.gov" },
  { name: "aws-iso-b", regions: /^us-isob-/, domain: "sc2s.sgov.gov" },
  { name: "aws-iso-e", regions: /^eu-isoe-/, domain: "cloud.adc-e.uk" },
  { name: "aws-iso-f", regions: /^us-isof-/, domain: "csp.hci.ic.gov" },
  { name: "aws", regions: /^/, domain: "amazonaws.com", dualStack: "on.aws" },
];

const pattern = /^(\d{12})\.dkr([.-])ecr(-fips)?\.([a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2})\.([a-z0-9.-]+)$/;

/** What a registry's host says, or undefined where it is not ECR's: domain and region have to be of one partition. */
export function parseEcrHost(host: string): EcrHost | undefined {
  const [, account, separator, fips, region = "", domain] = pattern.exec(host) ?? [];
  const partition = partitionOf(region);
  if (account === undefined || domain !== (separator === "-" ? partition.dualStack : partition.domain)) return undefined;
  return { account, region, fips: fips !== undefined, partition: partition.name };
}

/** The registry of an account in a region. */
export function ecrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.${partitionOf(region).domain}`;
}

/** The region that a host names, or undefined where it is not ECR's. */
export function ecrRegion(host: string): string | undefined {
  return parseEcrHost(host)?.region;
}

/** The same account's registry in another region; hosts that are not ECR's stay as they are. */
export function ecrHostIn(host: string, region: string): string {
  const there = parseEcrHost(host);
  if (there === undefined) return host;
  const { domain, dualStack } = partitionOf(region);
  const fips = there.fips ? "-fips" : "";
  return host.includes(".dkr-ecr") && dualStack !== undefined
    ? `${there.account}.dkr-ecr${fips}.${region}.${dualStack}`
    : `${there.account}.dkr.ecr${fips}.${region}.${domain}`;
}

function partitionOf(region: string): Partition {
  const found = partitions.find(({ regions }) => regions.test(region));
  if (found === undefined) throw new RangeError("the last partition has every region");
  return found;
}
