import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, suite, test } from "node:test";
import { awsSessions, ecrSignIn, isSessionOf, parseRole } from "../../src/aws/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { type Event, silent } from "../../src/report/index.ts";

const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const repository = "quiltdata/benchling";
const role = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
const session = "arn:aws:sts::712023778557:assumed-role/GitHub-benchling-webhook/run";
const jwt = ["{}", JSON.stringify({ sub: "repo:quiltdata/benchling-webhook:ref:refs/heads/dev", aud: "sts.amazonaws.com" }), "signature"]
  .map((part) => Buffer.from(part).toString("base64url"))
  .join(".");

interface Wanted {
  /** ARN of whoever has the environment's keys. */
  readonly caller?: string;
  /** An error that calls of this name are answered with. */
  readonly refuse?: Readonly<Record<string, { readonly code: string; readonly message: string }>>;
  /** When a role's session ends. */
  readonly endsAt?: (count: number) => number;
}

/** STS, ECR's API and GitHub's tokens, in AWS's own forms (query protocol and JSON), with what they were asked. */
async function anAws({ caller = "arn:aws:iam::712023778557:user/ci", refuse = {}, endsAt = () => Date.now() + 3_600_000 }: Wanted = {}) {
  const asked: { readonly call: string; readonly key: string; readonly query: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString("utf8");
    const target = request.headers["x-amz-target"];
    const call = typeof target === "string" ? (target.split(".")[1] ?? "") : (new URLSearchParams(body).get("Action") ?? "GithubToken");
    asked.push({ call, key: /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "", query: request.url ?? "" });
    const count = asked.filter((one) => one.call === call).length;
    const refused = refuse[call];
    const xml = (status: number, text: string) => response.writeHead(status, { "content-type": "text/xml" }).end(text);
    const json = (status: number, value: object) =>
      response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(value));
    if (call === "GithubToken") return json(refused === undefined ? 200 : 403, { value: jwt });
    if (call === "GetAuthorizationToken") {
      if (refused !== undefined) return json(400, { __type: refused.code, message: refused.message });
      const token = Buffer.from(`AWS:token ${count}`).toString("base64");
      return json(200, { authorizationData: [{ authorizationToken: token, expiresAt: Date.now() / 1000 + 43_200 }] });
    }
    if (refused !== undefined)
      return xml(
        403,
        `<ErrorResponse><Error><Type>Sender</Type><Code>${refused.code}</Code><Message>${refused.message}</Message></Error></ErrorResponse>`,
      );
    if (call === "GetCallerIdentity")
      return xml(200, `<R><GetCallerIdentityResult><Arn>${caller}</Arn><Account>712023778557</Account></GetCallerIdentityResult></R>`);
    const keys = `<Credentials><AccessKeyId>ROLEKEY${count}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${new Date(endsAt(count)).toISOString()}</Expiration></Credentials>`;
    return xml(200, `<R><${call}Result>${keys}</${call}Result></R>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const github = { ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?v=1`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request" };
  return { asked, env: { AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: "AKIDEXAMPLE" }, bare: { AWS_ENDPOINT_URL: url }, github };
}

function identity(): void {
  process.env["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
  process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
}

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
    identity();
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
    identity();
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
    identity();
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
    identity();
    const aws = await anAws();
    await signedIn(aws.env, "another/repository");
    assert.deepEqual(
      aws.asked.map(({ call }) => call),
      ["GetAuthorizationToken"],
    );
  });

  test("has a session that is kept until it is about to end", async () => {
    identity();
    const aws = await anAws({ endsAt: (count) => Date.now() + (count === 1 ? 60_000 : 3_600_000) });
    const sessions = awsSessions({ env: aws.env, emit: silent });
    const key = async () => (await sessions.credentials(role, { region: "us-east-1" }))?.accessKeyId;
    assert.deepEqual([await key(), await key(), await key()], ["ROLEKEY1", "ROLEKEY2", "ROLEKEY2"]);
  });

  test("of another partition than the registry's is a mistake of the configuration", async () => {
    identity();
    const other = role.replace("arn:aws:", "arn:aws-cn:");
    const signIn = ecrSignIn({ env: {}, emit: silent, roles: [{ host, repository, role: other }] });
    await assert.rejects(async () => await signIn.forRepository?.({ host, repository }).credentials(host), { code: "CONFIG_INVALID" });
  });

  test("that the trust policy keeps back is told with the token's sub and aud, and never with the token", async () => {
    identity();
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

  test("that may not be assumed is told with who asked, and the statement that allows it", async () => {
    identity();
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
    identity();
    const aws = await anAws({ refuse: { GithubToken: { code: "", message: "" } } });
    await assert.rejects(signedIn({ ...aws.bare, ...aws.github }), { code: "CREDENTIALS_FAILED", message: /status 403/ });
  });
});

suite("static keys that sign", () => {
  const warnings = async (more: Readonly<Record<string, string>>, as?: string): Promise<number> => {
    identity();
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
