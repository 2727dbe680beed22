import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { refuse, registryServer } from "../support/registry-server.ts";
import { type BetweenAws, betweenAws } from "./support/aws-between.ts";
import { type AwsKeys, type AwsSession, aMoto, type Moto } from "./support/moto.ts";

const account = "123456789012";
const host = `${account}.dkr.ecr.us-east-1.amazonaws.com`;
const issuer = "token.actions.githubusercontent.com";
const role = `arn:aws:iam::${account}:role/github/publisher`;

interface Found {
  readonly check: string;
  readonly level: string;
  readonly what: string;
  readonly mend?: string;
  readonly code?: string;
}

suite("waybill doctor at ECR", { concurrency: false }, () => {
  const repository = aRepository();
  const stack = new AsyncDisposableStack();
  let moto: Moto;
  /** Has two calls of ECR's API that moto does not have. */
  let aws: BetweenAws;
  let registry: EmbeddedRegistry;
  let keys: AwsKeys;
  let session: AwsSession;
  before(async () => {
    stack.defer(() => repository.remove());
    moto = stack.use(await aMoto());
    aws = stack.use(await betweenAws(moto.env["AWS_ENDPOINT_URL"] ?? "", { ownTokens: false }));
    registry = stack.use(await anEmbeddedRegistry({ basic: moto.basic }));
    repository.git("remote", "add", "origin", "git@github.com:team/app.git");
    repository.commit({ Dockerfile: "FROM scratch\n" });
    session = await moto.aSession(role, ["ecr:*", "iam:GetRole"]);
    keys = await moto.aUser("operator", ["ecr:*", "iam:GetRole"]);
    aws.answers["GetAccountSetting"] = { name: "BLOB_MOUNTING", value: "ENABLED" };
  });
  after(async () => await stack[Symbol.asyncDispose]());

  interface Case {
    readonly name?: string;
    readonly role?: string;
    readonly at?: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly argv?: readonly string[];
  }
  const settings = ({ name = "team/app", role: as, at = registry.served.url }: Case): string =>
    JSON.stringify({ image: name, destinations: [{ registry: host, ...(as ? { role: as } : {}) }], endpoints: { [host]: at } });
  const run = async (of: Case) => {
    const env = { ...moto.env, AWS_ENDPOINT_URL: aws.url, ...(of.env ?? keys), WAYBILL_CONFIG: settings(of) };
    return await waybill(of.argv ?? ["doctor", "--json"], { cwd: repository.dir, env });
  };
  const found = async (of: Case, check: string): Promise<readonly Found[]> => {
    const { out, said } = await run(of);
    assert.ok(out.startsWith("{"), said);
    const all = JSON.parse(out).findings as readonly Found[];
    for (const one of all) assert.ok(one.level === "pass" || one.mend, `${one.what} has no mend`);
    return all.filter((one) => one.check === check);
  };
  const lines = (all: readonly Found[]): readonly string[] => all.map(({ level, what }) => `${level} ${what}`);

  test("a repository that is not there passes where a creation template makes it on push, and nothing is pushed to try", async () => {
    const template = (prefix: string, more: object = {}) => ({
      prefix,
      appliedFor: ["CREATE_ON_PUSH"],
      imageTagMutability: "IMMUTABLE",
      ...more,
    });
    const excluding = {
      imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      imageTagMutabilityExclusionFilters: [{ filter: "latest", filterType: "WILDCARD" }],
    };
    const of = async (...templates: readonly object[]) => {
      aws.answers["DescribeRepositoryCreationTemplates"] = { registryId: account, repositoryCreationTemplates: templates };
      return lines((await found({}, "ecr")).slice(0, 2));
    };
    const name = `${host}/team/app`;
    assert.deepEqual(await of(template("ROOT", { imageTagMutability: "MUTABLE" }), template("team", excluding)), [
      `pass ${name} does not exist; the creation template team makes it on push`,
      "pass tags of the creation template team are IMMUTABLE_WITH_EXCLUSION",
    ]);
    assert.deepEqual(await of(template("te", excluding), template("ROOT")), [
      `pass ${name} does not exist; the creation template ROOT makes it on push`,
      "error latest cannot move in the creation template ROOT, whose tags are IMMUTABLE",
    ]);
    const [missing] = await of({ ...template("team"), appliedFor: ["REPLICATION"] });
    assert.equal(missing, `error ${name} does not exist`);
    const message = `User: arn:aws:iam::${account}:user/operator is not authorized to perform: ecr:DescribeRepositoryCreationTemplates`;
    aws.refuse = (call) => (call === "DescribeRepositoryCreationTemplates" ? { code: "AccessDeniedException", message } : undefined);
    const denied = await found({}, "ecr");
    assert.deepEqual(
      denied.slice(0, 2).map(({ level }) => level),
      ["error", "warning"],
    );
    assert.match(denied[1]?.mend ?? "", /"Action":"ecr:DescribeRepositoryCreationTemplates","Resource":"\*"/);
    assert.ok(
      registry.events.every((event) => !JSON.stringify(event).includes("POST")),
      "an upload was opened",
    );
  });

  test("a repository that is there is tried by an upload that is given up; nothing stays", async () => {
    assert.equal((await run({ argv: ["ecr", "create"] })).exitCode, 0);
    const well = await found({}, "ecr");
    assert.deepEqual(lines(well), [
      `pass ${host}/team/app exists`,
      `pass tags of ${host}/team/app are IMMUTABLE_WITH_EXCLUSION`,
      `pass ${host}/team/app may be pushed to`,
      `pass no lifecycle rule of ${host}/team/app expires commits' images, versions or what a moving tag names`,
      `pass ${host} mounts blobs between its repositories`,
    ]);
    await using closed = await registryServer({
      intercept: (request, response) => request.method === "POST" && refuse(response, 403, "DENIED", "no ecr:InitiateLayerUpload for you"),
    });
    const ill = await found({ at: `http://${closed.host}` }, "ecr");
    const push = ill.find(({ level }) => level === "error");
    assert.equal(push?.code, "DENIED");
    assert.match(push?.what ?? "", /team\/app may not be pushed to: .*no ecr:InitiateLayerUpload for you/);
    assert.equal((await run({ at: `http://${closed.host}` })).exitCode, 5);
  });

  test("a role's trust policy is held against the repository as IAM has it: by the role itself, or who may read it", async () => {
    const statement = (sub: string, operator = "StringEquals") => ({
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com" }, [operator]: { [`${issuer}:sub`]: sub } },
    });
    const of = async (env: Readonly<Record<string, string>>, ...statements: readonly object[]) => {
      await moto.trusting(role, { Version: "2012-10-17", Statement: statements });
      return lines(await found({ role, env }, "trust"));
    };
    const merged = (sub: string) => ({
      ...statement(sub),
      Condition: { StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com", [`${issuer}:sub`]: sub } },
    });
    const name = `the trust policy of ${role}`;
    for (const env of [{ ...session.keys }, { ...keys }]) {
      assert.deepEqual(await of(env, merged("repo:team/app:ref:refs/heads/main")), [`pass ${name} lets in main of team/app`]);
      assert.deepEqual(await of(env, merged("repo:team/app:ref:refs/heads/dev")), [`error ${name} does not let in main of team/app`]);
      assert.deepEqual(await of(env, statement("repo:team/app:*", "StringLike")), [
        `warning repo:team/app:* in ${name} lets in every branch, tag and pull request`,
        `pass ${name} lets in main of team/app`,
      ]);
    }
    assert.deepEqual(lines(await found({ role: `${role}-gone`, env: { ...keys } }, "trust")), [
      `error the role ${role}-gone does not exist`,
    ]);
    // A role of another account is nothing that this identity could read.
    const [other] = await found({ role: role.replace(account, "999999999999"), env: { ...keys } }, "trust");
    assert.notEqual(other?.level, "pass");
  });

  test("what may not be read is a warning with the one statement that allows it", async () => {
    // Straight to moto, which then decides on every call.
    const weak = { ...moto.env, ...(await moto.aUser("weak", ["ecr:GetAuthorizationToken"])) };
    await moto.enforce();
    const all = [...(await found({ role, env: weak }, "trust")), ...(await found({ env: weak }, "ecr"))];
    assert.match(
      all.find(({ check }) => check === "trust")?.mend ?? "",
      /"Action":"iam:GetRole","Resource":"arn:aws:iam::123456789012:role\/github\/publisher"/,
    );
    // moto refuses in XML, which ECR's API never does, so that only the level is told from it.
    assert.ok(all.filter(({ check }) => check === "ecr").every(({ level }) => level === "warning"));
  });
});
