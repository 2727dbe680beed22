import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { FailureCode } from "../../../src/failure/index.ts";
import { mediaTypes, parseTag } from "../../../src/oci/index.ts";
import { bytesSource, copy, memoryStore, type RegistryStore, staticSignIn } from "../../../src/store/index.ts";
import { layerEntries } from "../../../src/validate/archive.ts";
import { anImage } from "../../support/images.ts";
import { aBlob, allOf, aManifest, clientOf, failureOf } from "../../support/registry-client.ts";
import { refuse, registryServer, reply } from "../../support/registry-server.ts";

const bytes = randomBytes(50_000);
const { descriptor: blob } = aBlob(bytes);
const { descriptor: manifest, bytes: manifestBytes } = aManifest({ note: "ours" });
const challenge = (host: string) => ({ "www-authenticate": `Bearer realm="http://${host}/token",service="x"` });

/** Answers with a body that has no end; resolves when the client hangs up. */
function endless(response: ServerResponse, status: number, type: string, piece: Uint8Array = Buffer.alloc(65_536, 32)): Promise<number> {
  let sent = 0;
  response.writeHead(status, { "content-type": type });
  const more = (): void => {
    if (response.destroyed) return;
    sent += piece.length;
    response.write(piece, () => setImmediate(more));
  };
  more();
  return new Promise((resolve) => response.on("close", () => resolve(sent)));
}

const readers: readonly (readonly [string, string, number, string, FailureCode, (store: RegistryStore) => Promise<unknown>])[] = [
  ["a manifest", "/manifests/", 200, manifest.mediaType, "REGISTRY_PROTOCOL", (store) => allOf(store.read(manifest))],
  ["a list of tags", "/tags/", 200, "application/json", "REGISTRY_PROTOCOL", (store) => Array.fromAsync(store.tags())],
  ["a list of referrers", "/referrers/", 200, mediaTypes.ociIndex, "REGISTRY_PROTOCOL", (store) => store.referrers(manifest.digest)],
  ["a blob", "/blobs/", 200, "application/octet-stream", "CONTENT_MISMATCH", (store) => allOf(store.read(blob))],
  ["an error", "/tags/", 400, "application/json", "REGISTRY_ERROR", (store) => Array.fromAsync(store.tags())],
  ["an error in HTML", "/manifests/", 403, "text/html", "DENIED", (store) => allOf(store.read(manifest))],
  ["a token", "/token", 200, "application/json", "REGISTRY_PROTOCOL", (store) => store.has(blob)],
  ["a token's refusal", "/token", 401, "application/json", "UNAUTHORIZED", (store) => store.has(blob)],
  ["what a redirect leads to", "/moved", 200, "application/octet-stream", "CONTENT_MISMATCH", (store) => allOf(store.read(blob))],
  ["what is of no interest", "/blobs/uploads/", 202, "text/plain", "REGISTRY_PROTOCOL", (store) => store.write(blob, bytesSource(bytes))],
];
for (const [what, path, status, type, code, read] of readers) {
  test(`A body without end ends in an error, and its connection with it: ${what}`, async () => {
    await using server = await registryServer();
    let hungUp: Promise<number> | undefined;
    server.intercept = (request, response, { url }) => {
      if (path === "/token" && !url.startsWith(path)) return refuse(response, 401, "UNAUTHORIZED", "", challenge(server.host));
      if (path === "/moved" && !url.startsWith(path)) return reply(response, 307, { location: "/moved" });
      if (!url.includes(path) || request.method === "HEAD") return false;
      request.resume();
      hungUp = endless(response, status, type);
      return true;
    };
    const signIn = staticSignIn({ [server.host]: { kind: "basic", username: "ann", password: "secret" } });
    await using under = clientOf(server.host, { signIn });
    await failureOf(read(under.store), code);
    const sent = await hungUp;
    assert.ok(sent !== undefined && sent < 40 * 1024 * 1024, `${sent} bytes were sent`);
  });
}

test("A body that is packed is not unpacked, however large it would be", async () => {
  await using server = await registryServer();
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  server.intercept = (_, response) =>
    reply(response, 200, { "content-encoding": "gzip", "content-type": manifest.mediaType, "content-length": bomb.length }, bomb);
  await using under = clientOf(server.host);
  const before = process.memoryUsage().rss;
  await failureOf(allOf(under.store.read(manifest)), "CONTENT_MISMATCH");
  await failureOf(allOf(under.store.read(blob)), "CONTENT_MISMATCH");
  await failureOf(Array.fromAsync(under.store.tags()), "REGISTRY_PROTOCOL");
  assert.ok(process.memoryUsage().rss - before < 48 * 1024 * 1024);
  for (const { headers } of server.requests.slice(0, 2)) assert.equal(headers["accept-encoding"], "identity");
});

test("A layer that unpacks to very much ends in an error when the reader has had enough", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  const bomb = gzipSync(Buffer.concat([tarHeader("zeros", 256 * 1024 * 1024), Buffer.alloc(64 * 1024 * 1024)]));
  const layer = aBlob(bomb);
  await under.store.write(layer.descriptor, layer.source);
  const enough = new Error("enough");
  let unpacked = 0;
  const taken = (size: number): void => {
    unpacked += size;
    if (unpacked > 8 * 1024 * 1024) throw enough;
  };
  const readAll = async (): Promise<void> => {
    for await (const { content } of layerEntries(under.store, layer.descriptor, { taken })) for await (const _ of content);
  };
  await assert.rejects(readAll(), (thrown) => thrown === enough);
  assert.ok(unpacked < 16 * 1024 * 1024);
});

for (const [what, length, code] of [
  ["more than it sends", bytes.length + 10, "CONTENT_MISMATCH"],
  ["less than it has", bytes.length - 10, "CONTENT_MISMATCH"],
] as const) {
  test(`A Content-Length of a blob that says ${what} ends in an error`, async () => {
    await using server = await registryServer();
    server.intercept = (_, response) => {
      response.writeHead(200, { "content-length": length });
      response.write(bytes.subarray(0, Math.min(length, bytes.length)), () => response.destroy());
      return true;
    };
    await using under = clientOf(server.host);
    await failureOf(allOf(under.store.read(blob)), code);
    assert.equal(server.requests.length, 1);
  });
}

test("A Content-Length of a manifest that is a lie ends in an error, or is not what counts", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  server.intercept = (_, response) => {
    response.writeHead(200, { "content-type": manifest.mediaType, "content-length": manifestBytes.length + 10 });
    response.write(manifestBytes, () => response.destroy());
    return true;
  };
  await failureOf(allOf(under.store.read(manifest)), "REGISTRY_UNREACHABLE");
  server.intercept = (_, response) =>
    reply(response, 200, { "content-type": manifest.mediaType, "content-length": 20 }, manifestBytes.subarray(0, 20));
  await failureOf(allOf(under.store.read(manifest)), "CONTENT_MISMATCH");
  // A HEAD that lies is found out when the content is read.
  server.intercept = (request, response) =>
    request.method === "HEAD" &&
    reply(response, 200, { "content-type": manifest.mediaType, "content-length": 7, "docker-content-digest": manifest.digest });
  server.manifests.set(manifest.digest, { type: manifest.mediaType, bytes: Buffer.from(manifestBytes) });
  const resolved = await under.store.resolve(parseTag("latest"));
  assert.ok(resolved);
  await failureOf(allOf(under.store.read(resolved)), "CONTENT_MISMATCH");
});

test("A layer of another digest never becomes part of a copy", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  const source = memoryStore();
  const image = await anImage(source);
  await copy(source, under.store, image);
  const [layer] = [...server.blobs.keys()].slice(-1);
  assert.ok(layer);
  server.blobs.set(layer, Buffer.from(server.blobs.get(layer) ?? []).fill(1, 5, 6));
  const target = memoryStore();
  await failureOf(copy(under.store, target, image), "CONTENT_MISMATCH");
  assert.equal(await target.resolve(image.digest), undefined);
});

/** The head of a file in an archive (POSIX ustar). */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write("0000644\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("0", 156);
  header.write("ustar\u000000", 257);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
