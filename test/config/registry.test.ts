import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Environment, loadSettings, type SettingsFlags, type SettingsSources } from "../../src/config/index.ts";
import { Failure } from "../../src/failure/index.ts";

const ecr = (region: string) => `712023778557.dkr.ecr.${region}.amazonaws.com`;
const role = "arn:aws:iam::712023778557:role/deploy";
const file = `image: team/app\ndestinations: [{ registry: ${ecr("us-east-1")}, role: "${role}" }, { registry: two.example }]`;

async function load(text: string | undefined, env: Environment = {}, flags: SettingsFlags = {}, caller?: SettingsSources["caller"]) {
  const readFile = async () => (text === undefined ? undefined : Buffer.from(text));
  const settings = await loadSettings({ readFile, env, flags, caller });
  const [image] = settings.images;
  assert.ok(image !== undefined);
  return { image, origins: settings.origins, hosts: image.destinations.map(({ host }) => host) };
}

suite("--registry", () => {
  test("is the one place to deliver to, under the image's own name, and keeps the file's role there", async () => {
    const { image, origins } = await load(file, {}, { registry: ecr("us-east-1") });
    assert.deepEqual(image.destinations, [{ host: ecr("us-east-1"), repository: "team/app", role, trusted: true }]);
    assert.deepEqual(origins["destinations.0.registry"]?.origin, { kind: "flag", name: "--registry" });
    assert.deepEqual((await load(undefined, { DOCKER_IMAGE_NAME: "env/app" }, { registry: "localhost:5000" })).image.destinations, [
      { host: "localhost:5000", repository: "env/app", role: undefined, trusted: true },
    ]);
  });

  test("wins over the environment's registry and WAYBILL_TO", async () => {
    const env = { ECR_REGISTRY: "env.example", WAYBILL_TO: "to.example/x", DOCKER_IMAGE_NAME: "env/app" };
    assert.deepEqual((await load(undefined, env, { registry: "flag.example" })).hosts, ["flag.example"]);
  });

  test("needs an image's name, and cannot stand beside --to", async () => {
    await assert.rejects(load(undefined, {}, { registry: "r.example" }), { code: "CONFIG_MISSING", hint: /DOCKER_IMAGE_NAME/ });
    await assert.rejects(load(file, {}, { registry: "r.example", to: ["r.example/app"] }), {
      code: "CONFIG_INVALID",
      message: /--registry/,
    });
    await assert.rejects(load(file, {}, { registry: "https://r.example" }), { code: "CONFIG_INVALID", message: /^--registry: / });
  });
});

suite("--region", () => {
  test("changes the registry's name, wherever that came from, and leaves others alone", async () => {
    const { hosts, origins } = await load(file, {}, { region: "eu-west-1" });
    assert.deepEqual(hosts, [ecr("eu-west-1"), "two.example"]);
    assert.deepEqual(origins["destinations.0.registry"], { value: ecr("eu-west-1"), origin: { kind: "flag", name: "--region" } });
    const env = { DOCKER_IMAGE_NAME: "a/b", ECR_REGISTRY: ecr("us-east-1") };
    assert.deepEqual((await load(undefined, env, { region: "eu-west-1" })).hosts, [ecr("eu-west-1")]);
    assert.deepEqual((await load(undefined, { ...env, ECR_REGISTRY: "localhost:5000" }, { region: "eu-west-1" })).hosts, [
      "localhost:5000",
    ]);
  });

  test("takes the place of AWS_REGION, which need not be set then", async () => {
    const env = { DOCKER_IMAGE_NAME: "a/b", AWS_ACCOUNT_ID: "712023778557" };
    const found = await load(undefined, { ...env, AWS_REGION: "us-west-2" }, { region: "eu-west-1" });
    assert.deepEqual(found.hosts, [ecr("eu-west-1")]);
    assert.equal(found.origins["destinations.0.registry"]?.origin.name, "AWS_ACCOUNT_ID, --region");
    assert.deepEqual((await load(undefined, env, { region: "eu-west-1" })).hosts, [ecr("eu-west-1")]);
  });

  test("names the registry under the domain of its partition", async () => {
    const env = { DOCKER_IMAGE_NAME: "a/b", AWS_ACCOUNT_ID: "712023778557" };
    const domains = {
      "us-gov-west-1": "amazonaws.com",
      "eusc-de-east-1": "amazonaws.eu",
      "us-iso-east-1": "c2s.ic.gov",
      "us-isob-east-1": "sc2s.sgov.gov",
      "eu-isoe-west-1": "cloud.adc-e.uk",
      "us-isof-south-1": "csp.hci.ic.gov",
    };
    for (const [region, domain] of Object.entries(domains)) {
      const host = `712023778557.dkr.ecr.${region}.${domain}`;
      assert.deepEqual((await load(undefined, { ...env, AWS_REGION: region })).hosts, [host]);
      assert.deepEqual((await load(undefined, { DOCKER_IMAGE_NAME: "a/b", ECR_REGISTRY: ecr("us-east-1") }, { region })).hosts, [host]);
    }
  });

  test("goes to China and back with the domain", async () => {
    assert.deepEqual(
      (await load(undefined, { DOCKER_IMAGE_NAME: "a/b", ECR_REGISTRY: ecr("us-east-1") }, { region: "cn-north-1" })).hosts,
      [`${ecr("cn-north-1")}.cn`],
    );
    const china = { DOCKER_IMAGE_NAME: "a/b", ECR_REGISTRY: `${ecr("cn-north-1")}.cn` };
    assert.deepEqual((await load(undefined, china, { region: "us-east-1" })).hosts, [ecr("us-east-1")]);
    const dual = { DOCKER_IMAGE_NAME: "a/b", ECR_REGISTRY: "712023778557.dkr-ecr-fips.us-east-1.on.aws" };
    assert.deepEqual((await load(undefined, dual, { region: "us-west-2" })).hosts, ["712023778557.dkr-ecr-fips.us-west-2.on.aws"]);
  });

  test("is refused beside a flag that names a registry in another region, and where it is no region", async () => {
    const flags = { region: "eu-west-1", to: [`${ecr("us-east-1")}/app`] };
    await assert.rejects(load(file, {}, flags), { code: "CONFIG_INVALID", message: /--to is in us-east-1, and --region says eu-west-1/ });
    assert.deepEqual((await load(file, {}, { ...flags, region: "us-east-1" })).hosts, [ecr("us-east-1")]);
    await assert.rejects(load(file, {}, { region: "europe" }), { code: "CONFIG_INVALID", message: /^--region: / });
  });
});

suite("without a registry", () => {
  test("nothing is guessed: neither this machine, nor a region, nor an account", async () => {
    await assert.rejects(load(undefined, { DOCKER_IMAGE_NAME: "a/b" }), { code: "CONFIG_MISSING" });
    await assert.rejects(load(undefined, { DOCKER_IMAGE_NAME: "a/b", AWS_ACCOUNT_ID: "712023778557" }), { code: "CONFIG_MISSING" });
    await assert.rejects(load(undefined, { DOCKER_IMAGE_NAME: "a/b", AWS_REGION: "us-east-1" }), { code: "CONFIG_MISSING" });
  });
});

suite("registry: auto", () => {
  const automatic = "image: team/app\ndestinations: [{ registry: auto }]";
  /** Who signs, with the regions in which that was asked. */
  const aCaller = (account = "730278974607") => {
    const asked: string[] = [];
    const arn = `arn:aws:sts::${account}:assumed-role/publisher/run`;
    const caller = async (region: string) => {
      asked.push(region);
      return { arn, account };
    };
    return { asked, caller, arn };
  };

  test("is the account of whoever signs, in the region of the environment, and says so", async () => {
    const { asked, caller, arn } = aCaller();
    const { hosts, origins } = await load(automatic, { AWS_REGION: "eu-west-1" }, {}, caller);
    assert.deepEqual(hosts, ["730278974607.dkr.ecr.eu-west-1.amazonaws.com"]);
    assert.deepEqual(asked, ["eu-west-1"]);
    assert.equal(origins["destinations.0.registry"]?.origin.name, `auto: the account of ${arn}, AWS_REGION`);
    const china = await load(automatic, { AWS_REGION: "eu-west-1" }, { region: "cn-north-1" }, caller);
    assert.deepEqual(china.hosts, ["730278974607.dkr.ecr.cn-north-1.amazonaws.com.cn"]);
    assert.equal(china.origins["destinations.0.registry"]?.origin.name, `auto: the account of ${arn}, --region`);
  });

  test("comes after ECR_REGISTRY, and after AWS_ACCOUNT_ID with a region", async () => {
    const { asked, caller } = aCaller();
    const account = { AWS_ACCOUNT_ID: "712023778557", AWS_REGION: "us-east-1" };
    const both = await load(automatic, { ...account, ECR_REGISTRY: "env.example" }, {}, caller);
    assert.deepEqual(both.hosts, ["env.example"]);
    const { hosts, origins } = await load(automatic, account, {}, caller);
    assert.deepEqual(hosts, [ecr("us-east-1")]);
    assert.equal(origins["destinations.0.registry"]?.origin.name, "AWS_ACCOUNT_ID, AWS_REGION");
    assert.deepEqual(asked, []);
  });

  test("is the account of the destination's role, which need not be asked for", async () => {
    const { asked, caller } = aCaller();
    const text = `image: team/app\ndestinations: [{ registry: auto, role: "${role}" }]`;
    assert.deepEqual((await load(text, { AWS_REGION: "us-east-1" }, {}, caller)).hosts, [ecr("us-east-1")]);
    assert.deepEqual(asked, []);
  });

  test("is asked for once, whatever number of destinations want it", async () => {
    const { asked, caller } = aCaller();
    const text = "image: team/app\ndestinations: [{ registry: auto }, { registry: auto, repository: other }, { registry: two.example }]";
    assert.equal((await load(text, { AWS_REGION: "us-east-1" }, {}, caller)).hosts.length, 3);
    assert.deepEqual(asked, ["us-east-1"]);
  });

  test("can be a flag, and is no guess: without it nobody is asked", async () => {
    const { asked, caller } = aCaller();
    const env = { DOCKER_IMAGE_NAME: "a/b", AWS_REGION: "us-east-1" };
    assert.deepEqual((await load(undefined, env, { registry: "auto" }, caller)).hosts, ["730278974607.dkr.ecr.us-east-1.amazonaws.com"]);
    assert.deepEqual(asked, ["us-east-1"]);
    await assert.rejects(load(undefined, env, {}, caller), { code: "CONFIG_MISSING" });
    assert.deepEqual(asked, ["us-east-1"]);
  });

  test("needs a region, and somebody who signs: never a registry of this machine", async () => {
    const { caller } = aCaller();
    await assert.rejects(load(automatic, {}, {}, caller), { code: "CONFIG_MISSING", hint: /AWS_REGION/ });
    const nobody = async () => {
      throw new Failure("CREDENTIALS_MISSING", "there is no AWS identity");
    };
    await assert.rejects(load(automatic, { AWS_REGION: "us-east-1" }, {}, nobody), { code: "CREDENTIALS_MISSING" });
    await assert.rejects(load(automatic, { AWS_REGION: "us-east-1" }), { code: "CONFIG_MISSING", hint: /ECR_REGISTRY/ });
  });
});

suite("the architecture in tags", () => {
  const one = "image: team/app\ndestinations: [{ registry: r.example }]";
  const tags = async (text: string, env: Environment, flags: SettingsFlags) => {
    const { image } = await load(text, env, flags);
    return [image.release, ...image.moving.map(({ tag }) => tag)];
  };

  test("stands at the end of every tag where a flag, a variable or the file asks for it, in this order", async () => {
    assert.deepEqual(await tags(one, {}, {}), ["{sha}", "latest"]);
    assert.deepEqual(await tags(one, {}, { archSuffix: true }), ["{sha}-amd64", "latest-amd64"]);
    assert.deepEqual(await tags(one, { WAYBILL_ARCH_SUFFIX: "on", WAYBILL_PLATFORM: "linux/arm64" }, {}), ["{sha}-arm64", "latest-arm64"]);
    const filed = `${one}\ntags: { archSuffix: true }`;
    assert.deepEqual(await tags(filed, {}, { platform: "linux/arm/v7" }), ["{sha}-arm-v7", "latest-arm-v7"]);
    assert.deepEqual(await tags(filed, { WAYBILL_ARCH_SUFFIX: "off" }, {}), ["{sha}", "latest"]);
    assert.deepEqual(await tags(filed, { WAYBILL_ARCH_SUFFIX: "on" }, { archSuffix: false }), ["{sha}", "latest"]);
    await assert.rejects(load(one, { WAYBILL_ARCH_SUFFIX: "yes" }), { code: "CONFIG_INVALID", message: /^WAYBILL_ARCH_SUFFIX: / });
  });
});
