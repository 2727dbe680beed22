import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { awsSessions, ecrApi, ecrSignIn } from "../../src/aws/index.ts";
import { parseEcrHost } from "../../src/config/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { silent } from "../../src/report/index.ts";
import { type AwsWanted, anAws, anIdentity } from "../support/aws.ts";

const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const repository = "quiltdata/benchling";
const role = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
const there = { DescribeRepositories: { repositories: [{ imageTagMutability: "IMMUTABLE" }] } };

async function anApi(wanted: AwsWanted = {}, env: Readonly<Record<string, string>> = {}) {
  anIdentity();
  const aws = await anAws({ answers: there, ...wanted });
  const place = parseEcrHost(host);
  assert.ok(place);
  const sessions = awsSessions({ env: { ...aws.env, ...env }, emit: silent });
  const open = async () => await ecrApi(place, { env: { ...aws.env, ...env }, sessions, role });
  return { ...aws, sessions, open };
}

suite("ECR's API", () => {
  test("is asked as the destination's role, with the session that signs in", async () => {
    const { asked, env, sessions, open } = await anApi();
    const signIn = ecrSignIn({ env, emit: silent, sessions, roles: [{ host, repository, role }] });
    await signIn.forRepository?.({ host, repository }).credentials(host);
    using api = await open();
    assert.deepEqual(await api.tagging(repository), { mutability: "IMMUTABLE", moving: [] });
    assert.deepEqual(
      asked.map(({ call, key }) => [call, key]),
      [
        ["GetCallerIdentity", "AKIDEXAMPLE"],
        ["AssumeRole", "AKIDEXAMPLE"],
        ["GetAuthorizationToken", "ROLEKEY1"],
        ["DescribeRepositories", "ROLEKEY1"],
      ],
    );
  });

  test("that refuses a call is told with who asked, on what, and the statement that allows it", async () => {
    const session = "arn:aws:sts::712023778557:assumed-role/GitHub-benchling-webhook/waybill";
    const arn = `arn:aws:ecr:us-east-1:712023778557:repository/${repository}`;
    const message = `User: ${session} is not authorized to perform: ecr:DescribeRepositories on resource: ${arn} because no identity-based policy allows the ecr:DescribeRepositories action`;
    const { open } = await anApi({ refuse: { DescribeRepositories: { code: "AccessDeniedException", message } } });
    using api = await open();
    await assert.rejects(api.tagging(repository), (thrown: unknown) => {
      assert.ok(thrown instanceof Failure);
      assert.equal(thrown.code, "DENIED");
      assert.ok(thrown.message.startsWith(`${session} may not look at ${repository} in account 712023778557`), thrown.message);
      assert.ok(thrown.hint?.includes(`{"Effect":"Allow","Action":"ecr:DescribeRepositories","Resource":"${arn}"}`), thrown.hint);
      return true;
    });
  });

  test("names the call that was refused, where it is one of several that were made", async () => {
    const refused = "User: arn:aws:iam::712023778557:user/ci is not authorized to perform: ecr:ListTagsForResource on resource: arn:aws:x";
    const { open } = await anApi({ refuse: { ListTagsForResource: { code: "AccessDeniedException", message: refused } } });
    using api = await open();
    await assert.rejects(api.repository(repository), { code: "DENIED", hint: /"Action":"ecr:ListTagsForResource","Resource":"arn:aws:x"/ });
  });

  test("that answers with another error is told with it, and no network is blamed", async () => {
    const full = { code: "LimitExceededException", message: "would have exceeded a service limit for your account" };
    const { open } = await anApi({ refuse: { DescribeRepositories: full } });
    using api = await open();
    await assert.rejects(api.tagging(repository), {
      code: "REGISTRY_ERROR",
      message: /^AWS did not look at quiltdata\/benchling.* \(ecr:DescribeRepositories, LimitExceededException\): would have exceeded/,
      hint: "Look at what AWS says, and try again.",
    });
  });

  test("without a repository gives none, and with an error of AWS's own is the registry's failure", async () => {
    const missing = await anApi({ refuse: { DescribeRepositories: { code: "RepositoryNotFoundException", message: "no" } } });
    using none = await missing.open();
    assert.equal(await none.tagging(repository), undefined);
    const ill = await anApi({ refuse: { DescribeRepositories: { code: "InvalidParameterException", message: "no" } } });
    using api = await ill.open();
    await assert.rejects(api.tagging(repository), {
      code: "REGISTRY_ERROR",
      message: /ecr:DescribeRepositories, InvalidParameterException/,
    });
    const gone = await anApi({}, { AWS_ENDPOINT_URL_ECR: "http://127.0.0.1:1" });
    using nowhere = await gone.open();
    await assert.rejects(nowhere.tagging(repository), { code: "REGISTRY_UNREACHABLE" });
  });
});
