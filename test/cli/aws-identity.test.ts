import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { anAws } from "../support/aws.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";

const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const role = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
const answers = {
  DescribeRepositories: { repositories: [{ repositoryArn: "arn:aws:ecr:x", imageTagMutability: "IMMUTABLE" }] },
  GetAccountSetting: { name: "BLOB_MOUNTING", value: "ENABLED" },
};

suite("who asks ECR's API", { concurrency: false }, () => {
  const repository = aRepository();
  let registry: EmbeddedRegistry;
  before(async () => {
    registry = await anEmbeddedRegistry();
    const settings = {
      image: "quiltdata/benchling",
      destinations: [{ registry: host, role }],
      endpoints: { [host]: registry.served.url },
    };
    repository.commit({ Dockerfile: "FROM scratch\n", "waybill.yaml": JSON.stringify(settings) });
  });
  after(async () => {
    repository.remove();
    await registry[Symbol.asyncDispose]();
  });

  /** The keys that signed the calls of ECR's API, and how often the role was taken. */
  const signers = async (argv: readonly string[]) => {
    const { asked, env } = await anAws({ answers });
    const keys = { AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true" };
    const { out, said } = await waybill(argv, { cwd: repository.dir, env: { ...env, ...keys } });
    const ofApi = asked.filter(({ call }) => !/^(?:GetCallerIdentity|AssumeRole|GetAuthorizationToken)$/.test(call));
    assert.ok(ofApi.length > 0, out + said);
    return { keys: [...new Set(ofApi.map(({ key }) => key))], taken: asked.filter(({ call }) => call === "AssumeRole").length };
  };

  test("in doctor and verify-fleet is the destination's role, which is taken once", async () => {
    for (const argv of [["doctor"], ["verify-fleet"]]) assert.deepEqual(await signers(argv), { keys: ["ROLEKEY1"], taken: 1 }, argv[0]);
  });

  test("in ecr create is who runs it, and the destination's role where that is asked for", async () => {
    assert.deepEqual(await signers(["ecr", "create", "--dry-run"]), { keys: ["AKIDEXAMPLE"], taken: 0 });
    assert.deepEqual(await signers(["ecr", "create", "--dry-run", "--as-role"]), { keys: ["ROLEKEY1"], taken: 1 });
  });

  test("is nobody with --skip-auth", async () => {
    const { asked, env } = await anAws({ answers });
    await waybill(["verify-fleet", "--skip-auth"], { cwd: repository.dir, env });
    await waybill(["doctor", "--skip-auth"], { cwd: repository.dir, env });
    assert.deepEqual(asked, []);
  });

  const auto = {
    WAYBILL_CONFIG: JSON.stringify({ image: "quiltdata/benchling", destinations: [{ registry: "auto" }] }),
    AWS_REGION: "us-east-1",
  };

  test("has the registry in its account where that is asked for, and --explain says so", async () => {
    const { env } = await anAws({ caller: "arn:aws:sts::730278974607:assumed-role/publisher/run" });
    const keys = { AWS_SECRET_ACCESS_KEY: "secret", AWS_EC2_METADATA_DISABLED: "true" };
    const { exitCode, out, said } = await waybill(["tags", "--explain"], { cwd: repository.dir, env: { ...env, ...keys, ...auto } });
    assert.equal(exitCode, 0, said);
    assert.match(out, /^730278974607\.dkr\.ecr\.us-east-1\.amazonaws\.com\/quiltdata\/benchling:/);
    assert.match(said, /destinations\.0\.registry +730278974607.*\(auto: the account of arn:aws:sts::730278974607:.*, AWS_REGION\)/);
  });

  test("is missed where there is nobody, and no other registry is taken", async () => {
    const { bare } = await anAws();
    const nobody = { AWS_EC2_METADATA_DISABLED: "true", AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };
    const { exitCode, out, said } = await waybill(["publish", "--dry-run"], { cwd: repository.dir, env: { ...bare, ...nobody, ...auto } });
    assert.equal(exitCode, 5, said);
    assert.match(said, /there is no AWS identity to find the account that registry: auto means with: .*[\s\S]*code: CREDENTIALS_MISSING/);
    assert.equal(/localhost/.test(out + said), false);
  });
});
