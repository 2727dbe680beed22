import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, encodedOf, mediaTypes, parseTag } from "../../../src/oci/index.ts";
import { bytesSource, type RegistryStore } from "../../../src/store/index.ts";
import { aManifest, clientOf } from "../../support/registry-client.ts";
import { type RegistryServer, refuse, registryServer, reply, sha256 } from "../../support/registry-server.ts";

const image = aManifest({ note: "image" });
const record = aManifest({ note: "record", subject: image.descriptor, artifactType: "application/vnd.test.record" });
const sbom = aManifest({ note: "sbom", subject: image.descriptor, artifactType: "application/vnd.test.sbom" });
const fallback = `sha256-${encodedOf(image.descriptor.digest)}`;

const attach = (store: RegistryStore, manifest: typeof record) => store.write(manifest.descriptor, bytesSource(manifest.bytes));
const listed = async (store: RegistryStore, artifactType?: string): Promise<readonly Digest[]> =>
  (await store.referrers(image.descriptor.digest, { artifactType })).map(({ digest }) => digest);
const both = [record.descriptor.digest, sbom.descriptor.digest].sort();

function listAt(server: RegistryServer): { readonly manifests: readonly { readonly digest: string }[] } {
  return JSON.parse(server.manifests.get(fallback)?.bytes.toString() ?? '{"manifests":[]}');
}

test("Where the registry has the API, it is asked, and no fallback tag is written", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  await attach(under.store, record);
  await attach(under.store, sbom);
  assert.deepEqual(await listed(under.store), both);
  assert.equal(server.manifests.has(fallback), false);
});

test("An artifact type that the registry did not filter by is filtered by here", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  await attach(under.store, record);
  await attach(under.store, sbom);
  assert.deepEqual(await listed(under.store, "application/vnd.test.sbom"), [sbom.descriptor.digest]);
  assert.ok(server.requests.at(-1)?.url.endsWith("?artifactType=application%2Fvnd.test.sbom"));
});

test("Without the API the fallback tag lists what refers to the image", async () => {
  await using server = await registryServer({ referrers: false });
  await using under = clientOf(server.host);
  assert.deepEqual(await listed(under.store), []);
  await attach(under.store, record);
  await attach(under.store, sbom);
  assert.deepEqual([...(await listed(under.store))].sort(), both);
  assert.deepEqual(await listed(under.store, "application/vnd.test.record"), [record.descriptor.digest]);
  assert.equal(server.manifests.get(fallback)?.type, mediaTypes.ociIndex);
});

test("Attaching many at once loses none", async () => {
  await using server = await registryServer({ referrers: false });
  await using under = clientOf(server.host);
  const all = Array.from({ length: 8 }, (_, n) => aManifest({ note: `n${n}`, subject: image.descriptor, artifactType: "a/b" }));
  await Promise.all(all.map((manifest) => attach(under.store, manifest)));
  assert.deepEqual(
    listAt(server)
      .manifests.map(({ digest }) => digest)
      .sort(),
    all.map(({ descriptor }) => descriptor.digest).sort(),
  );
});

test("A list that another writer overwrote is written again with both", async () => {
  await using server = await registryServer({ referrers: false });
  await using under = clientOf(server.host);
  const theirs = { mediaType: mediaTypes.ociManifest, digest: sbom.descriptor.digest, size: sbom.bytes.length, artifactType: "x/y" };
  let raced = false;
  server.intercept = (request, _, { url }) => {
    if (request.method !== "GET" || !url.endsWith(fallback) || raced || !server.manifests.has(fallback)) return false;
    raced = true;
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [theirs] }));
    server.manifests.set(fallback, { type: mediaTypes.ociIndex, bytes });
    server.manifests.set(sha256(bytes), { type: mediaTypes.ociIndex, bytes });
    return false;
  };
  await attach(under.store, record);
  assert.ok(raced);
  assert.deepEqual([...(await listed(under.store))].sort(), both);
});

test("An immutable repository without the API is a warning and no failure", async () => {
  await using server = await registryServer({ referrers: false });
  await using under = clientOf(server.host);
  await attach(under.store, record);
  server.intercept = (request, response, { url }) =>
    request.method === "PUT" && url.endsWith(fallback) && refuse(response, 400, "TAG_INVALID", "repository is immutable");
  assert.equal(await attach(under.store, sbom), "written");
  const warnings = under.events.filter((event) => event.kind === "message" && event.level === "warning");
  assert.equal(warnings.length, 1);
  assert.match(JSON.stringify(warnings), /repository is immutable/);
  assert.deepEqual(await listed(under.store), [record.descriptor.digest]);
});

test("A manifest that was written and not listed is listed when it is written again", async () => {
  await using server = await registryServer({ referrers: false });
  server.manifests.set(record.descriptor.digest, { type: record.descriptor.mediaType, bytes: Buffer.from(record.bytes) });
  await using under = clientOf(server.host);
  assert.equal(await attach(under.store, record), "existed");
  assert.deepEqual(await listed(under.store), [record.descriptor.digest]);
});

test("A manifest that is deleted leaves the fallback list", async () => {
  await using server = await registryServer({ referrers: false });
  await using under = clientOf(server.host);
  await attach(under.store, record);
  await attach(under.store, sbom);
  assert.equal(await under.store.delete(record.descriptor), true);
  assert.deepEqual(await listed(under.store), [sbom.descriptor.digest]);
});

test("What is no list at the fallback tag lists nothing", async () => {
  await using server = await registryServer({ referrers: false });
  server.manifests.set(parseTag(fallback), { type: image.descriptor.mediaType, bytes: Buffer.from(image.bytes) });
  await using under = clientOf(server.host);
  assert.deepEqual(await listed(under.store), []);
});

test("A page of HTML in place of the API leads to the fallback tag", async () => {
  await using server = await registryServer({ referrers: false });
  await using under = clientOf(server.host);
  await attach(under.store, record);
  server.intercept = (_, response, { url }) =>
    url.includes("/referrers/") && reply(response, 200, { "content-type": "text/html" }, "<html></html>");
  assert.deepEqual(await listed(under.store), [record.descriptor.digest]);
});

test("A registry that has no path for referrers is asked for them once; one that says what it lacks is asked again", async () => {
  for (const [type, body, times] of [
    ["text/plain; charset=utf-8", "404 page not found\n", 1],
    ["application/json", '{"errors":[{"code":"NAME_UNKNOWN","message":"no such repository"}]}', 3],
  ] as const) {
    await using server = await registryServer();
    server.intercept = (_, response, { url }) => {
      if (!url.includes("/referrers/")) return false;
      response.writeHead(404, { "content-type": type });
      response.end(body);
      return true;
    };
    await using under = clientOf(server.host);
    for (let time = 0; time < 3; time++) assert.deepEqual(await listed(under.store), []);
    assert.equal(server.requests.filter(({ url }) => url.includes("/referrers/")).length, times, type);
  }
});
