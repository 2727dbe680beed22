import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";

const repository = aRepository();
const first = repository.commit({
  Dockerfile: 'FROM scratch\nCOPY --chmod=755 app /app\nENTRYPOINT ["/app"]\n',
  app: elfProgram("amd64", "hello\n"),
});
await using cleanup = new AsyncDisposableStack();
const registry = cleanup.use(await anEmbeddedRegistry());
const { host, url } = registry.served;
const folder = cleanup.use(await aFolder());
const kept = cleanup.move();
after(async () => {
  await kept[Symbol.asyncDispose]();
  repository.remove();
});

const account = "712023778557";
const ecr = (region: string): string => `${account}.dkr.ecr.${region}.amazonaws.com`;
const base = {
  DOCKER_IMAGE_NAME: "team/app",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  WAYBILL_ENDPOINTS: ["eu-west-1", "us-east-1"].map((region) => `${ecr(region)}=${url}`).join(","),
};

/** What the tool before this one was called with, and what came of it. */
interface Row {
  readonly call: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly exit?: number;
  readonly out?: RegExp;
  readonly said?: RegExp;
}

const here = { ECR_REGISTRY: host };
const inAccount = { AWS_ACCOUNT_ID: account, AWS_DEFAULT_REGION: "us-east-1" };
const uri = `${host}/team/app:${first}`;

/** In this order: what a row looks at was published by one before it. */
const rows: readonly Row[] = [
  { call: "push --dry-run", env: here, out: new RegExp(`${uri} would be created`) },
  { call: "push --dry-run --no-latest", env: here, out: /^(?![\s\S]*latest would)/ },
  { call: `push --dry-run --registry ${ecr("eu-west-1")}`, env: here, out: new RegExp(`${ecr("eu-west-1")}/team/app:${first} would`) },
  { call: "push --dry-run --region eu-west-1", env: inAccount, out: new RegExp(`${ecr("eu-west-1")}/team/app:${first} would`) },
  { call: "push --dry-run", env: inAccount, out: new RegExp(`${ecr("us-east-1")}/team/app:${first} would`) },
  { call: "push --platform linux/arm64", env: here, exit: 3, said: /program-architecture/ },
  { call: "push", env: { ...here, DOCKER_DEFAULT_PLATFORM: "linux/arm64" }, exit: 3, said: /program-architecture/ },
  { call: `push --version ${first} --no-arch-suffix`, env: here, out: new RegExp(`\nDOCKER_IMAGE_URI=${uri}\n$`) },
  { call: "push", env: { ...here, VERSION: first }, out: new RegExp(`\nDOCKER_IMAGE_URI=${uri}\n$`) },
  { call: "push --output json", env: here, out: new RegExp(`^\\{[\\s\\S]*"sha": ?"${first}"[\\s\\S]*\\}\n$`) },
  { call: "push --output github", env: here, out: new RegExp(`^image_uri_sha=${uri}$`, "m") },
  { call: `tags --version ${first} --no-latest`, env: here, out: new RegExp(`^${uri}\n$`) },
  {
    call: `tags --registry ${ecr("eu-west-1")} --version 1.2.3 --output text --no-latest`,
    env: here,
    out: new RegExp(`^${ecr("eu-west-1")}/team/app:1.2.3\n$`),
  },
  { call: "tags --arch-suffix --version 1 --no-latest", env: { ...here, DOCKER_DEFAULT_PLATFORM: "linux/arm64" }, out: /:1-arm64\n$/ },
  { call: `info --version 1.2.3 --registry ${ecr("eu-west-1")}`, env: here, out: new RegExp(`^${ecr("eu-west-1")}/team/app:1.2.3\n$`) },
  { call: "info --output text", env: { ...here, VERSION: "1.2.3" }, out: new RegExp(`^${host}/team/app:1.2.3\n$`) },
  { call: "validate", env: { ...here, VERSION: first }, out: /valid: linux\/amd64/ },
  { call: `validate --registry ${host} --version 1`, env: { ECR_REGISTRY: "other.example" }, exit: 6, said: /NOT_FOUND/ },
  { call: "validate --region eu-west-1", env: inAccount, out: new RegExp(`^${ecr("eu-west-1")}/team/app@sha256:[0-9a-f]{64}\nvalid`) },
  { call: "validate --output github", env: here, out: /^valid=true\ndigest=sha256:[0-9a-f]{64}\n$/ },
];

suite("each option and variable of the tool before this one means what it meant", { concurrency: false }, () => {
  for (const { call, env = {}, exit = 0, out, said } of rows) {
    test(`${Object.keys(env).join(" ")} ${call}`.replaceAll(host, "HOST").replaceAll(first, "SHA"), async () => {
      const run = await waybill(call.split(" "), { cwd: repository.dir, env: { ...base, ...env } });
      assert.equal(run.exitCode, exit, run.said);
      if (out !== undefined) assert.match(run.out, out);
      if (said !== undefined) assert.match(run.said + run.out, said);
      // Results and logs never mix, and nobody is sent to a registry that nobody named.
      assert.doesNotMatch(run.out, /^(?:error|hint):/m);
      assert.doesNotMatch(run.out + run.said, /localhost/);
    });
  }

  test("validate says where latest names another image, which is no failure, and --no-latest does not look", async () => {
    repository.commit({ app: elfProgram("amd64", "newer\n") });
    const env = { ...base, ...here };
    assert.equal((await waybill(["push"], { cwd: repository.dir, env })).exitCode, 0);
    const older = await waybill(["validate", "--version", first], { cwd: repository.dir, env });
    assert.equal(older.exitCode, 0, older.said);
    assert.match(older.out, /^(?:note|warning).*latest/m);
    const alone = await waybill(["validate", "--version", first, "--no-latest"], { cwd: repository.dir, env });
    assert.equal(alone.exitCode, 0, alone.said);
    assert.doesNotMatch(alone.out, /latest/);
  });

  test("--skip-auth asks nobody at AWS: docker's configuration signs in, or nobody does", async () => {
    await using closed = await anEmbeddedRegistry({ basic: { username: "me", password: "of my own" } });
    const registryHost = ecr("us-east-1");
    const env = {
      ...base,
      ...inAccount,
      WAYBILL_ENDPOINTS: `${registryHost}=${closed.served.url}`,
      // Whoever is asked answers with a refused connection.
      AWS_ENDPOINT_URL: "http://127.0.0.1:9",
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "of the account",
      DOCKER_CONFIG: folder.path,
    };
    const auth = Buffer.from("me:of my own").toString("base64");
    await writeFile(join(folder.path, "config.json"), JSON.stringify({ auths: { [registryHost]: { auth } } }));
    const pushed = await waybill(["push", "--skip-auth"], { cwd: repository.dir, env });
    assert.equal(pushed.exitCode, 0, pushed.said);
    const checked = await waybill(["validate", "--skip-auth"], { cwd: repository.dir, env });
    assert.equal(checked.exitCode, 0, checked.said);
    await writeFile(join(folder.path, "config.json"), "{}");
    const nobody = await waybill(["validate", "--skip-auth"], { cwd: repository.dir, env });
    assert.equal(nobody.exitCode, 5, nobody.said);
  });

  test("without an image's name or a command it says what is missing", async () => {
    const nameless = await waybill(["push"], { cwd: repository.dir, env: here });
    assert.equal(nameless.exitCode, 2);
    assert.match(nameless.said, /CONFIG_MISSING/);
    const nothing = await waybill([], { cwd: repository.dir, env: here });
    assert.equal(nothing.exitCode, 2);
    assert.match(nothing.said, /no command/);
  });
});
