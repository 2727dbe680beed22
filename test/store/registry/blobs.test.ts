import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { aBlob, allOf, clientOf, failureOf } from "../../support/registry-client.ts";
import { registryServer } from "../../support/registry-server.ts";

const bytes = randomBytes(400_000);
const { descriptor, source } = aBlob(bytes);

test("A blob that was written is there and reads the same", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  assert.equal(await under.store.has(descriptor), false);
  assert.equal(await under.store.write(descriptor, source), "written");
  assert.equal(await under.store.write(descriptor, source), "existed");
  assert.equal(await under.store.has(descriptor), true);
  assert.deepEqual(await allOf(under.store.read(descriptor)), bytes);
});

test("A blob that is absent fails with NOT_FOUND", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  await failureOf(allOf(under.store.read(descriptor)), "NOT_FOUND");
});

test("A read that breaks goes on with the rest by range", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes);
  let cuts = 0;
  server.intercept = (request, response) => {
    if (request.method !== "GET" || cuts === 2) return false;
    cuts++;
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const headers = { "content-length": bytes.length - start, "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(start === 0 ? 200 : 206, headers);
    response.write(bytes.subarray(start, start + 100_000), () => setTimeout(() => response.destroy(), 20));
    return true;
  };
  await using under = clientOf(server.host);
  assert.deepEqual(await allOf(under.store.read(descriptor)), bytes);
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.range),
    [undefined, `bytes=100000-${bytes.length - 1}`, `bytes=200000-${bytes.length - 1}`],
  );
  assert.equal(under.events.filter(({ kind }) => kind === "retry").length, 2);
});

test("A registry that ignores ranges sends the whole again, and the part that is known is dropped", async () => {
  await using server = await registryServer();
  let asked = 0;
  server.intercept = (_, response) => {
    asked++;
    response.writeHead(200, { "content-length": bytes.length });
    if (asked > 1) response.end(bytes);
    else response.write(bytes.subarray(0, 150_000), () => setTimeout(() => response.destroy(), 20));
    return true;
  };
  await using under = clientOf(server.host);
  assert.deepEqual(await allOf(under.store.read(descriptor)), bytes);
});

test("Bytes that are not those of the digest never come to their end", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, randomBytes(bytes.length));
  await using under = clientOf(server.host);
  const failure = await failureOf(allOf(under.store.read(descriptor)), "CONTENT_MISMATCH");
  assert.match(failure.message, /its bytes have the digest sha256:/);
});

test("A Content-Length that differs from the descriptor is a mismatch", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes.subarray(1));
  await using under = clientOf(server.host);
  await failureOf(allOf(under.store.read(descriptor)), "CONTENT_MISMATCH");
});

test("An endless body is cut off where the blob should end", async () => {
  await using server = await registryServer();
  let ended = false;
  server.intercept = (_, response) => {
    response.writeHead(200);
    response.on("close", () => {
      ended = true;
    });
    const more = (): void => {
      if (!response.destroyed) response.write(randomBytes(65_536), () => setImmediate(more));
    };
    more();
    return true;
  };
  await using under = clientOf(server.host);
  await failureOf(allOf(under.store.read(descriptor)), "CONTENT_MISMATCH");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(ended);
});

test("A body that always ends too early fails after the attempts without progress", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => {
    if (request.headers.range === undefined) response.writeHead(200).end(bytes.subarray(0, 1000));
    else response.writeHead(206, { "content-range": `bytes 1000-${bytes.length - 1}/${bytes.length}` }).end();
    return true;
  };
  await using under = clientOf(server.host);
  const failure = await failureOf(allOf(under.store.read(descriptor)), "REGISTRY_UNREACHABLE");
  assert.match(failure.message, /too early \(4 attempts\)/);
});

test("A body that stalls is asked for again from where it stopped", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes);
  let stalled = false;
  server.intercept = (_, response) => {
    if (stalled) return false;
    stalled = true;
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, 5000));
    return true;
  };
  await using under = clientOf(server.host);
  assert.deepEqual(await allOf(under.store.read(descriptor)), bytes);
  assert.match(JSON.stringify(under.events), /no byte of the answer came within 0.3 s/);
});

test("A slow reader is no stall", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes);
  await using under = clientOf(server.host);
  let size = 0;
  for await (const chunk of under.store.read(descriptor)) {
    if (size === 0) await new Promise((resolve) => setTimeout(resolve, 700));
    size += chunk.length;
  }
  assert.equal(size, bytes.length);
  assert.equal(server.requests.length, 1);
});

test("A range is read as asked, also from a registry that ignores it", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes);
  await using under = clientOf(server.host);
  assert.deepEqual(await allOf(under.store.readRange(descriptor, 10, 70_000)), bytes.subarray(10, 70_000));
  server.intercept = (_, response) => {
    response.writeHead(200, { "content-length": bytes.length }).end(bytes);
    return true;
  };
  assert.deepEqual(await allOf(under.store.readRange(descriptor, 10, 70_000)), bytes.subarray(10, 70_000));
});
