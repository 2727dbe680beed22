import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Descriptor } from "../../../src/oci/index.ts";
import type { RegistryStore } from "../../../src/store/index.ts";
import { aCertificate } from "../../support/registry-certificate.ts";
import { aBlob, clientOf, failureOf } from "../../support/registry-client.ts";
import { registryServer } from "../../support/registry-server.ts";

const bytes = randomBytes(9 << 20);
const { descriptor } = aBlob(bytes);

/** Reads as a layout does, one chunk behind: each chunk is copied only when the next one is there. */
async function recycled(store: RegistryStore, what: Descriptor, pause = 0): Promise<Buffer> {
  const parts: Buffer[] = [];
  let before: Uint8Array | undefined;
  for await (const chunk of store.read(what, { recycle: true })) {
    if (before !== undefined) parts.push(Buffer.from(before));
    before = chunk;
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  if (before !== undefined) parts.push(Buffer.from(before));
  return Buffer.concat(parts);
}

test("A large blob reads the same in memory that is used again, many at once", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  const blobs = Array.from({ length: 6 }, () => randomBytes(5 << 20));
  const all = blobs.map((content) => {
    const made = aBlob(content);
    server.blobs.set(made.descriptor.digest, content);
    return made.descriptor;
  });
  for (let round = 0; round < 3; round++) {
    const read = await Promise.all(all.map((one, index) => recycled(under.store, one, index === 0 ? 5 : 0)));
    for (const [index, content] of blobs.entries()) assert.ok(content.equals(read[index] ?? Buffer.alloc(0)), `blob ${index}`);
  }
});

test("Small answers and large ones take turns on the same client", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes);
  const small = aBlob(randomBytes(300_000));
  server.blobs.set(small.descriptor.digest, Buffer.from(await collect(small.source.open())));
  await using under = clientOf(server.host);
  for (let round = 0; round < 4; round++) {
    const [large, little, there] = await Promise.all([
      recycled(under.store, descriptor),
      recycled(under.store, small.descriptor),
      under.store.has(small.descriptor),
    ]);
    assert.ok(large.equals(bytes));
    assert.equal(aBlob(little).descriptor.digest, small.descriptor.digest);
    assert.ok(there);
  }
});

test("A large read that breaks, and one that stalls, go on with the rest by range", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes);
  let asked = 0;
  server.intercept = (request, response) => {
    asked++;
    if (request.method !== "GET" || asked > 2) return false;
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const headers = { "content-length": bytes.length - start, "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(start === 0 ? 200 : 206, headers);
    response.write(bytes.subarray(start, start + 2_000_000), () => {
      if (asked === 1) setTimeout(() => response.destroy(), 20);
    });
    return true;
  };
  await using under = clientOf(server.host);
  assert.ok((await recycled(under.store, descriptor)).equals(bytes));
  assert.deepEqual(
    server.requests.map(({ headers }) => headers.range),
    [undefined, `bytes=2000000-${bytes.length - 1}`, `bytes=4000000-${bytes.length - 1}`],
  );
  assert.match(JSON.stringify(under.events), /no byte of the answer came within/);
});

test("A slow reader of a large blob is no stall, and holds the connection back", async () => {
  await using server = await registryServer();
  const content = randomBytes(64 << 20);
  const large = aBlob(content).descriptor;
  let sent = 0;
  server.intercept = (_, response) => {
    response.writeHead(200, { "content-length": content.length });
    const next = (): void => {
      if (sent === content.length) return void response.end();
      const piece = content.subarray(sent, sent + (1 << 20));
      sent += piece.length;
      response.write(piece, next);
    };
    next();
    return true;
  };
  await using under = clientOf(server.host);
  let first = true;
  let size = 0;
  for await (const chunk of under.store.read(large, { recycle: true })) {
    if (first) {
      first = false;
      await new Promise((resolve) => setTimeout(resolve, 700));
      // The rest of what was sent lies in the system's buffers.
      assert.ok(sent < 40 << 20, `${sent} bytes were sent to a reader who took none`);
    }
    size += chunk.length;
  }
  assert.equal(size, content.length);
});

test("A large body of other bytes, or with more bytes after its end, is found out or cut off", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, randomBytes(bytes.length));
  await using under = clientOf(server.host);
  await failureOf(recycled(under.store, descriptor), "CONTENT_MISMATCH");
  server.intercept = (_, response) => {
    response.socket?.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    response.socket?.write(bytes);
    response.socket?.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    return true;
  };
  assert.ok((await recycled(under.store, descriptor)).equals(bytes));
});

test("A reader that leaves early closes the connection, and the client goes on", async () => {
  await using server = await registryServer();
  server.blobs.set(descriptor.digest, bytes);
  await using under = clientOf(server.host);
  for await (const chunk of under.store.read(descriptor, { recycle: true })) {
    assert.ok(chunk.length > 0);
    break;
  }
  assert.ok((await recycled(under.store, descriptor)).equals(bytes));
});

test("A large blob comes over TLS as well", async () => {
  const certificate = aCertificate();
  const server = createServer(certificate, (_, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.end(bytes);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const dir = await mkdtemp(join(tmpdir(), "waybill-direct-"));
  try {
    await writeFile(join(dir, "ca.pem"), certificate.cert);
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using under = clientOf(host, { caFile: join(dir, "ca.pem"), endpoints: { [host]: { url: `https://${host}` } } });
    assert.ok((await recycled(under.store, descriptor)).equals(bytes));
    assert.ok((await recycled(under.store, descriptor)).equals(bytes));
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  }
});

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
