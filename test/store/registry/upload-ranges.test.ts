import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { aBlob, clientOf, failureOf, piecesOf } from "../../support/registry-client.ts";
import { amend, type Intercept, refuse, registryServer } from "../../support/registry-server.ts";

const bytes = randomBytes(200_000);
const { descriptor } = aBlob(bytes);
const source = piecesOf(bytes, 20_000);
const pieces = { chunkBytes: 50_000 };

/** Lets the registry take each piece, and has its answer name another range. */
function saying(range: (piece: number) => string | undefined): Intercept {
  let piece = 0;
  return (request, response) =>
    ["PATCH", "GET"].includes(request.method ?? "") &&
    amend(response, (status) => (status < 300 ? { headers: { range: range(piece++) } } : {}));
}

for (const [what, range] of [
  ["stays where the first piece ended, as ECR's does", () => "0-49999"],
  ["counts from the piece's own start", (piece: number) => `0-${piece === 3 ? 49_998 : 49_999}`],
  ["has a prefix", (piece: number) => `bytes=0-${(piece + 1) * 50_000 - 1}`],
  ["is missing", () => undefined],
] as const) {
  test(`A Range that ${what} does not stop an upload in pieces`, async () => {
    await using server = await registryServer();
    server.intercept = saying(range);
    await using under = clientOf(server.host, pieces);
    await under.store.write(descriptor, source);
    assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
    assert.equal(server.requests.filter(({ method }) => method === "PATCH").length, 4);
    assert.deepEqual(under.events, []);
  });
}

test("A registry that took less of a piece than was sent gets the rest", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => {
    if (request.method !== "PATCH" || !String(request.headers["content-range"]).startsWith("0-")) return false;
    return amend(response, (status) => {
      const [session] = server.uploads.values();
      session?.splice(0, session.length, Buffer.concat(session).subarray(0, 30_000));
      return status === 202 ? { headers: { range: "0-29999" } } : {};
    });
  };
  await using under = clientOf(server.host, pieces);
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
});

test("A registry that says it has more than was sent fails after the attempts", async () => {
  await using server = await registryServer();
  server.intercept = saying(() => "0-999999");
  await using under = clientOf(server.host, pieces);
  const failure = await failureOf(under.store.write(descriptor, source), "REGISTRY_PROTOCOL");
  assert.match(failure.message, /says that it has 1000000 bytes after those up to 50000 were sent \(4 attempts\)/);
});

for (const [status, code] of [
  [404, "NOT_FOUND"],
  [416, "REGISTRY_ERROR"],
] as const) {
  test(`A registry that takes every piece and ends each session with ${status} is not asked forever`, async () => {
    await using server = await registryServer();
    server.intercept = (request, response) => request.method === "PUT" && refuse(response, status, "BLOB_UPLOAD_INVALID");
    await using under = clientOf(server.host, pieces);
    const failure = await failureOf(under.store.write(descriptor, source), code);
    assert.match(failure.message, /\(4 attempts\)/);
    assert.equal(server.requests.filter(({ method }) => method === "PUT").length, 4);
  });
}

test("A registry that drops what it says it took is found out by the digest, and gets the blob again from the start", async () => {
  await using server = await registryServer();
  let dropped = false;
  server.intercept = (request, response) => {
    const second = String(request.headers["content-range"]).startsWith("50000-");
    if (request.method !== "PATCH" || dropped || !second) return false;
    dropped = true;
    return amend(response, () => {
      const [session] = server.uploads.values();
      session?.splice(0, session.length, Buffer.concat(session).subarray(0, 50_000));
      // What follows seems to fit, because it has the length that the registry lost.
      session?.push(Buffer.alloc(50_000));
      return { headers: { range: "0-49999" } };
    });
  };
  await using under = clientOf(server.host, pieces);
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
  assert.equal(server.requests.filter(({ method }) => method === "POST").length, 2);
});

test("An upload that was on its way for longer than the deadline goes on after a break", async () => {
  await using server = await registryServer();
  let cut = false;
  server.intercept = (request) => {
    if (request.method !== "PUT" || cut) return false;
    cut = true;
    const [session] = server.uploads.values();
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      session?.push(chunk);
      size += chunk.length;
      if (size >= 160_000) request.socket.destroy();
    });
    return true;
  };
  await using under = clientOf(server.host, { retry: { attempts: 3, baseMs: 1, capMs: 1, deadlineMs: 100 } });
  await under.store.write(descriptor, {
    size: bytes.length,
    async *open(offset = 0) {
      for await (const chunk of source.open(offset)) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        yield chunk;
      }
    },
  });
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
  assert.equal(server.requests.filter(({ method }) => method === "POST").length, 1);
});
