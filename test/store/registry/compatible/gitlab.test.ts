import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { parseTag } from "../../../../src/oci/index.ts";
import { bytesSource } from "../../../../src/store/index.ts";
import { aBlob, aManifest, clientOf, failureOf, piecesOf } from "../../../support/registry-client.ts";
import { compatible, pushed, using, type Vendor } from "../../../support/registry-compatible.ts";
import { askedOf, bearer, before, objectStorage, placing, vendorOf } from "../../../support/registry-quirks.ts";
import { refuse, registryServer } from "../../../support/registry-server.ts";

/**
 * GitLab: tokens for 300 s from another host, at /jwt/auth, for the service container_registry; blobs from storage; no referrers API.
 * @param ends gets what ends all tokens
 */
async function start(ends: (() => void)[] = []): Promise<Vendor> {
  const server = await registryServer({ referrers: false });
  const realm = await registryServer();
  placing(server, (path) => `http://${server.host}${path}?_state=abc`);
  const storage = await objectStorage(server);
  const end = bearer(server, {
    realm,
    path: "/jwt/auth",
    service: "container_registry",
    answer: (token) => ({ token, expires_in: 300 }),
    // Who deploys may not delete.
    allows: (scope) => !scope.endsWith(":delete"),
  });
  ends.push(end);
  return vendorOf(server, { repository: "group/project/app", scheme: "Bearer", elsewhere: [storage] }, storage, realm);
}

compatible("GitLab", () => start(), { referrers: "tag" });

test("GitLab: the fallback tag that it takes for the image itself is a warning, and the attachment is there (oras-go#1396)", async () => {
  await using vendor = await start();
  before(vendor.server, (_, __, recorded) => {
    const asked = askedOf(recorded);
    if (asked?.kind === "manifests" && vendor.server.manifests.has(asked.rest.replace("sha256-", "sha256:"))) {
      Object.assign(recorded, { url: recorded.url.replace("sha256-", "sha256:") });
    }
    return false;
  });
  await using under = clientOf(vendor.host, vendor.options);
  const store = under.client.repository({ host: vendor.host, repository: vendor.repository });
  const image = await pushed(store);
  const record = aManifest({ note: "record", subject: image, artifactType: "a/b" });
  assert.equal(await store.write(record.descriptor, bytesSource(record.bytes)), "written");
  assert.deepEqual(await store.referrers(image.digest), []);
  assert.deepEqual(await store.resolve(record.descriptor.digest), record.descriptor);
  assert.match(JSON.stringify(under.events), /"level":"warning".*takes sha256-[0-9a-f]{64} for the image itself/);
});

test("GitLab: deleting that the token does not allow is DENIED", async () => {
  await using(
    () => start(),
    async (store) => {
      await store.tag(parseTag("v1"), await pushed(store));
      const failure = await failureOf(store.deleteTag(parseTag("v1")), "DENIED");
      assert.match(failure.message, /DELETE .*401/);
    },
  );
});

test("GitLab: a project that is not there gives no token", async () => {
  await using(
    () => start(),
    async (store, { server }) => {
      before(server, (_, response) => refuse(response, 403, "DENIED", "requested access to the resource is denied"));
      await failureOf(pushed(store), "DENIED");
    },
  );
});

test("GitLab: a token that ends in the middle of a push is renewed, and the upload goes on", async () => {
  const ends: (() => void)[] = [];
  await using(
    () => start(ends),
    async (store, { server }) => {
      const bytes = randomBytes(100_000);
      const { descriptor } = aBlob(bytes);
      let pieces = 0;
      const rule = server.intercept;
      server.intercept = (request, response, recorded) => {
        if (request.method === "PATCH" && ++pieces === 2) for (const end of ends) end();
        return rule(request, response, recorded);
      };
      await store.write(descriptor, piecesOf(bytes, 10_000));
      assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
      assert.equal(server.requests.filter(({ method, headers }) => method === "POST" && headers.authorization).length, 1);
    },
    { chunkBytes: 30_000 },
  );
});
