import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { mediaTypes, parseDigest } from "../../../src/oci/index.ts";
import { clientOf } from "../../support/registry-client.ts";
import { registryServer, reply } from "../../support/registry-server.ts";

const size = 64 * 1024 * 1024;
/** What connections hold on their way, on both sides. */
const most = 16 * 1024 * 1024;
const piece = Buffer.alloc(1 << 20, 1);
const hash = createHash("sha256");
for (let sent = 0; sent < size; sent += piece.length) hash.update(piece);
const descriptor = { mediaType: mediaTypes.ociLayer, digest: parseDigest(`sha256:${hash.digest("hex")}`), size };

for (const [how, chunkBytes] of [
  ["as a whole", undefined],
  ["in pieces", 24 * 1024 * 1024],
] as const) {
  test(`A blob of 64 MiB that is uploaded ${how} is not read ahead of a registry that takes its time`, async () => {
    let taken = 0;
    let read = 0;
    let ahead = 0;
    await using server = await registryServer({
      intercept: async (request, response) => {
        if (request.method !== "PUT" && request.method !== "PATCH") return false;
        await new Promise((resolve) => setTimeout(resolve, 150));
        for await (const chunk of request) taken += (chunk as Buffer).length;
        return reply(response, request.method === "PUT" ? 201 : 202, { location: request.url ?? "", range: `0-${Math.max(taken - 1, 0)}` });
      },
    });
    await using under = clientOf(server.host, { chunkBytes });
    await under.store.write(descriptor, {
      size,
      async *open() {
        for (; read < size; read += piece.length) {
          ahead = Math.max(ahead, read - taken);
          yield piece;
        }
      },
    });
    assert.equal(taken, size);
    assert.ok(ahead < most, `${ahead} bytes were read ahead`);
  });
}
