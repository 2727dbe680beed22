import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference, parseTag } from "../../../../src/oci/index.ts";
import { anonymous } from "../../../../src/store/index.ts";
import { clientOf, failureOf } from "../../../support/registry-client.ts";
import { compatible, pushed, using, type Vendor } from "../../../support/registry-compatible.ts";
import { askedOf, bearer, before, objectStorage, placing, vendorOf, withoutDeleting } from "../../../support/registry-quirks.ts";
import { refuse, registryServer, reply } from "../../../support/registry-server.ts";

/**
 * Docker Hub: known as docker.io, spoken to elsewhere, with tokens from a third host for the service registry.docker.io, good for 300 s
 * and named twice; blobs from a CDN; the pull limit in headers of manifests; no referrers API; a repository that is not there is 401.
 */
async function start(allows: (scope: string) => boolean = () => true): Promise<Vendor> {
  const server = await registryServer({ referrers: false });
  const realm = await registryServer();
  before(server, (_, response, recorded) => {
    if (askedOf(recorded)?.kind === "manifests") {
      response.setHeader("ratelimit-limit", "100;w=21600");
      response.setHeader("ratelimit-remaining", "99;w=21600");
      response.setHeader("docker-ratelimit-source", "192.0.2.7");
    }
    return false;
  });
  placing(server, (path) => `http://${server.host}${path}?_state=${Buffer.from("{}").toString("base64url")}%3D`);
  withoutDeleting(server);
  const storage = await objectStorage(server);
  bearer(server, {
    realm,
    path: "/token",
    service: "registry.docker.io",
    answer: (token) => ({ token, access_token: token, expires_in: 300, issued_at: new Date().toISOString() }),
    allows,
  });
  return vendorOf(server, { host: "docker.io", scheme: "Bearer", elsewhere: [storage] }, storage, realm);
}

compatible("Docker Hub", start, { referrers: "tag" });

test("Docker Hub: an image without a namespace is one of library/", async () => {
  await using vendor = await start();
  const { host, repository } = parseReference("alpine:3");
  await using under = clientOf(host, vendor.options);
  assert.equal(await under.client.repository({ host, repository }).resolve(parseTag("3")), undefined);
  assert.ok(vendor.server.lines().every((line) => line === "HEAD /v2/library/alpine/manifests/3"));
});

test("Docker Hub: a repository that is not there, or not for this identity, is DENIED", async () => {
  const start401 = () => start((scope) => scope.endsWith(":pull"));
  await using(start401, async (store) => {
    const failure = await failureOf(pushed(store), "DENIED");
    assert.match(failure.message, /does not allow this: POST .*: 401 UNAUTHORIZED/);
    assert.match(failure.hint ?? "", /Look whether the repository exists/);
  });
});

test("Docker Hub: who has no sign-in is told so", async () => {
  await using(
    start,
    async (store) => {
      const failure = await failureOf(store.resolve(parseTag("latest")), "UNAUTHORIZED");
      assert.match(failure.message, /docker\.io gives no token/);
    },
    { signIn: anonymous },
  );
});

test("Docker Hub: a used-up pull limit is asked again a few times, and then says what it is", async () => {
  await using(start, async (store, { server }) => {
    const text = "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit";
    before(server, (request, response) => request.method === "HEAD" && reply(response, 429, { "content-type": "text/html" }));
    before(server, (request, response) => request.method === "GET" && refuse(response, 429, "TOOMANYREQUESTS", text));
    await failureOf(store.resolve(parseTag("latest")), "REGISTRY_ERROR");
    const failure = await failureOf(Array.fromAsync(store.tags()), "REGISTRY_ERROR");
    assert.match(failure.message, /429 TOOMANYREQUESTS "You have reached your unauthenticated pull rate limit.*\(4 attempts\)/);
    assert.match(failure.hint ?? "", /sign in if it was asked anonymously/);
  });
});
