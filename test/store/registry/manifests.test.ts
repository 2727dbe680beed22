import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, mediaTypes, parseTag } from "../../../src/oci/index.ts";
import { bytesSource, findManifest, readManifest } from "../../../src/store/index.ts";
import { aBlob, allOf, aManifest, clientOf, failureOf } from "../../support/registry-client.ts";
import { type Intercept, refuse, registryServer, reply } from "../../support/registry-server.ts";

const tag = parseTag("latest");
const { descriptor, bytes } = aManifest({ note: "ours" });
const other = aManifest({ note: "other" });
const held = { type: descriptor.mediaType, bytes: Buffer.from(bytes) };

/** Answers HEAD and GET of manifests with these headers and bytes. */
function answering(headers: Record<string, string | number>, body: Uint8Array = bytes): Intercept {
  return (request, response) => {
    if (request.method !== "HEAD" && request.method !== "GET") return false;
    response.writeHead(200, headers);
    response.end(request.method === "HEAD" ? undefined : body);
    return true;
  };
}

test("A manifest that was written is resolved by digest and by tag, and reads the same", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  assert.equal(await under.store.resolve(descriptor.digest), undefined);
  assert.equal(await under.store.write(descriptor, bytesSource(bytes)), "written");
  assert.equal(await under.store.write(descriptor, bytesSource(bytes)), "existed");
  assert.deepEqual(await under.store.tag(tag, descriptor), { outcome: "created" });
  assert.deepEqual(await under.store.resolve(tag), descriptor);
  assert.deepEqual(await under.store.resolve(descriptor.digest), descriptor);
  assert.equal(await under.store.has(descriptor), true);
  assert.equal((await readManifest(under.store, descriptor)).annotations?.["note"], "ours");
});

test("Resolving says which types are understood", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  await under.store.resolve(tag);
  for (const type of [mediaTypes.ociManifest, mediaTypes.ociIndex, mediaTypes.dockerManifest, mediaTypes.dockerIndex]) {
    assert.ok(server.requests[0]?.headers.accept?.includes(type));
  }
});

test("A registry that leaves the digest header out has its manifest read and hashed", async () => {
  await using server = await registryServer();
  server.intercept = answering({ "content-type": descriptor.mediaType });
  await using under = clientOf(server.host);
  assert.deepEqual(await under.store.resolve(tag), descriptor);
  assert.deepEqual(
    server.requests.map(({ method }) => method),
    ["HEAD", "GET"],
  );
});

test("A registry that calls a manifest plain JSON has its type read from the manifest", async () => {
  await using server = await registryServer();
  server.intercept = answering({ "content-type": "application/json; charset=utf-8" });
  await using under = clientOf(server.host);
  assert.deepEqual(await under.store.resolve(tag), descriptor);
});

test("A page of HTML is no registry's answer", async () => {
  await using server = await registryServer();
  server.intercept = answering({ "content-type": "text/html; charset=utf-8" }, Buffer.from("<html><title>Sign in</title></html>"));
  await using under = clientOf(server.host);
  await failureOf(under.store.resolve(tag), "REGISTRY_PROTOCOL");
  await failureOf(allOf(under.store.read(descriptor)), "REGISTRY_PROTOCOL");
  await failureOf(Array.fromAsync(under.store.tags()), "REGISTRY_PROTOCOL");
});

test("A manifest of a type that is none of those is refused", async () => {
  await using server = await registryServer();
  server.intercept = answering({ "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" });
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.resolve(tag), "REGISTRY_PROTOCOL");
  assert.match(failure.message, /manifest\.v1\+prettyjws, which is no type of manifest/);
});

test("Bytes that are not those of the digest asked for are a mismatch", async () => {
  await using server = await registryServer();
  server.intercept = answering({ "content-type": descriptor.mediaType }, other.bytes);
  await using under = clientOf(server.host);
  await failureOf(allOf(under.store.read(descriptor)), "CONTENT_MISMATCH");
});

test("A digest header that names something else than was asked for is a mismatch", async () => {
  await using server = await registryServer();
  server.intercept = answering({
    "content-type": descriptor.mediaType,
    "content-length": 10,
    "docker-content-digest": other.descriptor.digest,
  });
  await using under = clientOf(server.host);
  await failureOf(under.store.resolve(descriptor.digest), "CONTENT_MISMATCH");
});

test("A digest header that differs from the bytes of a tag is a mismatch", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) =>
    request.method === "HEAD"
      ? reply(response, 405)
      : reply(response, 200, { "content-type": descriptor.mediaType, "docker-content-digest": other.descriptor.digest }, bytes);
  await using under = clientOf(server.host);
  await failureOf(under.store.resolve(tag), "CONTENT_MISMATCH");
});

test("A digest header that is no digest is no registry's answer", async () => {
  await using server = await registryServer();
  server.intercept = answering({ "content-type": descriptor.mediaType, "content-length": 10, "docker-content-digest": "sha256:short" });
  await using under = clientOf(server.host);
  await failureOf(under.store.resolve(tag), "REGISTRY_PROTOCOL");
});

test("A manifest larger than manifests may be is not read to its end", async () => {
  await using server = await registryServer();
  server.intercept = (_, response) => {
    response.writeHead(200, { "content-type": descriptor.mediaType });
    const more = (): void => {
      if (!response.destroyed) response.write(Buffer.alloc(65_536, 32), () => setImmediate(more));
    };
    more();
    return true;
  };
  await using under = clientOf(server.host);
  const failure = await failureOf(allOf(under.store.read(descriptor)), "REGISTRY_PROTOCOL");
  assert.match(failure.message, /more than the 4194304 bytes/);
});

test("A manifest whose bytes are not its digest's never leaves", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  await failureOf(under.store.write(descriptor, bytesSource(other.bytes)), "CONTENT_MISMATCH");
  assert.equal(server.requests.length, 0);
});

test("A registry that stores a manifest under another digest is not believed", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => {
    if (request.method !== "PUT") return false;
    request.resume();
    response.writeHead(201, { "docker-content-digest": digestOf("else") }).end();
    return true;
  };
  await using under = clientOf(server.host);
  await failureOf(under.store.write(descriptor, bytesSource(bytes)), "CONTENT_MISMATCH");
});

test("A tag that names the manifest is kept, one that names another is moved", async () => {
  await using server = await registryServer();
  server.manifests.set(descriptor.digest, held);
  server.manifests.set("latest", { type: held.type, bytes: Buffer.from(other.bytes) });
  await using under = clientOf(server.host);
  assert.deepEqual(await under.store.tag(tag, descriptor, { ifAbsent: true }), { outcome: "present", holds: other.descriptor });
  assert.deepEqual(await under.store.tag(tag, descriptor), { outcome: "moved" });
  assert.deepEqual(await under.store.tag(tag, descriptor), { outcome: "kept" });
});

test("A tag cannot be pointed at a manifest that is not there", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  await failureOf(under.store.tag(tag, descriptor), "NOT_FOUND");
});

for (const [status, code] of [
  [400, "TAG_INVALID"],
  [405, "UNSUPPORTED"],
  [409, "CONFLICT"],
  [412, "PRECONDITION"],
] as const) {
  test(`A tag that the registry refuses to move (${status}) is judged by what it holds then`, async () => {
    await using server = await registryServer();
    server.manifests.set(descriptor.digest, held);
    const theirs = { type: held.type, bytes: Buffer.from(other.bytes) };
    server.intercept = (request, response, { url }) =>
      request.method === "PUT" && url.endsWith("/latest") && refuse(response, status, code, "tag is immutable");
    await using under = clientOf(server.host);

    server.manifests.set("latest", theirs);
    const failure = await failureOf(under.store.tag(tag, descriptor), "TAG_IMMUTABLE");
    assert.match(failure.message, new RegExp(`holds ${other.descriptor.digest}.*"tag is immutable"`));

    // Absent when looked at first, and taken by another publisher when written.
    const before = server.intercept;
    const race = (faster: typeof held): void => {
      server.manifests.delete("latest");
      server.intercept = (request, response, recorded) => {
        if (request.method === "PUT") server.manifests.set("latest", faster);
        return before(request, response, recorded);
      };
    };
    race(theirs);
    assert.deepEqual(await under.store.tag(tag, descriptor, { ifAbsent: true }), { outcome: "present", holds: other.descriptor });
    race(held);
    assert.deepEqual(await under.store.tag(tag, descriptor, { ifAbsent: true }), { outcome: "kept" });
  });
}

test("A refusal for the manifest's sake is not taken for the tag's", async () => {
  await using server = await registryServer();
  server.manifests.set(descriptor.digest, held);
  server.manifests.set("latest", { type: held.type, bytes: Buffer.from(other.bytes) });
  server.intercept = (request, response) => request.method === "PUT" && refuse(response, 400, "MANIFEST_BLOB_UNKNOWN");
  await using under = clientOf(server.host);
  await failureOf(under.store.tag(tag, descriptor), "REGISTRY_ERROR");
});

test("Content that went away while it was pushed is not taken for a missing repository", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => request.method === "PUT" && refuse(response, 404, "MANIFEST_BLOB_UNKNOWN");
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.write(descriptor, bytesSource(bytes)), "REGISTRY_ERROR");
  assert.match(failure.message, /content was removed while it was pushed/);
});

test("What was asked for and written a moment ago is neither asked for nor read again", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  assert.equal(await under.store.has(descriptor), false);
  assert.equal(await under.store.write(descriptor, bytesSource(bytes)), "written");
  assert.deepEqual(await under.store.tag(tag, descriptor), { outcome: "created" });
  assert.deepEqual(
    server.requests.map(({ method, url }) => `${method} ${url.split("/").at(-1)}`),
    [`HEAD ${descriptor.digest}`, `PUT ${descriptor.digest}`, "HEAD latest", "PUT latest"],
  );
  await under.store.deleteTag(tag);
  await under.store.delete(descriptor);
  await failureOf(under.store.tag(tag, descriptor), "NOT_FOUND");
});

test("A manifest is had by its tag in one request, verified, and not asked for again by who may have it from memory", async () => {
  await using server = await registryServer();
  server.manifests.set("latest", held);
  server.manifests.set(descriptor.digest, held);
  await using under = clientOf(server.host);
  assert.deepEqual(await findManifest(under.store, tag), { descriptor, bytes: Buffer.from(bytes) });
  assert.equal(await findManifest(under.store, parseTag("other")), undefined);
  assert.equal((await readManifest(under.store, descriptor, { remembered: true })).annotations?.["note"], "ours");
  const asked = (): readonly string[] => server.requests.map(({ method, url }) => `${method} ${url.split("/").at(-1)}`);
  assert.deepEqual(asked(), ["GET latest", "GET other"]);
  // Who checks what is there asks.
  assert.equal((await readManifest(under.store, descriptor)).annotations?.["note"], "ours");
  assert.equal(asked().at(-1), `GET ${descriptor.digest}`);
  server.intercept = answering({ "content-type": descriptor.mediaType, "docker-content-digest": descriptor.digest }, other.bytes);
  await failureOf(findManifest(under.store, tag), "CONTENT_MISMATCH");
});

test("What is known to be new is written without asking whether it is there", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  assert.equal(await under.store.write(descriptor, bytesSource(bytes), { isNew: true }), "written");
  const blob = aBlob(Buffer.from("new"));
  assert.equal(await under.store.write(blob.descriptor, blob.source, { isNew: true }), "written");
  assert.deepEqual(
    server.requests.filter(({ method }) => method === "HEAD"),
    [],
  );
});

test("Tags and content are deleted, and what is absent gives false", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  await under.store.write(descriptor, bytesSource(bytes));
  await under.store.tag(tag, descriptor);
  assert.equal(await under.store.deleteTag(tag), true);
  assert.equal(await under.store.deleteTag(tag), false);
  assert.equal(await under.store.delete(descriptor), true);
  assert.equal(await under.store.delete(descriptor), false);
});

test("A registry that does not delete says so", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => request.method === "DELETE" && refuse(response, 405, "UNSUPPORTED");
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.deleteTag(tag), "REGISTRY_ERROR");
  assert.match(failure.message, /the registry does not delete/);
});
