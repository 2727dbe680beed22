import assert from "node:assert/strict";
import { test } from "node:test";
import { type Environment, loadSettings, type Settings, type SettingsFlags } from "../../src/config/index.ts";

const role = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
const file = `
image: team/app
build: { file: docker/Dockerfile, platform: linux/arm64, args: { A: one } }
destinations:
  - { registry: one.example, role: "${role}" }
  - { registry: two.example, repository: other/app, trusted: true }
`;

async function load(text: string | undefined, env: Environment = {}, flags: SettingsFlags = {}): Promise<Settings> {
  return await loadSettings({ readFile: async () => (text === undefined ? undefined : Buffer.from(text)), env, flags });
}

async function only(text: string | undefined, env: Environment = {}, flags: SettingsFlags = {}) {
  const settings = await load(text, env, flags);
  const [image] = settings.images;
  assert.ok(image !== undefined && settings.images.length === 1);
  return { image, settings };
}

test("a file is enough", async () => {
  const { image } = await only(file);
  assert.equal(image.name, "team/app");
  assert.deepEqual(image.destinations, [
    { host: "one.example", repository: "team/app", role, trusted: true },
    { host: "two.example", repository: "other/app", role: undefined, trusted: true },
  ]);
  assert.equal(image.build.platform, "linux/arm64");
  assert.deepEqual(image.build.args, { A: "one" });
});

test("--to alone is enough, and all else is what is usual", async () => {
  const { image, settings } = await only(undefined, {}, { to: ["localhost:5000/team/app", "two.example/app"] });
  assert.deepEqual(
    image.destinations.map(({ host, repository, trusted }) => [host, repository, trusted]),
    [
      ["localhost:5000", "team/app", true],
      ["two.example", "app", false],
    ],
  );
  assert.deepEqual(image.branches, ["main"]);
  assert.equal(image.release, "{sha}");
  assert.deepEqual(image.moving, [{ tag: "latest", branch: "main", policy: "forward" }]);
  const { context, file: dockerfile, platform, engine, epoch } = image.build;
  assert.deepEqual([context, dockerfile, platform, engine, epoch], [".", "Dockerfile", "linux/amd64", "auto", 315_532_800]);
  assert.deepEqual(settings.origins["build.platform"], { value: "linux/amd64", origin: { kind: "default", name: "default" } });
});

test("the environment wins over the file, and flags win over the environment", async () => {
  const env = { DOCKER_DEFAULT_PLATFORM: "linux/arm/v7", WAYBILL_FILE: "env/Dockerfile", DOCKER_IMAGE_NAME: "env/app" };
  const fromEnv = await only(file, env);
  assert.equal(fromEnv.image.build.platform, "linux/arm/v7");
  assert.equal(fromEnv.image.build.file, "env/Dockerfile");
  assert.deepEqual(
    fromEnv.image.destinations.map(({ repository }) => repository),
    ["env/app", "other/app"],
  );
  assert.equal(fromEnv.settings.origins["build.platform"]?.origin.name, "DOCKER_DEFAULT_PLATFORM");
  const fromFlags = await only(file, env, { platform: "linux/amd64", file: "./flag/Dockerfile" });
  assert.equal(fromFlags.image.build.platform, "linux/amd64");
  assert.equal(fromFlags.image.build.file, "flag/Dockerfile");
  assert.deepEqual(fromFlags.settings.origins["build.file"], {
    value: "flag/Dockerfile",
    origin: { kind: "flag", name: "--file" },
  });
});

test("waybill's own variables win over those that other tools share", async () => {
  const { image } = await only(file, { WAYBILL_PLATFORM: "linux/amd64", DOCKER_DEFAULT_PLATFORM: "linux/s390x" });
  assert.equal(image.build.platform, "linux/amd64");
});

test("an empty variable is one that is not set", async () => {
  const { image } = await only(file, { DOCKER_DEFAULT_PLATFORM: "", DOCKER_IMAGE_NAME: "", WAYBILL_TO: "", ECR_REGISTRY: "" });
  assert.equal(image.build.platform, "linux/arm64");
  assert.equal(image.name, "team/app");
});

test("a wrong variable or flag is named", async () => {
  await assert.rejects(load(file, { DOCKER_DEFAULT_PLATFORM: "amd64" }), { code: "CONFIG_INVALID", message: /^DOCKER_DEFAULT_PLATFORM: / });
  await assert.rejects(load(file, { WAYBILL_LATEST: "sometimes" }), { code: "CONFIG_INVALID", message: /^WAYBILL_LATEST: / });
  await assert.rejects(load(file, {}, { file: "/etc/Dockerfile" }), { code: "CONFIG_INVALID", message: /^--file: / });
  await assert.rejects(load(file, {}, { to: ["r.s/app:latest"] }), { code: "CONFIG_INVALID", message: /^--to: / });
  await assert.rejects(load(file, {}, { to: [""] }), { code: "CONFIG_INVALID", message: /^--to: / });
  await assert.rejects(load(file, {}, { to: ["r.s/app", "r.s/app"] }), { code: "CONFIG_INVALID", message: /twice/ });
});

test("the file's registry stays, whatever account the environment is for", async () => {
  const { image } = await only(file, { ECR_REGISTRY: "three.example", AWS_ACCOUNT_ID: "730278974607", AWS_REGION: "us-east-1" });
  assert.deepEqual(
    image.destinations.map(({ host }) => host),
    ["one.example", "two.example"],
  );
});

test("the environment's registry fills in what the file leaves open", async () => {
  const open = "image: quiltdata/benchling\ndestinations: [{ trusted: true }]";
  const env = { AWS_ACCOUNT_ID: "712023778557", AWS_REGION: "us-east-1" };
  const { image, settings } = await only(open, env);
  assert.equal(image.destinations[0]?.host, "712023778557.dkr.ecr.us-east-1.amazonaws.com");
  assert.equal(settings.origins["destinations.0.registry"]?.origin.name, "AWS_ACCOUNT_ID, AWS_REGION");
  const china = await only(open, { AWS_ACCOUNT_ID: "712023778557", AWS_DEFAULT_REGION: "cn-north-1" });
  assert.equal(china.image.destinations[0]?.host, "712023778557.dkr.ecr.cn-north-1.amazonaws.com.cn");
  assert.equal((await only(open, { ...env, ECR_REGISTRY: "own.example" })).image.destinations[0]?.host, "own.example");
  await assert.rejects(load(open, { AWS_ACCOUNT_ID: "12", AWS_REGION: "us-east-1" }), { message: /^AWS_ACCOUNT_ID: / });
});

test("without a file the environment is enough, as older tools set it", async () => {
  const env = { DOCKER_IMAGE_NAME: "quiltdata/benchling", AWS_ACCOUNT_ID: "712023778557", AWS_REGION: "us-east-1" };
  const { image } = await only(undefined, env);
  assert.deepEqual(image.destinations, [
    { host: "712023778557.dkr.ecr.us-east-1.amazonaws.com", repository: "quiltdata/benchling", role: undefined, trusted: true },
  ]);
});

test("no destination anywhere is an error that shows how to give one", async () => {
  await assert.rejects(load(undefined), { code: "CONFIG_MISSING", hint: /--to HOST\/REPOSITORY.*waybill\.yaml/s });
  await assert.rejects(load(undefined, { DOCKER_IMAGE_NAME: "a/b" }), { code: "CONFIG_MISSING", hint: /image: a\/b/ });
});

test("--to keeps the role that the file has for the same registry and repository", async () => {
  const { image } = await only(file, {}, { to: ["one.example/team/app", "one.example/team/app-arm64", "two.example/x"] });
  assert.deepEqual(
    image.destinations.map((one) => one.role),
    [role, undefined, undefined],
  );
});

test("--no-latest leaves moving tags alone, --latest=adopt takes them over", async () => {
  const text = `${file}\ntags: { latest: { branch: trunk }, moving: { stable: { branch: stable, adopt: true } } }`;
  assert.deepEqual((await only(text)).image.moving, [
    { tag: "latest", branch: "trunk", policy: "forward" },
    { tag: "stable", branch: "stable", policy: "adopt" },
  ]);
  assert.deepEqual((await only(text, {}, { latest: false })).image.moving, []);
  assert.deepEqual(
    (await only(text, {}, { latest: "adopt" })).image.moving.map(({ policy }) => policy),
    ["adopt", "adopt"],
  );
  assert.deepEqual((await only(text, { WAYBILL_LATEST: "off" })).image.moving, []);
  assert.deepEqual((await only(`${file}\ntags: { latest: false }`)).image.moving, []);
});

test("latest follows the first branch that is no pattern", async () => {
  const { image } = await only(`${file}\nbranches: [release/*, trunk]`);
  assert.deepEqual(image.moving, [{ tag: "latest", branch: "trunk", policy: "forward" }]);
});

test("the Dockerfile is looked for in the context", async () => {
  assert.equal((await only(undefined, {}, { to: ["r.s/a"], context: "services/api/" })).image.build.file, "services/api/Dockerfile");
});

test("endpoints of the environment come to those of the file", async () => {
  const { settings } = await only(`${file}\nendpoints: { one.example: "https://proxy.example/one/" }`, {
    WAYBILL_ENDPOINTS: "two.example=http://127.0.0.1:5000, three.example=http://[::1]:5001",
  });
  assert.deepEqual(settings.endpoints, {
    "one.example": { url: "https://proxy.example/one" },
    "two.example": { url: "http://127.0.0.1:5000" },
    "three.example": { url: "http://[::1]:5001" },
  });
  await assert.rejects(load(file, { WAYBILL_ENDPOINTS: "two.example=http://two.example" }), { message: /^WAYBILL_ENDPOINTS: / });
});

test("every value says where it came from", async () => {
  const { settings } = await only(`${file}\ncaFile: ca.pem`, {}, { engine: "buildx" });
  const from = (key: string) => settings.origins[key]?.origin.name;
  assert.equal(from("build.file"), "waybill.yaml:3");
  assert.equal(from("build.args.A"), "waybill.yaml:3");
  assert.equal(from("destinations.0.role"), "waybill.yaml:5");
  assert.equal(from("destinations.1.repository"), "waybill.yaml:6");
  assert.equal(from("destinations.0.repository"), "waybill.yaml:2");
  assert.equal(from("build.engine"), "--engine");
  assert.equal(from("tags.release"), "default");
  assert.equal(from("caFile"), "waybill.yaml:8");
});
