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
const throttled = { code: "ThrottlingException", message: "Rate exceeded" };
const sts = { code: "Throttling", message: "Rate exceeded", status: 400 };

async function signIn(wanted: AwsWanted, as?: string) {
  anIdentity();
  const aws = await anAws(wanted);
  const found = ecrSignIn({ env: aws.env, emit: silent, roles: [{ host, repository, role: as }] }).forRepository?.({ host, repository });
  return { asked: aws.asked, env: aws.env, signedIn: async () => await found?.credentials(host) };
}
const timesOf = (asked: readonly { readonly call: string }[], call: string) => asked.filter((one) => one.call === call).length;

// The SDK waits as it would for AWS, so all wait at once.
suite("where AWS throttles", { concurrency: true }, () => {
  test("a token is asked for again, until there is one", async () => {
    const { asked, signedIn } = await signIn({ refuse: { GetAuthorizationToken: (count) => (count < 3 ? throttled : undefined) } });
    assert.equal((await signedIn())?.kind, "basic");
    assert.equal(timesOf(asked, "GetAuthorizationToken"), 3);
  });

  test("a role is taken again, until it is had", async () => {
    const { asked, signedIn } = await signIn({ refuse: { AssumeRole: (count) => (count < 3 ? sts : undefined) } }, role);
    assert.equal((await signedIn())?.kind, "basic");
    assert.equal(timesOf(asked, "AssumeRole"), 3);
  });

  const ends = [
    ["a token", "GetAuthorizationToken", throttled, undefined, "ecr:GetAuthorizationToken"],
    ["a role", "AssumeRole", sts, role, "sts:AssumeRole"],
  ] as const;
  for (const [what, call, refusal, as, named] of ends) {
    test(`without an end, what failed for ${what} says so, and that nothing was refused`, async () => {
      const { asked, signedIn } = await signIn({ refuse: { [call]: refusal } }, as);
      await assert.rejects(signedIn(), (thrown: unknown) => {
        assert.ok(thrown instanceof Failure);
        assert.equal(thrown.code, "CREDENTIALS_FAILED");
        assert.equal(thrown.message, `AWS throttles ${named} in us-east-1, and did so 5 times: Rate exceeded`);
        assert.match(thrown.hint ?? "", /^Nothing was refused: run it again in a minute/);
        return true;
      });
      assert.equal(timesOf(asked, call), 5);
    });
  }

  test("looking at repositories ends as an error of the registry", async () => {
    const { asked, env } = await signIn({ refuse: { DescribeRepositories: throttled } });
    const place = parseEcrHost(host);
    assert.ok(place);
    using api = await ecrApi(place, { env, sessions: awsSessions({ env, emit: silent }) });
    await assert.rejects(api.tagging(repository), { code: "REGISTRY_ERROR", message: /^AWS throttles ecr:DescribeRepositories/ });
    assert.equal(timesOf(asked, "DescribeRepositories"), 5);
  });
});
