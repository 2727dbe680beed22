import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { mediaTypes, parseTag } from "../../../../src/oci/index.ts";
import { anonymous } from "../../../../src/store/index.ts";
import { aBlob, failureOf, piecesOf } from "../../../support/registry-client.ts";
import { compatible, pushed, using, type Vendor } from "../../../support/registry-compatible.ts";
import { distributionUploads } from "../../../support/registry-distribution.ts";
import { askedOf, before, vendorOf, withoutDeleting } from "../../../support/registry-quirks.ts";
import { refuse, registryServer } from "../../../support/registry-server.ts";

/**
 * distribution 2.8: uploads at absolute places whose `_state` says how far they are; Content-Range unheeded; `0-0` for nothing; no
 * referrers API; tags never in pages; an index only for who says that it understands one; deleting switched off.
 */
async function start(): Promise<Vendor> {
  const server = await registryServer({ referrers: false });
  before(server, (request, response, recorded) => {
    const asked = askedOf(recorded);
    if (asked?.kind === "tags" && server.manifests.size === 0)
      return refuse(response, 404, "NAME_UNKNOWN", "repository name not known to registry");
    const held = asked?.kind === "manifests" ? server.manifests.get(asked.rest) : undefined;
    if (held === undefined || request.method === "PUT" || request.headers.accept?.includes(held.type)) return false;
    return refuse(response, 404, "MANIFEST_UNKNOWN", "OCI index found, but accept header does not support OCI indexes");
  });
  distributionUploads(server, { ranges: false });
  withoutDeleting(server);
  return vendorOf(server, { scheme: undefined, options: { signIn: anonymous } });
}

compatible("distribution 2.8", start, { referrers: "tag" });

for (const [what, options] of [
  ["as a whole", {}],
  ["in pieces", { chunkBytes: 60_000 }],
] as const) {
  test(`distribution 2.8: an upload ${what} that breaks goes on where the registry's state says`, async () => {
    await using(
      start,
      async (store, { server }) => {
        const bytes = randomBytes(300_000);
        const { descriptor } = aBlob(bytes);
        let broken = false;
        before(server, (request) => {
          if (broken || !["PUT", "PATCH"].includes(request.method ?? "") || request.headers["content-length"] === "0") return false;
          broken = true;
          const [session] = server.uploads.values();
          request.once("data", (chunk: Buffer) => {
            session?.push(chunk.subarray(0, 20_000));
            request.socket.destroy();
          });
          return true;
        });
        await store.write(descriptor, piecesOf(bytes, 50_000));
        assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
        assert.equal(server.requests.filter(({ method }) => method === "POST").length, 1);
      },
      options,
    );
  });
}

test("distribution 2.8: every request for a manifest says that it understands indexes", async () => {
  await using(start, async (store, { server }) => {
    await store.tag(parseTag("v1"), await pushed(store));
    const asked = server.requests.filter(({ method, url }) => url.includes("/manifests/") && ["GET", "HEAD"].includes(method));
    assert.ok(
      asked.every(({ headers }) => headers.accept?.includes(mediaTypes.ociIndex) && headers.accept.includes(mediaTypes.dockerIndex)),
    );
  });
});

test("distribution 2.8: what it is not configured to delete is told as such", async () => {
  await using(start, async (store) => {
    const image = await pushed(store);
    const failure = await failureOf(store.delete(image), "REGISTRY_ERROR");
    assert.match(failure.message, /the registry does not delete: .*405 UNSUPPORTED/);
  });
});
