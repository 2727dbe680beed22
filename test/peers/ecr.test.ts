import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type CommandRun, waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { type AwsKeys, aMoto, type Moto } from "./support/moto.ts";

const ecr = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const name = `${ecr}/quiltdata/benchling`;

suite("signing in at Amazon ECR", { concurrency: false }, () => {
  const repository = aRepository();
  let sha: string;
  let stack: AsyncDisposableStack;
  let moto: Moto;
  let registry: EmbeddedRegistry;
  let may: AwsKeys;
  let mayNot: AwsKeys;

  before(async () => {
    stack = new AsyncDisposableStack();
    stack.defer(() => repository.remove());
    moto = stack.use(await aMoto());
    // A repository that is immutable but for latest, as ECR has it (IMMUTABLE_WITH_EXCLUSION).
    registry = stack.use(await anEmbeddedRegistry({ basic: moto.basic, immutable: true, mutableTags: ["latest"] }));
    sha = repository.commit({
      Dockerfile: 'FROM scratch\nCOPY --chmod=755 app /app\nENTRYPOINT ["/app"]\n',
      app: elfProgram("amd64", "hello\n"),
      "waybill.yaml": JSON.stringify({
        image: "quiltdata/benchling",
        destinations: [{ registry: ecr }],
        branches: ["main"],
        endpoints: { [ecr]: registry.served.url },
      }),
    });
    may = await moto.aUser("publisher", ["ecr:GetAuthorizationToken"]);
    mayNot = await moto.aUser("visitor", []);
    await moto.enforce();
  });
  after(async () => await stack[Symbol.asyncDispose]());

  const run = async (argv: readonly string[], keys: Partial<AwsKeys>, more: Readonly<Record<string, string>> = {}): Promise<CommandRun> =>
    await waybill(argv, { cwd: repository.dir, env: { ...moto.env, ...keys, ...more } });

  test("the commit is published with a token of the identity that the environment has", async () => {
    const { exitCode, out, said } = await run(["publish", "--output", "json"], may);
    assert.equal(exitCode, 0, said);
    const report = JSON.parse(out);
    assert.equal(report.images[0].status, "published");
    assert.match(out, new RegExp(`${name}:${sha}`));
    for (const secret of [moto.basic.password, may.AWS_SECRET_ACCESS_KEY]) assert.equal((out + said).includes(secret), false);
  });

  test("publishing again is done without writing", async () => {
    const { exitCode, out, said } = await run(["publish", "--output", "json"], may);
    assert.equal(exitCode, 0, said);
    assert.equal(JSON.parse(out).images[0].status, "present");
  });

  test("validate, info and tags read it there", async () => {
    for (const argv of [
      ["validate", `${name}:${sha}`],
      ["info", `${name}:${sha}`],
      ["tags", name],
    ]) {
      const { exitCode, out, said } = await run(argv, may);
      assert.equal(exitCode, 0, said);
      assert.ok(out.includes(sha), out);
    }
  });

  test("the environment can say where the registry is, too", async () => {
    const { exitCode, said } = await run(["publish", "--to", `${ecr}/other/name`], may, {
      WAYBILL_ENDPOINTS: `${ecr}=${registry.served.url}`,
    });
    assert.equal(exitCode, 0, said);
  });

  /** Publishes with what is not right, to where nothing may arrive. */
  const refused = async (
    code: string,
    says: RegExp,
    keys: Partial<AwsKeys>,
    more: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    const { exitCode, out, said } = await run(["publish", "--to", `${ecr}/refused/name`, "--output", "json"], keys, more);
    assert.equal(exitCode, 5, said);
    const [failure] = JSON.parse(out).failures;
    assert.equal(failure.code, code, said);
    assert.match(failure.message, says);
    assert.ok(failure.message.includes(ecr) && failure.hint, said);
    for (const secret of Object.values(keys).filter((value) => value.length > 20)) assert.equal((out + said).includes(secret), false);
  };

  test("without any identity it says that there is none, and how to get one", async () => {
    await refused("CREDENTIALS_MISSING", /no AWS identity/, {});
  });

  // moto checks keys, signatures and permissions, but tells of them in XML, which ECR never does: its own refusals are in test/aws.
  const wrong = { AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "x".repeat(40) };
  for (const [what, keys] of [
    ["keys that AWS does not know are", () => wrong],
    ["a secret key that is not the right one is", () => ({ ...may, AWS_SECRET_ACCESS_KEY: wrong.AWS_SECRET_ACCESS_KEY })],
    ["an identity without permission is", () => mayNot],
  ] as const) {
    test(`${what} refused, in words`, async () => {
      await refused("CREDENTIALS_FAILED", /gave no answer to get a token.*status 403/, keys());
    });
  }

  test("an API that cannot be reached is not taken for a refusal", async () => {
    await refused("CREDENTIALS_FAILED", /gave no answer to get a token/, may, { AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
  });

  test("a registry that does not take the token is told as that", async () => {
    await using other = await anEmbeddedRegistry({ basic: { username: "AWS", password: "another" } });
    const { exitCode, said } = await run(["publish", "--to", `${ecr}/refused/name`], may, {
      WAYBILL_ENDPOINTS: `${ecr}=${other.served.url}`,
    });
    assert.equal(exitCode, 5, said);
    assert.match(said, /code: (?:UNAUTHORIZED|DENIED)/);
    assert.equal(said.includes(moto.basic.password), false);
  });

  test("nothing of what was refused has arrived", async () => {
    const authorization = `Basic ${Buffer.from(`${moto.basic.username}:${moto.basic.password}`).toString("base64")}`;
    assert.equal((await registry.ask("GET", "/v2/refused/name/tags/list", { headers: { authorization } })).status, 404);
  });
});
