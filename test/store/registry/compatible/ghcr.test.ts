import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { parseTag } from "../../../../src/oci/index.ts";
import { aBlob, failureOf } from "../../../support/registry-client.ts";
import { compatible, pushed, using, type Vendor } from "../../../support/registry-compatible.ts";
import { askedOf, bearer, before, objectStorage, placing, vendorOf, withoutDeleting } from "../../../support/registry-quirks.ts";
import { refuse, registryServer, reply } from "../../../support/registry-server.ts";

/**
 * GHCR: tokens from its own host that are no JWT and say no life; uploads at the relative path `blobs/upload/`; blobs from storage;
 * what it does not know, as the referrers API, redirects to GitHub's pages; nothing is deleted, no upload given up (405).
 */
async function start(): Promise<Vendor> {
  const server = await registryServer({ referrers: false });
  const pages = await registryServer({
    intercept: (_, response) => reply(response, 404, { "content-type": "text/html" }, "<html><title>Page not found</title></html>"),
  });
  before(server, (_, response, recorded) => {
    // The test's registry knows the place by its usual name.
    Object.assign(recorded, { url: recorded.url.replace("/blobs/upload/", "/blobs/uploads/") });
    if (askedOf(recorded)?.kind !== "referrers") return false;
    return reply(response, 303, { location: `http://${pages.host}/-/v2/packages/container/package/team%2Fapp` });
  });
  placing(server, (path) => path.replace("/blobs/uploads/", "/blobs/upload/"));
  withoutDeleting(server);
  const storage = await objectStorage(server);
  bearer(server, {
    realm: server,
    path: "/token",
    service: "ghcr.io",
    answer: (token) => ({ token }),
  });
  return vendorOf(server, { scheme: "Bearer", elsewhere: [storage, pages] }, storage, pages);
}

compatible("GHCR", start, { referrers: "tag" });

test("GHCR: a package that the token may not write is DENIED with its words", async () => {
  await using(start, async (store, { server }) => {
    const rule = server.intercept;
    server.intercept = (request, response, recorded) =>
      request.method === "POST" && request.headers.authorization?.startsWith("Bearer ")
        ? refuse(response, 403, "DENIED", "permission_denied: write_package")
        : rule(request, response, recorded);
    const blob = aBlob(randomBytes(100));
    const failure = await failureOf(store.write(blob.descriptor, blob.source), "DENIED");
    assert.match(failure.message, /POST .*: 403 DENIED "permission_denied: write_package"/);
    const tried = server.requests.filter(({ method, headers }) => method === "POST" && headers.authorization !== undefined);
    assert.equal(tried.length, 1);
  });
});

test("GHCR: a token that is not given for the package is DENIED too", async () => {
  await using(start, async (store, { server }) => {
    const rule = server.intercept;
    server.intercept = (request, response, recorded) =>
      recorded.url.startsWith("/token")
        ? refuse(response, 403, "DENIED", "requested access to the resource is denied")
        : rule(request, response, recorded);
    const failure = await failureOf(store.resolve(parseTag("latest")), "DENIED");
    assert.match(failure.message, /gives no token: GET .*\/token\?service=ghcr\.io.* 403 DENIED/);
  });
});

test("GHCR: what it does not delete is told as such", async () => {
  await using(start, async (store) => {
    await store.tag(parseTag("v1"), await pushed(store));
    const failure = await failureOf(store.deleteTag(parseTag("v1")), "REGISTRY_ERROR");
    assert.match(failure.message, /the registry does not delete: DELETE .*405 UNSUPPORTED "The operation is unsupported\."/);
  });
});
