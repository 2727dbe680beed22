import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { type AwsWanted, anAws } from "../support/aws.ts";
import { waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aRepository } from "../support/git-repository.ts";

const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const role = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
const keys = { AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true" };

suite("waybill login", { concurrency: false }, () => {
  const repository = aRepository();
  const stack = new AsyncDisposableStack();
  let ecr: EmbeddedRegistry;
  let other: EmbeddedRegistry;
  const settings = () => ({
    image: "quiltdata/benchling",
    destinations: [{ registry: host, role }, { registry: other.served.host }],
    endpoints: { [host]: ecr.served.url },
  });
  before(async () => {
    ecr = stack.use(await anEmbeddedRegistry({ basic: { username: "AWS", password: "token 1" } }));
    other = stack.use(await anEmbeddedRegistry({ basic: { username: "ann", password: "pass:word" } }));
    repository.commit({
      Dockerfile: 'FROM scratch\nCOPY --chmod=755 app /app\nENTRYPOINT ["/app"]\n',
      app: elfProgram("amd64", "hello\n"),
      "waybill.yaml": JSON.stringify(settings()),
    });
  });
  after(async () => {
    repository.remove();
    await stack[Symbol.asyncDispose]();
  });

  /** Runs it with a folder of docker's configuration of its own. */
  async function aUser(wanted: AwsWanted = {}) {
    const dir = stack.use(await aFolder()).path;
    const aws = await anAws(wanted);
    const path = join(dir, "config.json");
    const run = async (argv: readonly string[], { input, ...env }: Readonly<Record<string, string>> = {}) =>
      await waybill(argv, {
        cwd: repository.dir,
        env: { ...aws.env, ...keys, DOCKER_CONFIG: dir, ...env },
        ...(input === undefined ? {} : { input }),
      });
    return { dir, aws, run, auths: () => JSON.parse(readFileSync(path, "utf8")).auths };
  }
  const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });

  test("keeps ECR's token for other tools, taken with the destination's role, and says how long it lasts", async () => {
    const { dir, aws, run, auths } = await aUser();
    const { exitCode, out, said } = await run(["login", host]);
    assert.equal(exitCode, 0, said);
    assert.deepEqual(auths(), { [host]: auth("AWS:token 1") });
    assert.equal(statSync(join(dir, "config.json")).mode & 0o777, 0o600);
    assert.match(out, new RegExp(`${host}: signed in as ${role}, until [0-9TZ:.-]+ \\(12 hours\\)`));
    assert.equal(aws.asked.at(-1)?.key, "ROLEKEY1");
    for (const secret of ["token 1", auth("AWS:token 1").auth]) assert.equal((out + said).includes(secret), false);
  });

  test("says of a token that has ended already that the clocks differ", async () => {
    const { run } = await aUser({ tokenEndsAt: () => Date.parse("2015-01-01") });
    const { exitCode, out, said } = await run(["login", host]);
    assert.equal(exitCode, 0, said);
    assert.match(out, /until 2015-01-01T00:00:00\.000Z, which is over by this machine's clock/);
  });

  test("is what --skip-auth publishes with, without any identity at AWS", async () => {
    const { aws, run } = await aUser();
    await run(["login", host]);
    const asked = aws.asked.length;
    const to = ["--to", `${host}/quiltdata/benchling`];
    const { exitCode, said } = await run(["publish", ...to, "--skip-auth"], { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" });
    assert.equal(exitCode, 0, said);
    assert.equal(aws.asked.length, asked);
    const { dir } = await aUser();
    const without = await run(["publish", ...to, "--skip-auth"], { DOCKER_CONFIG: dir });
    assert.equal(without.exitCode, 5);
    assert.match(without.said, /CREDENTIALS_MISSING/);
  });

  test("takes a user's password from standard input, and keeps it only where the registry takes it", async () => {
    const { run, auths } = await aUser();
    const argv = ["login", other.served.host, "--username", "ann", "--password-stdin"];
    const wrong = await run(argv, { input: "another password\n" });
    assert.equal(wrong.exitCode, 5, wrong.said);
    assert.throws(auths, /ENOENT/);
    assert.equal(wrong.said.includes("another password"), false);
    const { exitCode, out, said } = await run([...argv, "--output", "json"], { input: "pass:word\n" });
    assert.equal(exitCode, 0, said);
    assert.deepEqual(auths(), { [other.served.host]: auth("ann:pass:word") });
    const [one] = JSON.parse(out);
    assert.deepEqual([one.registry, one.as, one.kept.kind], [other.served.host, "ann", "file"]);
    assert.equal((out + said).includes("pass:word"), false);
  });

  test("without arguments signs in at every destination, and one that fails stops no other", async () => {
    const { run, auths } = await aUser();
    const first = await run(["login"]);
    assert.equal(first.exitCode, 5);
    assert.match(first.said, new RegExp(`nothing to sign in with at ${other.served.host}`));
    assert.match(first.said, /--username NAME --password-stdin/);
    assert.deepEqual(Object.keys(auths()), [host]);
  });

  test("finds good what docker's configuration has already, and leaves it", async () => {
    const { dir, run, auths } = await aUser();
    const kept = { [other.served.host]: auth("ann:pass:word") };
    writeFileSync(join(dir, "config.json"), JSON.stringify({ auths: kept }));
    const { exitCode, out, said } = await run(["login", other.served.host]);
    assert.equal(exitCode, 0, said);
    assert.match(out, /signed in as ann\n {2}kept in docker's configuration before/);
    assert.deepEqual(auths(), kept);
  });

  test("needs no repository where the environment names the registry", async () => {
    const { run, auths } = await aUser();
    const endpoints = { WAYBILL_ENDPOINTS: `${host}=${ecr.served.url}`, WAYBILL_CONFIG: "{}" };
    const { exitCode, said } = await run(["login"], { ...endpoints, AWS_ACCOUNT_ID: "712023778557", AWS_REGION: "us-east-1" });
    assert.equal(exitCode, 0, said);
    assert.deepEqual(Object.keys(auths()), [host]);
    const nowhere = await run(["login"], endpoints);
    assert.equal(nowhere.exitCode, 2);
    assert.match(nowhere.said, /CONFIG_MISSING/);
  });

  test("needs no repository where --registry names the registry", async () => {
    const { run, auths } = await aUser();
    const settings = { WAYBILL_ENDPOINTS: `${host}=${ecr.served.url}`, WAYBILL_CONFIG: "{}" };
    const { exitCode, said } = await run(["login", "--registry", host], settings);
    assert.equal(exitCode, 0, said);
    assert.deepEqual(Object.keys(auths()), [host]);
  });

  test("asks AWS nothing about a registry that is named beside destinations in the caller's account", async () => {
    const { run, auths } = await aUser();
    const settings = {
      WAYBILL_CONFIG: JSON.stringify({ image: "team/app", destinations: [{ registry: "auto" }] }),
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
    };
    const { exitCode, said } = await run(["login", other.served.host, "--username", "ann", "--password-stdin"], {
      ...settings,
      input: "pass:word",
    });
    assert.equal(exitCode, 0, said);
    assert.deepEqual(Object.keys(auths()), [other.served.host]);
  });

  test("refuses two roles at one registry until one is named", async () => {
    const { aws, run } = await aUser();
    const both = {
      ...settings(),
      destinations: ["one", "two"].map((name) => ({ registry: host, repository: name, role: `${role}-${name}` })),
    };
    const env = { WAYBILL_CONFIG: JSON.stringify(both) };
    const { exitCode, said } = await run(["login"], env);
    assert.equal(exitCode, 2);
    assert.match(said, /different roles\n {2}hint: Name the one that is meant: waybill login HOST\/REPOSITORY/);
    const named = await run(["login", `${host}/two`], env);
    assert.equal(named.exitCode, 0, named.said);
    assert.ok(aws.asked.some(({ body }) => decodeURIComponent(body).includes(`RoleArn=${role}-two`)));
  });

  test("says how a user and a password are given", async () => {
    const { run } = await aUser();
    const cases = [
      [["--username", "ann"], /--username needs --password-stdin/],
      [["--password-stdin"], /--password-stdin needs --username/],
      [["--username", "ann", "--password-stdin"], /standard input holds no password/],
      [["--username", "", "--password-stdin"], /a user's name is not empty/],
    ] as const;
    for (const [argv, says] of cases) {
      const { exitCode, said } = await run(["login", other.served.host, ...argv], { input: "" });
      assert.equal(exitCode, 2, said);
      assert.match(said, says);
    }
    const several = await run(["login", "--username", "ann", "--password-stdin"], { input: "x" });
    assert.match(several.said, /for one registry, and several are meant/);
    const url = await run(["login", "https:"], {});
    assert.match(url.said, /is no registry/);
  });

  test("that AWS denies is told with the statement that allows it", async () => {
    const message =
      "User: arn:aws:sts::712023778557:assumed-role/r/s is not authorized to perform: ecr:GetAuthorizationToken on resource: *";
    const { run } = await aUser({ refuse: { GetAuthorizationToken: { code: "AccessDeniedException", message } } });
    const { exitCode, said } = await run(["login", host]);
    assert.equal(exitCode, 5);
    assert.match(said, /\{"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"\*"\}/);
  });
});
