import assert from "node:assert/strict";
import { test } from "node:test";
import { encodedOf, mediaTypes } from "../../../src/oci/index.ts";
import { bytesSource, copy, memoryStore } from "../../../src/store/index.ts";
import { anIndex } from "../../support/images.ts";
import { aManifest, clientOf, failureOf } from "../../support/registry-client.ts";
import { type Intercept, refuse, registryServer, reply } from "../../support/registry-server.ts";

const image = aManifest({ note: "image" });
const record = aManifest({ note: "record", subject: image.descriptor, artifactType: "a/b" });
const ociIndex = { "content-type": mediaTypes.ociIndex };
const listing =
  (body: string, headers: Record<string, string> = ociIndex): Intercept =>
  (_, response, { url }) =>
    url.includes("/referrers/") && reply(response, 200, headers, body);

test("An empty object lists nothing, as Harbor answers for a subject that it lacks", async () => {
  await using server = await registryServer({ intercept: listing("{}\n") });
  await using under = clientOf(server.host);
  assert.deepEqual(await under.store.referrers(image.descriptor.digest), []);
  assert.equal(server.requests.length, 1);
});

test("A list that is none is no registry's answer", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  for (const body of ["null", "[]", '{"manifests":[{}]}', "", '{"schemaVersion":2,"manifests":[']) {
    server.intercept = listing(body);
    await failureOf(under.store.referrers(image.descriptor.digest), "REGISTRY_PROTOCOL");
  }
});

test("A list that never ends, in one page or in many, ends in an error", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  server.intercept = (_, response, { url }) => {
    const page = Number(new URL(url, "http://x").searchParams.get("page") ?? 0);
    const link = `<${url.split("?", 1)[0]}?page=${page + 1}>; rel="next"`;
    return reply(response, 200, { ...ociIndex, link }, '{"schemaVersion":2,"manifests":[]}');
  };
  await failureOf(under.store.referrers(image.descriptor.digest), "REGISTRY_PROTOCOL");
  server.intercept = (_, response) => {
    response.writeHead(200, ociIndex);
    const more = (): void => void (response.destroyed || response.write(Buffer.alloc(65_536, 32), () => setImmediate(more)));
    more();
    return true;
  };
  await failureOf(under.store.referrers(image.descriptor.digest), "REGISTRY_PROTOCOL");
});

test("A registry that takes the fallback tag for the image itself lists none of its children, and is warned of once", async () => {
  await using server = await registryServer({ referrers: false });
  const memory = memoryStore();
  const index = await anIndex(memory, ["linux/amd64", "linux/arm64"]);
  await using under = clientOf(server.host);
  const attached = aManifest({ note: "record", subject: index, artifactType: "a/b" });
  server.intercept = (_, response, recorded) => {
    const dashed = `/manifests/sha256-${encodedOf(index.digest)}`;
    if (!recorded.url.endsWith(dashed)) return false;
    if (recorded.method === "PUT") return refuse(response, 400, "DIGEST_INVALID", "provided digest did not match uploaded content");
    const held = server.manifests.get(index.digest);
    return reply(response, 200, { "content-type": index.mediaType }, recorded.method === "GET" ? held?.bytes : undefined);
  };
  await copy(memory, under.store, index);
  assert.deepEqual(await under.store.referrers(index.digest), []);
  assert.equal(await under.store.write(attached.descriptor, bytesSource(attached.bytes)), "written");
  assert.equal(under.events.filter((event) => event.kind === "message" && event.level === "warning").length, 1);
  assert.deepEqual(await under.store.resolve(attached.descriptor.digest), attached.descriptor);
});

test("A page of the list that points elsewhere is not followed there", async () => {
  await using server = await registryServer();
  await using other = await registryServer();
  server.intercept = listing('{"schemaVersion":2,"manifests":[]}', { ...ociIndex, link: `<http://${other.host}/v2/x>; rel="next"` });
  await using under = clientOf(server.host);
  assert.deepEqual(await under.store.referrers(record.descriptor.digest), []);
  assert.equal(other.requests.length, 0);
});
