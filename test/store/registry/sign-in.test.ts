import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { bytesSource, type Credentials, type SignIn, staticSignIn } from "../../../src/store/index.ts";
import { aBlob, aManifest, clientOf, failureOf, piecesOf } from "../../support/registry-client.ts";
import { readInto, refuse, registryServer } from "../../support/registry-server.ts";
import { basicOnly, tokenServer } from "../../support/registry-sign-in.ts";

const bytes = randomBytes(100_000);
const { descriptor } = aBlob(bytes);
const source = piecesOf(bytes, 10_000);
const user: Credentials = { kind: "basic", username: "ann", password: "pass:word" };
const basicOfUser = `Basic ${Buffer.from("ann:pass:word").toString("base64")}`;

/** Gives the credentials one after the other, a new one each time that fresh ones are asked for. */
function renewing(all: readonly Credentials[]): SignIn & { readonly asked: (boolean | undefined)[] } {
  const asked: (boolean | undefined)[] = [];
  let at = 0;
  return {
    asked,
    async credentials(_, options) {
      asked.push(options?.fresh);
      if (options?.fresh) at++;
      return all[Math.min(at, all.length - 1)];
    },
  };
}

test("A registry that asks for Basic gets user and password, and only after it asked", async () => {
  await using server = await registryServer();
  basicOnly(server, (name, password) => name === "ann" && password === "pass:word");
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: user }) });
  await under.store.write(descriptor, source);
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.authorization),
    [undefined, basicOfUser, basicOfUser, basicOfUser],
  );
});

test("Credentials that are refused are asked for anew once, and then the refusal stands", async () => {
  await using server = await registryServer();
  basicOnly(server, (_, password) => password === "new");
  const old: Credentials = { kind: "basic", username: "AWS", password: "old" };
  const right = renewing([old, { kind: "basic", username: "AWS", password: "new" }]);
  await using renewed = clientOf(server.host, { signIn: right });
  assert.equal(await renewed.store.has(descriptor), false);
  assert.deepEqual(right.asked, [false, true]);

  await using refused = clientOf(server.host, { signIn: renewing([old, { kind: "basic", username: "AWS", password: "older" }]) });
  const failure = await failureOf(refused.store.has(descriptor), "UNAUTHORIZED");
  assert.match(failure.message, /^HEAD http:\/\/127\.0\.0\.1:\d+\/v2\/team\/app\/blobs\/sha256:[0-9a-f]+: 401/);
  assert.match(failure.hint ?? "", /docker login/);
  assert.doesNotMatch(JSON.stringify([failure.message, failure.hint, failure.facts]), /older|b2xkZXI/);
});

/** ECR's and ECR Public's ways to say that a token has ended: no 401, no challenge. */
const ended = [
  ["with 403, as ECR does", 403, "DENIED"],
  ["with 400, as ECR Public does", 400, "BAD_REQUEST"],
] as const;
for (const [how, status, code] of ended) {
  test(`A token that ends in the middle of an upload, and is refused ${how}, is renewed once, and the upload goes on`, async () => {
    await using server = await registryServer();
    let valid = "old";
    basicOnly(server, (name) => name !== "");
    const asks = server.intercept;
    server.intercept = async (request, response, recorded) => {
      const [, sent = ""] = Buffer.from((request.headers.authorization ?? "").slice(6), "base64")
        .toString()
        .split(":");
      if (sent !== "" && sent !== valid)
        return refuse(response, status, code, "Your authorization token has expired. Reauthenticate and try again.");
      // The token ends when the upload has begun.
      if (request.method === "POST") valid = "new";
      return await asks(request, response, recorded);
    };
    const signIn = renewing(["old", "new"].map((password) => ({ kind: "basic", username: "AWS", password })));
    await using under = clientOf(server.host, { signIn });
    await under.store.write(descriptor, source);
    assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
    assert.deepEqual(signIn.asked, [false, true]);
  });
}

test("A refusal without a word may be of a token that has ended: once others are tried", async () => {
  await using server = await registryServer();
  basicOnly(server, (name) => name !== "");
  const asks = server.intercept;
  server.intercept = (request, response, recorded) =>
    request.headers.authorization === basicOfUser ? refuse(response, 403, "DENIED") : asks(request, response, recorded);
  const signIn = renewing([user, { kind: "basic", username: "ann", password: "new" }]);
  await using under = clientOf(server.host, { signIn });
  assert.equal(await under.store.has(descriptor), false);

  const denied = renewing([user, user]);
  await using refused = clientOf(server.host, { signIn: denied });
  for (const _ of [1, 2]) await failureOf(refused.store.has(descriptor), "DENIED");
  assert.deepEqual(denied.asked, [false, true]);
});

test("Credentials that are about to end are renewed before they are used", async () => {
  await using server = await registryServer();
  basicOnly(server, (_, password) => password === "new");
  const ending: Credentials = { kind: "basic", username: "AWS", password: "old", expiresAt: Date.now() + 60_000 };
  await using under = clientOf(server.host, { signIn: renewing([ending, { kind: "basic", username: "AWS", password: "new" }]) });
  assert.equal(await under.store.has(descriptor), false);
  assert.equal(server.requests.length, 2);
});

test("Without credentials the failure says that there are none", async () => {
  await using server = await registryServer();
  basicOnly(server, () => false);
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.write(descriptor, source), "CREDENTIALS_MISSING");
  assert.match(failure.hint ?? "", /docker login 127\.0\.0\.1:/);
});

test("A 403 is a matter of permission, with the registry's own words", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) =>
    request.method === "POST" && refuse(response, 403, "DENIED", "requested access is denied\u001b[31m\n::error::x token=abc123");
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.write(descriptor, source), "DENIED");
  assert.match(failure.message, /403 DENIED "requested access is denied \[31m ::error::x token=REDACTED"/);
  assert.equal(server.requests.length, 2);
});

test("A registry that asks for a token gets one from its realm, which alone sees the password", async () => {
  await using server = await registryServer();
  await using tokens = await tokenServer(server);
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: user }) });
  await under.store.write(descriptor, source);
  const asked = new URL(tokens.requests[0]?.url ?? "", tokens.url);
  assert.equal(asked.searchParams.get("service"), "registry.test");
  assert.deepEqual(asked.searchParams.getAll("scope"), ["repository:team/app:pull"]);
  assert.ok(tokens.requests.every(({ headers }) => headers.authorization === basicOfUser));
  assert.ok(server.requests.every(({ headers }) => headers.authorization !== basicOfUser));
  assert.equal(tokens.requests.length, 2);
});

test("A token for pushing serves for pulling too, and is fetched once however many ask", async () => {
  await using server = await registryServer();
  await using tokens = await tokenServer(server);
  await using under = clientOf(server.host);
  const manifest = aManifest();
  await under.store.has(descriptor);
  await under.store.write(manifest.descriptor, bytesSource(manifest.bytes));
  await Promise.all(Array.from({ length: 20 }, () => under.store.has(descriptor)));
  assert.equal(tokens.requests.length, 2);
});

test("An identity token is exchanged by POST", async () => {
  await using server = await registryServer();
  await using tokens = await tokenServer(server);
  tokens.extra = { token: undefined, access_token: "access-1" };
  tokens.valid.add("access-1");
  await using under = clientOf(server.host, { signIn: staticSignIn({ [server.host]: { kind: "identity-token", token: "refresh-1" } }) });
  assert.equal(await under.store.has(descriptor), false);
  const form = new URLSearchParams(tokens.requests[0]?.body);
  assert.equal(tokens.requests[0]?.method, "POST");
  assert.equal(tokens.requests[0]?.headers.authorization, undefined);
  assert.deepEqual(
    [form.get("grant_type"), form.get("refresh_token"), form.get("scope"), form.get("service")],
    ["refresh_token", "refresh-1", "repository:team/app:pull", "registry.test"],
  );
});

test("A token that ends in the middle of a push is renewed, and the upload goes on", async () => {
  await using server = await registryServer();
  let pieces = 0;
  server.intercept = (request) => {
    if (request.method === "PATCH" && ++pieces === 3) tokens.valid.clear();
    return false;
  };
  await using tokens = await tokenServer(server);
  await using under = clientOf(server.host, { chunkBytes: 10_000 });
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
  assert.equal(server.requests.filter(({ method }) => method === "POST").length, 1);
  assert.equal(tokens.requests.length, 3);
});

test("A token is renewed before it ends", async () => {
  await using server = await registryServer();
  await using tokens = await tokenServer(server);
  tokens.extra = { expires_in: 0.2 };
  await using under = clientOf(server.host);
  await under.store.has(descriptor);
  await new Promise((resolve) => setTimeout(resolve, 250));
  await under.store.has(descriptor);
  assert.equal(tokens.requests.length, 2);
  assert.equal(server.requests.filter(({ headers }) => headers.authorization === undefined).length, 1);
});

test("A realm that refuses the password is UNAUTHORIZED, after other credentials were asked for", async () => {
  await using server = await registryServer();
  await using tokens = await tokenServer(server);
  tokens.refusal = 401;
  const signIn = renewing([user, { ...user, password: "other" }]);
  await using under = clientOf(server.host, { signIn });
  const failure = await failureOf(under.store.has(descriptor), "UNAUTHORIZED");
  assert.match(failure.message, /gives no token: GET .* 401 UNAUTHORIZED "incorrect username or password"/);
  assert.equal(signIn.asked.filter((fresh) => fresh).length, 1);
  assert.equal(tokens.requests.length, 2);
});

test("A realm in plain text elsewhere gets nothing", async () => {
  await using server = await registryServer();
  let asked = false;
  server.intercept = (_, response) =>
    refuse(response, 401, "UNAUTHORIZED", "", { "www-authenticate": 'Bearer realm="http://tokens.example/token",service="x"' });
  const signIn: SignIn = {
    async credentials() {
      asked = true;
      return user;
    },
  };
  await using under = clientOf(server.host, { signIn });
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_PROTOCOL");
  assert.match(failure.message, /asks to sign in at http:\/\/tokens\.example\/token, which is not https/);
  assert.equal(asked, false);
});

test("A realm's token that could end a header is refused", async () => {
  await using server = await registryServer();
  await using tokens = await tokenServer(server);
  tokens.extra = { token: "a\r\nx-evil: 1" };
  await using under = clientOf(server.host);
  await failureOf(under.store.has(descriptor), "REGISTRY_PROTOCOL");
});

test("A token server that is overloaded is asked again", async () => {
  await using server = await registryServer();
  await using tokens = await tokenServer(server);
  tokens.refusal = 503;
  setTimeout(() => {
    tokens.refusal = undefined;
  }, 10);
  await using under = clientOf(server.host, { retry: { attempts: 6, baseMs: 20, capMs: 50, deadlineMs: 3000 } });
  assert.equal(await under.store.has(descriptor), false);
});

test("A large body that is refused in its middle is sent again with a new token", async () => {
  await using server = await registryServer();
  const large = randomBytes(4 * 1024 * 1024);
  const blob = aBlob(large);
  let refused = false;
  server.intercept = async (request, response, recorded) => {
    if (request.method !== "PUT" || refused) return false;
    refused = true;
    request.once("data", () => {
      tokens.valid.clear();
      refuse(response, 401, "UNAUTHORIZED", "", { "www-authenticate": `Bearer realm="${tokens.url}"`, connection: "close" });
    });
    await readInto(request, recorded, []).catch(() => {});
    return true;
  };
  await using tokens = await tokenServer(server);
  await using under = clientOf(server.host);
  await under.store.write(blob.descriptor, piecesOf(large, 65_536));
  assert.equal(server.blobs.get(blob.descriptor.digest)?.length, large.length);
});
