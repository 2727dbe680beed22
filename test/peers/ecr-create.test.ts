import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { type CommandRun, waybill } from "../support/cli.ts";
import { aRepository } from "../support/git-repository.ts";
import { type AwsKeys, aMoto, type Moto } from "./support/moto.ts";

// The account that moto takes everybody for.
const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const name = `${host}/quiltdata/benchling`;

suite("waybill ecr create", { concurrency: false }, () => {
  const repository = aRepository();
  const stack = new AsyncDisposableStack();
  let moto: Moto;
  let keys: AwsKeys;
  before(async () => {
    stack.defer(() => repository.remove());
    moto = stack.use(await aMoto());
    repository.commit({ Dockerfile: "FROM scratch\n" });
    keys = await moto.aUser("operator", ["ecr:*"]);
  });
  after(async () => await stack[Symbol.asyncDispose]());
  const run = async (...argv: readonly string[]): Promise<CommandRun> =>
    await waybill(["ecr", "create", "--to", name, ...argv], { cwd: repository.dir, env: { ...moto.env, ...keys } });

  test("--dry-run says what would be made, and makes nothing", async () => {
    for (const _ of [1, 2]) {
      const { exitCode, out, said } = await run("--dry-run");
      assert.equal(exitCode, 0, said);
      assert.match(out, /would be created/);
    }
  });

  test("it makes the repository once, immutable but for latest", async () => {
    const { exitCode, out, said } = await run();
    assert.equal(exitCode, 0, said);
    assert.match(out, /benchling created\n {2}mutability: "IMMUTABLE_WITH_EXCLUSION"\n {2}moving: \["latest"\]/);
    const again = await run();
    assert.equal(again.exitCode, 0, again.said);
    assert.match(again.out, /is there, and set as it is to be/);
  });

  test("what differs is shown, and changed only with --apply", async () => {
    for (const argv of [["--public-read"], ["--public-read", "--apply", "--dry-run"], ["--public-read"]]) {
      const { out, said } = await run(...argv);
      assert.match(out, /policy: none -> .*"Principal":"\*".*ecr:GetDownloadUrlForLayer/, said);
    }
    assert.match((await run("--public-read", "--apply")).out, /benchling changed/);
    assert.match((await run("--public-read")).out, /is there, and set as it is to be/);
    const other = await run("--no-latest");
    assert.match(other.out, /mutability: "IMMUTABLE_WITH_EXCLUSION" -> "IMMUTABLE"/, other.said);
  });

  test("without an identity it says so", async () => {
    const { exitCode, said } = await waybill(["ecr", "create", "--to", name], { cwd: repository.dir, env: moto.env });
    assert.equal(exitCode, 5);
    assert.match(said, /code: CREDENTIALS_MISSING/);
  });

  test("a destination that is not at ECR has no repository to make", async () => {
    const { exitCode, said } = await waybill(["ecr", "create", "--to", "ghcr.io/a/b"], { cwd: repository.dir, env: moto.env });
    assert.equal(exitCode, 2);
    assert.match(said, /CONFIG_MISSING/);
  });
});
