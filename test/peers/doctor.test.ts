import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { type AwsKeys, aMoto, type Moto } from "./support/moto.ts";

const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

suite("waybill doctor", { concurrency: false }, () => {
  const repository = aRepository();
  const stack = new AsyncDisposableStack();
  let moto: Moto;
  let registry: EmbeddedRegistry;
  let keys: AwsKeys;
  before(async () => {
    stack.defer(() => repository.remove());
    moto = stack.use(await aMoto());
    registry = stack.use(await anEmbeddedRegistry({ basic: moto.basic }));
    const settings = { image: "team/app", destinations: [{ registry: host }], endpoints: { [host]: registry.served.url } };
    repository.commit({ Dockerfile: "FROM scratch\n", "waybill.yaml": JSON.stringify(settings) });
    keys = await moto.aUser("publisher", ["ecr:*"]);
  });
  after(async () => await stack[Symbol.asyncDispose]());
  const run = async (argv: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    await waybill(argv, { cwd: repository.dir, env: { ...moto.env, ...keys, ...more } });
  const errors = (out: string): readonly { check: string; code: string; mend: string }[] =>
    JSON.parse(out).findings.filter(({ level }: { level: string }) => level === "error");

  test("a repository that is missing is an error with its mend, which mends it", async () => {
    const ill = await run(["doctor", "--json"]);
    assert.equal(ill.exitCode, 6, ill.out + ill.said);
    assert.deepEqual(
      errors(ill.out).map(({ check, code }) => [check, code]),
      [["ecr", "NOT_FOUND"]],
    );
    assert.match(errors(ill.out)[0]?.mend ?? "", /waybill ecr create/);
    assert.equal((await run(["ecr", "create"])).exitCode, 0);
    const well = await run(["doctor"]);
    assert.equal(well.exitCode, 0, well.out + well.said);
    assert.match(well.out, /pass +ecr +.*team\/app are IMMUTABLE_WITH_EXCLUSION/);
    assert.match(well.out, /\d+ passed, \d+ warnings, 0 errors\n$/);
    for (const secret of [moto.basic.password, keys.AWS_SECRET_ACCESS_KEY]) assert.equal((well.out + well.said).includes(secret), false);
  });

  test("without an identity, sign-in is what fails", async () => {
    const { exitCode, out } = await waybill(["doctor", "--json"], { cwd: repository.dir, env: moto.env });
    assert.equal(exitCode, 5);
    assert.ok(errors(out).every(({ code }) => code === "CREDENTIALS_MISSING"));
  });

  test("a registry elsewhere is looked at without AWS, and one that is not there is an error", async () => {
    await using other = await anEmbeddedRegistry();
    const well = await waybill(["doctor", "--to", `${other.served.host}/a/b`, "--json"], { cwd: repository.dir });
    assert.equal(well.exitCode, 0, well.out);
    const ill = await waybill(["doctor", "--to", "127.0.0.1:1/a/b", "--json"], { cwd: repository.dir });
    assert.equal(ill.exitCode, 6, ill.out);
    assert.deepEqual(
      errors(ill.out).map(({ check, code }) => [check, code]),
      [["registry", "REGISTRY_UNREACHABLE"]],
    );
  });

  test("a configuration that is wrong is a finding, beside what can be looked at all the same", async () => {
    const { exitCode, out } = await run(["doctor"], { WAYBILL_CONFIG: "imagee: x" });
    assert.equal(exitCode, 2, out);
    assert.match(out, /error +config +.*imagee/);
    assert.match(out, /pass +git/);
  });
});
