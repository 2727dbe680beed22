import assert from "node:assert/strict";
import { after, before, beforeEach, suite, test } from "node:test";
import { type CommandRun, waybill } from "../support/cli.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { type BetweenAws, betweenAws } from "./support/aws-between.ts";
import { type EcrFront, ecrFront } from "./support/ecr-front.ts";
import { type AwsKeys, aMoto, type Moto } from "./support/moto.ts";

// The destination that this repository's workflows publish to.
const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const name = "quiltdata/benchling";
const role = "arn:aws:iam::712023778557:role/github/GitHub-benchling-webhook";
const session = "arn:aws:sts::712023778557:assumed-role/GitHub-benchling-webhook/waybill";
const arn = `arn:aws:ecr:us-east-1:712023778557:repository/${name}`;
const user = "arn:aws:iam::123456789012:user/publisher";

suite("what may go wrong at AWS while a commit is published", { concurrency: false }, () => {
  const stack = new AsyncDisposableStack();
  let moto: Moto;
  let aws: BetweenAws;
  let registry: EmbeddedRegistry;
  let ecr: EcrFront;
  let keys: AwsKeys;
  before(async () => {
    moto = stack.use(await aMoto());
    aws = stack.use(await betweenAws(moto.env["AWS_ENDPOINT_URL"] ?? ""));
    await moto.aSession(role, ["ecr:*"]);
    keys = await moto.aUser("publisher", ["sts:AssumeRole", "ecr:GetAuthorizationToken"]);
    await moto.enforce();
  });
  after(async () => await stack[Symbol.asyncDispose]());

  let repository: ReturnType<typeof aRepository>;
  beforeEach(async () => {
    registry = stack.use(await anEmbeddedRegistry());
    ecr = stack.use(await ecrFront(registry.served.url));
    aws.asked.length = 0;
    aws.refuse = () => undefined;
    repository = aRepository();
    const own = repository;
    stack.defer(() => own.remove());
    repository.commit({
      Dockerfile: 'FROM scratch\nCOPY --chmod=755 app /app\nENTRYPOINT ["/app"]\n',
      app: elfProgram("amd64", "hello\n"),
    });
  });

  const run = async (argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<CommandRun> => {
    const settings = { image: name, destinations: [{ registry: host, role }], endpoints: { [host]: ecr.url } };
    const env = { ...moto.env, AWS_ENDPOINT_URL: aws.url, ...keys, WAYBILL_CONFIG: JSON.stringify(settings), ...more };
    const done = await waybill(argv, { cwd: repository.dir, env });
    assert.equal((done.out + done.said).includes(keys.AWS_SECRET_ACCESS_KEY), false);
    return done;
  };
  const times = (call: string): number => aws.asked.filter((one) => one === call).length;
  const throttled = { code: "ThrottlingException", message: "Rate exceeded", status: 400 };

  test("STS and ECR throttle: they are asked again, and publishing goes on", async () => {
    aws.refuse = (call, count) => (["AssumeRole", "GetAuthorizationToken"].includes(call) && count < 3 ? throttled : undefined);
    const { exitCode, said } = await run(["publish"]);
    assert.equal(exitCode, 0, said);
    assert.deepEqual([times("AssumeRole"), times("GetAuthorizationToken")], [3, 3]);
  });

  test("STS throttles without an end: that is what the failure says", async () => {
    aws.refuse = (call) => (call === "AssumeRole" ? { ...throttled, code: "Throttling" } : undefined);
    const { exitCode, said } = await run(["publish"]);
    assert.equal(exitCode, 5, said);
    assert.match(said, /AWS throttles sts:AssumeRole in us-east-1, and did so 5 times: Rate exceeded\n {2}hint: Nothing was refused/);
  });

  test("a token ends in the middle of a push: it is renewed once, and the push goes on", async () => {
    // The first token ends when the first upload has begun.
    const begun = () => ecr.requests.some((one) => one.startsWith("POST"));
    ecr.token = (password) => (password.endsWith("-1") && begun() ? "ended" : "taken");
    const { exitCode, said } = await run(["publish"]);
    assert.equal(exitCode, 0, said);
    assert.equal(times("GetAuthorizationToken"), 2);
  });

  test("a role's session ends before its time: the role is taken again", async () => {
    const message = "The security token included in the request is expired";
    aws.refuse = (call, count) =>
      call === "GetAuthorizationToken" && count === 1 ? { code: "ExpiredTokenException", message, status: 400 } : undefined;
    const { exitCode, said } = await run(["publish"]);
    assert.equal(exitCode, 0, said);
    assert.equal(times("AssumeRole"), 2);
  });

  test("the role is denied, or is not there: the failure says who asked for which, and what has to be", async () => {
    const message = `User: ${user} is not authorized to perform: sts:AssumeRole on resource: ${role}`;
    aws.refuse = (call) => (call === "AssumeRole" ? { code: "AccessDenied", message, status: 403 } : undefined);
    const { exitCode, said } = await run(["publish"]);
    assert.equal(exitCode, 5, said);
    assert.ok(said.includes(`${user} may not take the role ${role}: sts:AssumeRole on ${role}`), said);
    assert.ok(said.includes(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"${role}"}`), said);
    assert.match(said, /The role has to exist, which AWS does not tell/);
  });

  test("the token is denied: the failure names the role's session and the statement", async () => {
    const message = `User: ${session} is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action`;
    aws.refuse = (call) => (call === "GetAuthorizationToken" ? { code: "AccessDeniedException", message, status: 400 } : undefined);
    const { exitCode, said } = await run(["publish"]);
    assert.equal(exitCode, 5, said);
    assert.ok(said.includes(`${session} may not get a token for ${host}: ecr:GetAuthorizationToken on *`), said);
    assert.ok(said.includes('{"Effect":"Allow","Action":"ecr:GetAuthorizationToken","Resource":"*"}'), said);
  });

  test("the push is denied: the failure names call, principal, repository and the statement", async () => {
    const message = `User: ${session} is not authorized to perform: ecr:InitiateLayerUpload on resource: ${arn} because no identity-based policy allows the ecr:InitiateLayerUpload action`;
    ecr.answer = (method) => (method === "POST" ? { status: 403, code: "DENIED", message } : undefined);
    const { exitCode, said } = await run(["publish"]);
    assert.equal(exitCode, 5, said);
    assert.ok(said.includes(`${session} may not call ecr:InitiateLayerUpload on ${arn}`), said);
    assert.ok(said.includes(`{"Effect":"Allow","Action":"ecr:InitiateLayerUpload","Resource":"${arn}"}`), said);
  });

  test("another account's identity is denied: it was reported, and the failure shows the repository's policy", async () => {
    const none = { WAYBILL_CONFIG: JSON.stringify({ image: name, destinations: [{ registry: host }], endpoints: { [host]: ecr.url } }) };
    ecr.answer = (method) =>
      method === "POST"
        ? { status: 403, code: "DENIED", message: `User: ${user} is not authorized to perform: ecr:InitiateLayerUpload` }
        : undefined;
    const { exitCode, said } = await run(["publish"], none);
    assert.equal(exitCode, 5, said);
    assert.ok(said.includes(`${user} of account 123456789012 signs in at account 712023778557's registry`), said);
    assert.ok(said.includes(`In the policy of the repository: {"Effect":"Allow","Principal":{"AWS":"${user}"}`), said);
  });

  test("the repository is missing: the failure says where, and what makes it", async () => {
    const message = `The repository with name '${name}' does not exist in the registry with id '712023778557'`;
    ecr.answer = (method) => (method === "POST" ? { status: 404, code: "NAME_UNKNOWN", message } : undefined);
    const { exitCode, said } = await run(["publish"]);
    assert.equal(exitCode, 6, said);
    assert.ok(said.includes(`Account 712023778557 has no repository ${name} in us-east-1.`), said);
    assert.ok(said.includes(`waybill ecr create --to ${host}/${name} makes it`), said);
  });

  test("the region is another than the repository's: doctor says that there it does not exist", async () => {
    const there = await run(["ecr", "create", "--as-role"]);
    assert.equal(there.exitCode, 0, there.said);
    const right = await run(["doctor", "--json"]);
    assert.equal(right.exitCode, 0, right.out + right.said);
    const elsewhere = host.replace("us-east-1", "eu-west-1");
    const wrong = await run(["doctor", "--json", "--region", "eu-west-1"], { WAYBILL_ENDPOINTS: `${elsewhere}=${ecr.url}` });
    assert.equal(wrong.exitCode, 6, wrong.out + wrong.said);
    const errors = JSON.parse(wrong.out).findings.filter(({ level }: { readonly level: string }) => level === "error");
    assert.deepEqual(
      errors.map(({ code, what }: { readonly code: string; readonly what: string }) => [code, what]),
      [["NOT_FOUND", `${elsewhere}/${name} does not exist`]],
    );
  });
});
