import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { staticSignIn } from "../../../src/store/index.ts";
import { aBlob, allOf, clientOf, failureOf, piecesOf } from "../../support/registry-client.ts";
import { refuse, registryServer, reply } from "../../support/registry-server.ts";
import { basicOnly } from "../../support/registry-sign-in.ts";

const bytes = randomBytes(10_000);
const { descriptor } = aBlob(bytes);
const credentials = { kind: "basic", username: "ann", password: "secret" } as const;

test("A blob that lies elsewhere is fetched there, without the sign-in", async () => {
  await using server = await registryServer();
  await using storage = await registryServer();
  storage.intercept = (_, response) => reply(response, 200, { "content-length": bytes.length }, bytes);
  basicOnly(server, (name) => name === "ann");
  const signed = server.intercept;
  server.intercept = async (request, response, recorded) => {
    if (await signed(request, response, recorded)) return true;
    response.writeHead(307, { location: `http://${storage.host}/bucket/key?X-Amz-Signature=abc` }).end();
    return true;
  };
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: credentials }) });
  assert.deepEqual(await allOf(under.store.read(descriptor)), bytes);
  assert.equal(storage.requests.length, 1);
  assert.equal(storage.requests[0]?.headers.authorization, undefined);
});

test("A redirect within the registry keeps the sign-in", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes);
  basicOnly(server, (name) => name === "ann");
  const signed = server.intercept;
  server.intercept = async (request, response, recorded) => {
    if (await signed(request, response, recorded)) return true;
    if (recorded.url.startsWith("/v2/team/app/"))
      response.writeHead(302, { location: recorded.url.replace("team/app", "other/place") }).end();
    return response.headersSent;
  };
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: credentials }) });
  assert.deepEqual(await allOf(under.store.read(descriptor)), bytes);
});

test("A place that a redirect leads to is not answered when it asks for a sign-in", async () => {
  await using server = await registryServer();
  await using other = await registryServer();
  basicOnly(other, () => false);
  server.intercept = (_, response) => reply(response, 307, { location: `http://${other.host}/x` });
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: credentials, [other.host]: credentials }) });
  await failureOf(allOf(under.store.read(descriptor)), "UNAUTHORIZED");
  assert.deepEqual(
    other.requests.map(({ headers }) => headers.authorization),
    [undefined],
  );
});

test("A redirect to plain http elsewhere is not followed", async () => {
  await using server = await registryServer();
  server.intercept = (_, response) => reply(response, 307, { location: "http://storage.example/key?token=abc" });
  await using under = clientOf(server.host);
  const failure = await failureOf(allOf(under.store.read(descriptor)), "REGISTRY_PROTOCOL");
  assert.match(failure.message, /redirects to a place in plain text: http:\/\/storage\.example\/key\?token=REDACTED$/);
});

test("Redirects that lead in a circle end", async () => {
  await using server = await registryServer();
  server.intercept = (_, response, recorded) => reply(response, 302, { location: recorded.url });
  await using under = clientOf(server.host);
  await failureOf(under.store.has(descriptor), "REGISTRY_PROTOCOL");
  assert.equal(server.requests.length, 6);
});

test("An upload may go on at another host, which sees no sign-in", async () => {
  await using server = await registryServer();
  await using other = await registryServer();
  basicOnly(server, (name) => name === "ann");
  const signed = server.intercept;
  server.intercept = async (request, response, recorded) => {
    if (await signed(request, response, recorded)) return true;
    if (request.method !== "POST") return false;
    other.uploads.set("there", []);
    request.resume();
    response.writeHead(202, { location: `http://${other.host}/v2/team/app/blobs/uploads/there` }).end();
    return true;
  };
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: credentials }) });
  await under.store.write(descriptor, piecesOf(bytes, 1000));
  assert.deepEqual(other.blobs.get(descriptor.digest), bytes);
  assert.equal(other.requests[0]?.headers.authorization, undefined);
});

test("An upload is not sent in plain text to another machine", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => request.method === "POST" && reply(response, 202, { location: "http://uploads.example/v2/x" });
  await using under = clientOf(server.host);
  await failureOf(under.store.write(descriptor, piecesOf(bytes, 1000)), "REGISTRY_PROTOCOL");
});

test("An upload's place that names the registry by its own name is sought at its endpoint", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => {
    if (request.method !== "POST") return false;
    server.uploads.set("mine", []);
    request.resume();
    response.writeHead(202, { location: "http://registry.example/v2/team/app/blobs/uploads/mine" }).end();
    return true;
  };
  await using under = clientOf("registry.example", { endpoints: { "registry.example": { url: `http://${server.host}` } } });
  await under.store.write(descriptor, piecesOf(bytes, 1000));
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
});

test("A registry that refuses a HEAD elsewhere is an error with that URL, without its signature", async () => {
  await using server = await registryServer();
  await using storage = await registryServer();
  storage.intercept = (_, response) => refuse(response, 403, "AccessDenied", "Request has expired");
  server.intercept = (_, response) => reply(response, 307, { location: `http://${storage.host}/k?X-Amz-Signature=abc&a=b` });
  await using under = clientOf(server.host);
  const failure = await failureOf(allOf(under.store.read(descriptor)), "DENIED");
  assert.match(failure.message, /\/k\?X-Amz-Signature=REDACTED&a=b: 403 AccessDenied "Request has expired"/);
});

test("An identity token is not sent on to where a realm redirects", async () => {
  await using server = await registryServer();
  await using other = await registryServer();
  await using realm = await registryServer();
  realm.intercept = (request, response) => {
    request.resume();
    return reply(response, 307, { location: `http://${other.host}/token` });
  };
  server.intercept = (_, response) =>
    refuse(response, 401, "UNAUTHORIZED", "", { "www-authenticate": `Bearer realm="http://${realm.host}/token",service="x"` });
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: { kind: "identity-token", token: "refresh-me" } }) });
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_PROTOCOL");
  assert.match(failure.message, /redirects a sign-in to another place/);
  assert.deepEqual([realm.requests.length, other.requests.length], [1, 0]);
});

test("A password is not sent on to where a realm redirects", async () => {
  await using server = await registryServer();
  await using other = await registryServer();
  await using realm = await registryServer();
  realm.intercept = (_, response) => reply(response, 302, { location: `http://${other.host}/token` });
  other.intercept = (_, response) => refuse(response, 401, "UNAUTHORIZED", "", { "www-authenticate": 'Basic realm="give"' });
  server.intercept = (_, response) =>
    refuse(response, 401, "UNAUTHORIZED", "", { "www-authenticate": `Bearer realm="http://${realm.host}/token",service="x"` });
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: credentials }) });
  await failureOf(under.store.has(descriptor), "UNAUTHORIZED");
  assert.ok(realm.requests[0]?.headers.authorization?.startsWith("Basic "));
  assert.deepEqual(
    other.requests.map(({ headers }) => headers.authorization),
    other.requests.map(() => undefined),
  );
});
