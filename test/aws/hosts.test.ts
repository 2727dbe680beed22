import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ecrClient, ecrRegistryOf } from "../../src/aws/index.ts";
import { parseEcrHost } from "../../src/config/index.ts";

const account = "712023778557";
/** What follows the account, the partition, the region, and who is asked for a token. */
const known = [
  ["dkr.ecr.us-east-1.amazonaws.com", "aws", "us-east-1", "api.ecr.us-east-1.amazonaws.com"],
  ["dkr.ecr.ap-southeast-7.amazonaws.com", "aws", "ap-southeast-7", "api.ecr.ap-southeast-7.amazonaws.com"],
  ["dkr.ecr-fips.us-east-1.amazonaws.com", "aws", "us-east-1", "api.ecr-fips.us-east-1.amazonaws.com"],
  ["dkr-ecr.eu-central-1.on.aws", "aws", "eu-central-1", "api.ecr.eu-central-1.amazonaws.com"],
  ["dkr-ecr-fips.us-west-2.on.aws", "aws", "us-west-2", "api.ecr-fips.us-west-2.amazonaws.com"],
  ["dkr.ecr.us-gov-west-1.amazonaws.com", "aws-us-gov", "us-gov-west-1", "api.ecr.us-gov-west-1.amazonaws.com"],
  ["dkr.ecr-fips.us-gov-east-1.amazonaws.com", "aws-us-gov", "us-gov-east-1", "api.ecr-fips.us-gov-east-1.amazonaws.com"],
  ["dkr-ecr.us-gov-west-1.on.aws", "aws-us-gov", "us-gov-west-1", "api.ecr.us-gov-west-1.amazonaws.com"],
  ["dkr.ecr.cn-north-1.amazonaws.com.cn", "aws-cn", "cn-north-1", "api.ecr.cn-north-1.amazonaws.com.cn"],
  ["dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn", "aws-cn", "cn-northwest-1", "api.ecr.cn-northwest-1.amazonaws.com.cn"],
  ["dkr.ecr.eusc-de-east-1.amazonaws.eu", "aws-eusc", "eusc-de-east-1", "api.ecr.eusc-de-east-1.amazonaws.eu"],
  ["dkr.ecr.us-iso-east-1.c2s.ic.gov", "aws-iso", "us-iso-east-1", "api.ecr.us-iso-east-1.c2s.ic.gov"],
  ["dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "aws-iso-b", "us-isob-east-1", "api.ecr.us-isob-east-1.sc2s.sgov.gov"],
  ["dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "aws-iso-e", "eu-isoe-west-1", "api.ecr.eu-isoe-west-1.cloud.adc-e.uk"],
  ["dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "aws-iso-f", "us-isof-south-1", "api.ecr.us-isof-south-1.csp.hci.ic.gov"],
] as const;

suite("a registry of AWS", () => {
  for (const [rest, partition, region, api] of known) {
    test(`is at ACCOUNT.${rest}, and its tokens are had from ${api}`, async () => {
      const host = `${account}.${rest}`;
      const fips = rest.includes("-fips");
      assert.deepEqual(parseEcrHost(host), { account, region, fips, partition });
      const client = await ecrClient({ region, fips }, {});
      const asked = { Region: region, UseFIPS: await client.config.useFipsEndpoint(), UseDualStack: false };
      assert.equal(client.config.endpointProvider(asked).url.hostname, api);
      client.destroy();
    });
  }

  test("is asked by FIPS's endpoints where the environment wants those", async () => {
    process.env["AWS_USE_FIPS_ENDPOINT"] = "true";
    const client = await ecrClient({ region: "us-east-1" }, {});
    assert.equal(await client.config.useFipsEndpoint(), true);
    delete process.env["AWS_USE_FIPS_ENDPOINT"];
    client.destroy();
  });

  test("is the public one by its two names, whose tokens are had in us-east-1 only", () => {
    const there = { kind: "public", region: "us-east-1", fips: false, partition: "aws" };
    for (const host of ["public.ecr.aws", "ecr-public.aws.com"]) assert.deepEqual(ecrRegistryOf(host), there);
  });

  const others = [
    "docker.io",
    "71202377855.dkr.ecr.us-east-1.amazonaws.com",
    `${account}.dkr.ecr.us-east-1.amazonaws.com.evil.example`,
    `evil-${account}.dkr.ecr.us-east-1.amazonaws.com`,
    `${account}.dkr.ecr.us-east-1.evil.example`,
    `${account}.dkr.ecr.cn-north-1.amazonaws.com`,
    `${account}.dkr.ecr.us-east-1.amazonaws.com.cn`,
    `${account}.dkr.ecr.us-iso-east-1.amazonaws.com`,
    `${account}.dkr-ecr.us-east-1.amazonaws.com`,
    `${account}.dkr.ecr.us-east-1.on.aws`,
    `${account}.dkr.ecr.us-east-1.amazonaws.com:443`,
    "evil.public.ecr.aws",
    "public.ecr.aws.evil.example",
  ];
  for (const host of others) test(`is not ${host}`, () => assert.equal(ecrRegistryOf(host), undefined));
});
