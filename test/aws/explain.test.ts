import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ecrSignIn } from "../../src/aws/index.ts";
import type { Failure } from "../../src/failure/index.ts";
import { digestOf, parseTag } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { bytesSource, createRegistryClient, stackSignIns } from "../../src/store/index.ts";
import { type AwsWanted, anAws, anIdentity } from "../support/aws.ts";
import { failureOf } from "../support/registry-client.ts";
import { refuse, registryServer } from "../support/registry-server.ts";
import { basicOnly } from "../support/registry-sign-in.ts";

const host = "712023778557.dkr.ecr.us-east-1.amazonaws.com";
const repository = "quiltdata/benchling";
const arn = `arn:aws:ecr:us-east-1:712023778557:repository/${repository}`;
const name = { host, repository };
const guest = "arn:aws:sts::730278974607:assumed-role/publisher/waybill";

/** What the registry refuses a request with. */
interface Refused {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Method of the requests that are refused; all unless given. */
  readonly method?: string;
}

/** A registry of ECR that refuses, and a client that signs in there. */
async function aRegistry({ status, code, message, method }: Refused, wanted: AwsWanted = {}, role?: string) {
  anIdentity();
  const aws = await anAws(wanted);
  const registry = await registryServer();
  basicOnly(registry, (user) => user === "AWS");
  const signedIn = registry.intercept;
  registry.intercept = async (request, response, recorded) => {
    if (request.headers.authorization === undefined || (method !== undefined && method !== request.method))
      return await signedIn(request, response, recorded);
    request.resume();
    return refuse(response, status, code, request.method === "HEAD" ? "" : message);
  };
  const events: Event[] = [];
  const emit = (event: Event): void => void events.push(event);
  const signIn = stackSignIns([ecrSignIn({ env: aws.env, emit, roles: [{ ...name, role }] })]);
  const client = createRegistryClient({ signIn, emit, endpoints: { [host]: { url: `http://${registry.host}` } } });
  const notes = (): readonly string[] => events.flatMap((event) => (event.kind === "message" ? [event.text] : []));
  return {
    store: client.repository(name),
    notes,
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await registry[Symbol.asyncDispose]();
    },
  };
}

async function writing(store: Awaited<ReturnType<typeof aRegistry>>["store"]): Promise<Failure> {
  const bytes = Buffer.from("layer");
  const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
  return await failureOf(store.write(descriptor, bytesSource(bytes)), "DENIED");
}

suite("what a registry of ECR refuses", () => {
  test("is told with who was refused, the call, the repository, and the one statement that allows it", async () => {
    const caller = "arn:aws:sts::712023778557:assumed-role/publisher/waybill-17";
    const message = `User: ${caller} is not authorized to perform: ecr:InitiateLayerUpload on resource: ${arn} because no identity-based policy allows the ecr:InitiateLayerUpload action`;
    await using registry = await aRegistry({ status: 403, code: "DENIED", message, method: "POST" });
    const failure = await writing(registry.store);
    assert.ok(failure.message.startsWith(`${caller} may not call ecr:InitiateLayerUpload on ${arn}: POST `), failure.message);
    assert.equal(
      failure.hint,
      `This statement in the policy of ${caller} allows it: {"Effect":"Allow","Action":"ecr:InitiateLayerUpload","Resource":"${arn}"}`,
    );
    assert.deepEqual(
      [failure.facts["call"], failure.facts["resource"], failure.facts["principal"]],
      ["ecr:InitiateLayerUpload", arn, caller],
    );
  });

  test("without a word, as answers to HEAD are, is told from the request, and from who signs", async () => {
    const caller = "arn:aws:iam::712023778557:user/ci";
    await using registry = await aRegistry({ status: 403, code: "DENIED", message: "" }, { caller });
    const failure = await failureOf(registry.store.resolve(parseTag("latest")), "DENIED");
    assert.ok(failure.message.startsWith(`${caller} may not call ecr:BatchGetImage on ${arn}: `), failure.message);
    assert.ok(failure.hint?.includes(`{"Effect":"Allow","Action":"ecr:BatchGetImage","Resource":"${arn}"}`));
  });

  test("of a role is told with its session, as AWS has it", async () => {
    const role = "arn:aws:iam::712023778557:role/github/publisher";
    await using registry = await aRegistry({ status: 403, code: "DENIED", message: "" }, {}, role);
    const failure = await failureOf(registry.store.resolve(parseTag("latest")), "DENIED");
    assert.ok(failure.message.startsWith("arn:aws:sts::712023778557:assumed-role/publisher/waybill may not call"), failure.message);
  });

  test("to another account's identity is told with the repository policy that lets it in", async () => {
    const message = `User: ${guest} is not authorized to perform: ecr:PutImage on resource: ${arn} because no resource-based policy allows the ecr:PutImage action`;
    await using registry = await aRegistry({ status: 403, code: "DENIED", message }, { caller: guest });
    const failure = await failureOf(
      registry.store.resolve(parseTag("latest")).then(() => writing(registry.store)),
      "DENIED",
    );
    const { hint = "" } = failure;
    assert.match(hint, /account 730278974607 and the registry of 712023778557, so both have to allow it/);
    const policy = /In the policy of the repository: (\{.*?\})\. In the policy/.exec(hint)?.[1] ?? "";
    const { Principal, Action, Resource } = JSON.parse(policy);
    assert.deepEqual(Principal, { AWS: "arn:aws:iam::730278974607:role/publisher" });
    assert.ok(Action.includes("ecr:PutImage") && Action.includes("ecr:BatchGetImage"));
    assert.equal(Resource, undefined);
  });

  test("explicitly is not told to be mended by a statement that allows it", async () => {
    const message = `User: ${guest} is not authorized to perform: ecr:PutImage on resource: ${arn} with an explicit deny in a service control policy`;
    await using registry = await aRegistry({ status: 403, code: "DENIED", message, method: "POST" });
    const failure = await writing(registry.store);
    assert.match(failure.hint ?? "", /^A service control policy denies it explicitly: no statement allows it/);
  });

  test("for want of a repository is told with what makes it, and the region that was asked", async () => {
    const message = `The repository with name '${repository}' does not exist in the registry with id '712023778557'`;
    await using registry = await aRegistry({ status: 404, code: "NAME_UNKNOWN", message, method: "POST" });
    const bytes = Buffer.from("layer");
    const descriptor = { mediaType: "application/octet-stream", digest: digestOf(bytes), size: bytes.length };
    const { hint } = await failureOf(registry.store.write(descriptor, bytesSource(bytes)), "NOT_FOUND");
    assert.equal(
      hint,
      `Account 712023778557 has no repository ${repository} in us-east-1. If the region is right, waybill ecr create --to ${host}/${repository} makes it.`,
    );
  });

  test("for a quota is left as it is", async () => {
    await using registry = await aRegistry({ status: 403, code: "DENIED", message: "layer upload limit exceeded", method: "POST" });
    assert.match((await writing(registry.store)).hint ?? "", /quota is used up/);
  });
});

suite("an identity of another account than the registry's", () => {
  const open = async (wanted: AwsWanted, role?: string): Promise<readonly string[]> => {
    await using registry = await aRegistry({ status: 404, code: "MANIFEST_UNKNOWN", message: "no" }, wanted, role);
    for (const tag of ["one", "two"]) assert.equal(await registry.store.resolve(parseTag(tag)), undefined);
    return registry.notes();
  };

  test("is reported once, with what it needs", async () => {
    const notes = await open({ caller: guest });
    assert.deepEqual(notes, [
      `${guest} of account 730278974607 signs in at account 712023778557's registry: the repository's policy there has to let it in`,
    ]);
  });

  test("may be the destination's role", async () => {
    const notes = await open({}, "arn:aws:iam::730278974607:role/publisher");
    assert.deepEqual(notes.length, 1);
    assert.match(notes[0] ?? "", /^arn:aws:sts::730278974607:assumed-role\/publisher\/waybill of account 730278974607 signs in/);
  });

  test("is not reported where the account is the registry's, or nobody says who signs", async () => {
    assert.deepEqual(await open({}), []);
    assert.deepEqual(await open({}, "arn:aws:iam::712023778557:role/publisher"), []);
    assert.deepEqual(await open({ caller: guest, refuse: { GetCallerIdentity: { code: "AccessDenied", message: "no" } } }), []);
  });
});
