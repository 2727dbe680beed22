/** Where a registry of Amazon ECR is, as far as its host says so: account, region and domain (Amazon ECR, "Private registry"). */
const host = /^(\d{12}\.dkr[.-]ecr(?:-fips)?\.)([a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2})\.(.+)$/;

const domains: Readonly<Record<string, string>> = { "amazonaws.com": "amazonaws.com.cn", "on.aws": "on.amazonwebservices.com.cn" };

/** The registry of an account in a region. */
export function ecrHost(account: string, region: string): string {
  return `${account}.dkr.ecr.${region}.${domainIn("amazonaws.com", region)}`;
}

/** The region that a host names, or undefined where it is not ECR's. */
export function ecrRegion(name: string): string | undefined {
  return host.exec(name)?.[2];
}

/** The same account's registry in another region; hosts that are not ECR's stay as they are. */
export function ecrHostIn(name: string, region: string): string {
  const [, account, , domain] = host.exec(name) ?? [];
  return account === undefined || domain === undefined ? name : `${account}${region}.${domainIn(domain, region)}`;
}

/** China has domains of its own, in which no other region is. */
function domainIn(domain: string, region: string): string {
  const china = region.startsWith("cn-");
  const [pair] = Object.entries(domains).filter((names) => names.includes(domain));
  return pair === undefined ? domain : china ? pair[1] : pair[0];
}
