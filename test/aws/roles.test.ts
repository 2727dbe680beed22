import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { awsSessions, ecrSignIn, isSessionOf, parseRole } from "../../src/aws/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { type Event, silent } from "../../src/report/index.ts";
import { anAws, anIdentity, jwt } from "../support/aws.ts";

const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const repository = "quiltdata/benchling";
const role = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
const session = "arn:aws:sts::712023778557:assumed-role/GitHub-benchling-webhook/run";

async function signedIn(env: Readonly<Record<string, string>>, name = repository) {
  const signIn = ecrSignIn({ env, emit: silent, roles: [{ host, repository, role }] });
  return await signIn.forRepository?.({ host, repository: name }).credentials(host);
}

suite("a destination's role", () => {
  test("is compared by partition, account and name, without its path", () => {
    assert.equal(isSessionOf(session, parseRole(role)), true);
    assert.equal(isSessionOf(session.replace("712023778557", "730278974607"), parseRole(role)), false);
    assert.equal(isSessionOf(session.replace("aws:sts", "aws-cn:sts"), parseRole(role)), false);
    assert.equal(isSessionOf("arn:aws:iam::712023778557:user/GitHub-benchling-webhook", parseRole(role)), false);
  });

  test("is used as it is where the environment has it already", async () => {
    anIdentity();
    const aws = await anAws({ caller: session });
    await signedIn(aws.env);
    assert.deepEqual(
      aws.asked.map(({ call, key }) => [call, key]),
      [
        ["GetCallerIdentity", "AKIDEXAMPLE"],
        ["GetAuthorizationToken", "AKIDEXAMPLE"],
      ],
    );
  });

  test("is taken with GitHub's token where the job may have one", async () => {
    anIdentity();
    const aws = await anAws();
    await signedIn({ ...aws.bare, ...aws.github });
    assert.deepEqual(
      aws.asked.map(({ call }) => call),
      ["GithubToken", "AssumeRoleWithWebIdentity", "GetAuthorizationToken"],
    );
    assert.equal(aws.asked[0]?.query, "/token?v=1&audience=sts.amazonaws.com");
    assert.equal(aws.asked[2]?.key, "ROLEKEY1");
  });

  test("is else taken from the environment's identity", async () => {
    anIdentity();
    const aws = await anAws();
    await signedIn(aws.env);
    assert.deepEqual(
      aws.asked.map(({ call, key }) => [call, key]),
      [
        ["GetCallerIdentity", "AKIDEXAMPLE"],
        ["AssumeRole", "AKIDEXAMPLE"],
        ["GetAuthorizationToken", "ROLEKEY1"],
      ],
    );
  });

  test("signs in at its own repository only", async () => {
    anIdentity();
    const aws = await anAws();
    await signedIn(aws.env, "another/repository");
    assert.deepEqual(aws.asked.map(({ call }) => call).toSorted(), ["GetAuthorizationToken", "GetCallerIdentity"]);
  });

  test("has a session that is kept until it is about to end", async () => {
    anIdentity();
    const aws = await anAws({ endsAt: (count) => Date.now() + (count === 1 ? 60_000 : 3_600_000) });
    const sessions = awsSessions({ env: aws.env, emit: silent });
    const key = async () => (await sessions.credentials(role, { region: "us-east-1" }))?.accessKeyId;
    assert.deepEqual([await key(), await key(), await key()], ["ROLEKEY1", "ROLEKEY2", "ROLEKEY2"]);
  });

  test("of another partition than the registry's is a mistake of the configuration", async () => {
    anIdentity();
    const other = role.replace("arn:aws:", "arn:aws-cn:");
    const signIn = ecrSignIn({ env: {}, emit: silent, roles: [{ host, repository, role: other }] });
    await assert.rejects(async () => await signIn.forRepository?.({ host, repository }).credentials(host), { code: "CONFIG_INVALID" });
  });

  test("that the trust policy keeps back is told with the token's sub and aud, and never with the token", async () => {
    anIdentity();
    const aws = await anAws({
      refuse: { AssumeRoleWithWebIdentity: { code: "AccessDenied", message: "Not authorized to perform sts:AssumeRoleWithWebIdentity" } },
    });
    await assert.rejects(signedIn({ ...aws.bare, ...aws.github }), (thrown: unknown) => {
      assert.ok(thrown instanceof Failure);
      assert.equal(thrown.code, "DENIED");
      assert.match(thrown.hint ?? "", /sub "repo:quiltdata\/benchling-webhook:ref:refs\/heads\/dev" and aud "sts.amazonaws.com"/);
      assert.match(thrown.hint ?? "", /"Federated":"arn:aws:iam::712023778557:oidc-provider\/token.actions.githubusercontent.com"/);
      assert.equal(JSON.stringify([thrown.message, thrown.hint, thrown.facts]).includes(jwt), false);
      return true;
    });
  });

  test("whose account has no provider for GitHub's tokens, or one for another audience, is told so, with what it would need", async () => {
    anIdentity();
    const cases = [
      "No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com",
      "Incorrect token audience",
    ];
    for (const message of cases) {
      const aws = await anAws({ refuse: { AssumeRoleWithWebIdentity: { code: "InvalidIdentityToken", message, status: 400 } } });
      await assert.rejects(signedIn({ ...aws.bare, ...aws.github }), (thrown: unknown) => {
        assert.ok(thrown instanceof Failure);
        assert.equal(thrown.code, "DENIED");
        assert.ok(thrown.message.includes(message));
        assert.match(thrown.hint ?? "", /aud "sts\.amazonaws\.com".*provider have to exist in account 712023778557/);
        return true;
      });
    }
  });

  test("that is not there is told as that it may be, because AWS only denies it", async () => {
    anIdentity();
    const message = `User: arn:aws:iam::712023778557:user/ci is not authorized to perform: sts:AssumeRole on resource: ${role}`;
    const aws = await anAws({ refuse: { AssumeRole: { code: "AccessDenied", message } } });
    await assert.rejects(signedIn(aws.env), { code: "DENIED", hint: /The role has to exist, which AWS does not tell/ });
  });

  test("that may not be assumed is told with who asked, and the statement that allows it", async () => {
    anIdentity();
    const caller = "arn:aws:iam::712023778557:user/ci";
    const message = `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${role}`;
    const aws = await anAws({ refuse: { AssumeRole: { code: "AccessDenied", message } } });
    await assert.rejects(signedIn(aws.env), (thrown: unknown) => {
      assert.ok(thrown instanceof Failure);
      assert.equal(thrown.code, "DENIED");
      assert.ok(thrown.message.includes(caller) && thrown.message.includes("sts:AssumeRole"));
      assert.ok(thrown.hint?.includes(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"${role}"}`));
      return true;
    });
  });

  test("is not asked for a token where GitHub gives none", async () => {
    anIdentity();
    const aws = await anAws({ refuse: { GithubToken: { code: "", message: "" } } });
    await assert.rejects(signedIn({ ...aws.bare, ...aws.github }), { code: "CREDENTIALS_FAILED", message: /status 403/ });
  });
});

suite("static keys that sign", () => {
  const warnings = async (more: Readonly<Record<string, string>>, as?: string): Promise<number> => {
    anIdentity();
    const aws = await anAws();
    const events: Event[] = [];
    const env = { ...aws.env, ...(more["GITHUB_ACTIONS"] ? aws.github : {}), ...more };
    const signIn = ecrSignIn({ env, emit: (event) => void events.push(event), roles: [{ host, repository, role: as }] });
    for (const fresh of [false, true]) await signIn.forRepository?.({ host, repository }).credentials(host, { fresh });
    return events.filter((event) => event.kind === "message" && event.level === "warning" && /id-token/.test(event.hint ?? "")).length;
  };

  test("are warned of once in CI, with the way out", async () => {
    assert.equal(await warnings({ CI: "true" }), 1);
    assert.equal(await warnings({ CI: "true" }, role), 1, "they take the role");
  });

  test("are no matter elsewhere, with a session's token, or where GitHub's token signs", async () => {
    assert.equal(await warnings({}), 0);
    assert.equal(await warnings({ CI: "true", AWS_SESSION_TOKEN: "token" }), 0);
    assert.equal(await warnings({ CI: "true", GITHUB_ACTIONS: "true" }, role), 0);
  });
});
