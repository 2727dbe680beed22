import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ecrSignIn } from "../../src/aws/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { silent } from "../../src/report/index.ts";
import { createRegistryClient } from "../../src/store/index.ts";
import { type AwsWanted, anAws, anIdentity } from "../support/aws.ts";
import { registryServer } from "../support/registry-server.ts";
import { tokenServer } from "../support/registry-sign-in.ts";

const host = "public.ecr.aws";
const repository = "quilt/benchling";
const role = "arn:aws:iam::712023778557:role/publisher";

async function aSignIn(wanted: AwsWanted = {}, as?: string) {
  anIdentity();
  const aws = await anAws(wanted);
  return { ...aws, signIn: ecrSignIn({ env: aws.env, emit: silent, roles: [{ host, repository, role: as }] }) };
}

suite("signing in at ECR's public registry", () => {
  test("asks its own API in us-east-1, wherever the job is", async () => {
    process.env["AWS_REGION"] = "eu-west-1";
    const { asked, signIn } = await aSignIn();
    const found = await signIn.forRepository?.({ host, repository })?.credentials(host);
    delete process.env["AWS_REGION"];
    assert.deepEqual(
      asked.map(({ call, service, region }) => [call, service, region]),
      [["GetAuthorizationToken", "ecr-public", "us-east-1"]],
    );
    assert.ok(found?.kind === "basic" && found.username === "AWS" && found.password === "token 1" && (found.expiresAt ?? 0) > Date.now());
  });

  test("does so with the destination's role", async () => {
    const { asked, signIn } = await aSignIn({}, role);
    await signIn.forRepository?.({ host, repository })?.credentials(host);
    assert.equal(asked.at(-1)?.key, "ROLEKEY1");
  });

  test("is for destinations; what is only read there, as base images are, needs no identity", async () => {
    const { asked, signIn } = await aSignIn();
    assert.equal(await signIn.forRepository?.({ host, repository: "docker/library/node" })?.credentials(host), undefined);
    assert.deepEqual(asked, []);
  });

  test("has a token exchanged at the realm that the registry names", async () => {
    const { signIn } = await aSignIn();
    await using registry = await registryServer();
    await using tokens = await tokenServer(registry);
    await using client = createRegistryClient({ signIn, emit: silent, endpoints: { [host]: { url: `http://${registry.host}` } } });
    await Array.fromAsync(client.repository({ host, repository }).tags()).catch(() => []);
    const basic = `Basic ${Buffer.from("AWS:token 1").toString("base64")}`;
    assert.deepEqual(
      tokens.requests.map(({ headers }) => headers.authorization),
      [basic],
    );
    assert.equal(registry.requests.at(-1)?.headers.authorization, "Bearer token-1");
  });

  test("that is denied is told with both permissions that it needs", async () => {
    const message = "User: arn:aws:iam::712023778557:user/ci is not authorized to perform: sts:GetServiceBearerToken";
    const { signIn } = await aSignIn({ refuse: { GetAuthorizationToken: { code: "AccessDeniedException", message } } });
    await assert.rejects(signIn.credentials(host), (thrown: unknown) => {
      assert.ok(thrown instanceof Failure);
      assert.equal(thrown.code, "DENIED");
      assert.ok(thrown.hint?.includes('"Action":["ecr-public:GetAuthorizationToken","sts:GetServiceBearerToken"],"Resource":"*"'));
      return true;
    });
  });
});
