import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { parseTag } from "../../../../src/oci/index.ts";
import { anonymous } from "../../../../src/store/index.ts";
import { aBlob, failureOf, piecesOf } from "../../../support/registry-client.ts";
import { compatible, pushed, using, type Vendor } from "../../../support/registry-compatible.ts";
import { distributionUploads } from "../../../support/registry-distribution.ts";
import { before, pagedTags, vendorOf } from "../../../support/registry-quirks.ts";
import { refuse, registryServer } from "../../../support/registry-server.ts";

/** distribution 3: as 2.8, but Content-Range is held to (416 RANGE_INVALID, 400 SIZE_INVALID), tags come in pages, and are deleted. */
async function start(): Promise<Vendor> {
  const server = await registryServer({ referrers: false });
  pagedTags(server);
  distributionUploads(server, { ranges: true });
  return vendorOf(server, { scheme: undefined, options: { signIn: anonymous } });
}

compatible("distribution 3", start, { referrers: "tag" });

test("distribution 3: a piece that breaks goes on where the registry's state says", async () => {
  await using(
    start,
    async (store, { server }) => {
      const bytes = randomBytes(300_000);
      const { descriptor } = aBlob(bytes);
      let broken = 0;
      before(server, (request) => {
        if (request.method !== "PATCH" || broken === 2) return false;
        broken++;
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
    { chunkBytes: 100_000 },
  );
});

test("distribution 3: a tag is deleted, and its image is still there", async () => {
  await using(start, async (store) => {
    const image = await pushed(store);
    await store.tag(parseTag("v1"), image);
    assert.equal(await store.deleteTag(parseTag("v1")), true);
    assert.equal(await store.deleteTag(parseTag("v1")), false);
    assert.deepEqual(await store.resolve(image.digest), image);
  });
});

test("distribution 3: an upload that its storage refuses is an error with its words", async () => {
  await using(start, async (store, { server }) => {
    before(server, (request, response) => request.method === "PUT" && refuse(response, 400, "BLOB_UPLOAD_INVALID", "blob upload invalid"));
    const failure = await failureOf(pushed(store), "REGISTRY_ERROR");
    assert.match(failure.message, /PUT .*_state=.*: 400 BLOB_UPLOAD_INVALID "blob upload invalid"/);
  });
});
