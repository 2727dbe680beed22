import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { parseTag } from "../../../../src/oci/index.ts";
import { copy } from "../../../../src/store/index.ts";
import { aBlob, allOf, clientOf, failureOf, piecesOf } from "../../../support/registry-client.ts";
import { compatible, pushed, using, type Vendor } from "../../../support/registry-compatible.ts";
import { askedOf, before, immutable, objectStorage, placing, vendorOf, withoutMounts } from "../../../support/registry-quirks.ts";
import { amend, refuse, registryServer } from "../../../support/registry-server.ts";

/**
 * Amazon ECR: Basic; blobs from S3 by a signed URL (307); a mount is answered with an upload; pieces are answered with 201 and a Range
 * that stays where the first ended (aws/containers-roadmap#2831); a session that is begun again is 416 (apple/containerization#790);
 * its status cannot be asked; an upload without bytes cannot be ended (radius-project/radius#7855); a tag's HEAD lacks the digest.
 */
async function start(): Promise<Vendor> {
  const server = await registryServer();
  const first = new Map<string, string>();
  before(server, (request, response, recorded) => {
    const asked = askedOf(recorded);
    if (asked?.kind === "manifests" && request.method === "HEAD" && !asked.rest.includes(":")) {
      return amend(response, () => ({ headers: { "docker-content-digest": undefined } }));
    }
    if (asked?.kind !== "blobs/uploads" || asked.rest === "") return false;
    if (request.method === "GET") return refuse(response, 405, "UNSUPPORTED", "The operation is unsupported.");
    const taken = (server.uploads.get(asked.rest) ?? []).reduce((sum, chunk) => sum + chunk.length, 0);
    const from = /^(\d+)-/.exec(String(request.headers["content-range"]))?.[1] ?? (request.headers["content-length"] === "0" ? taken : 0);
    if (Number(from) !== taken) {
      return refuse(response, 416, "BLOB_UPLOAD_INVALID", `First byte of the layer part is ${from} instead of ${taken}`);
    }
    if (request.method === "PUT" && taken === 0 && request.headers["content-length"] === "0") {
      return refuse(response, 400, "BLOB_UPLOAD_INVALID", "The upload cannot be completed because it does not have any parts.");
    }
    if (request.method !== "PATCH") return false;
    return amend(response, (_, { range }) => {
      if (!first.has(asked.rest)) first.set(asked.rest, String(range));
      return { status: 201, headers: { range: first.get(asked.rest) } };
    });
  });
  placing(server, (path) => `http://${server.host}${path}`);
  withoutMounts(server);
  const storage = await objectStorage(server);
  return vendorOf(server, { scheme: "Basic", elsewhere: [storage] }, storage);
}

compatible("ECR", start, { referrers: "api" });

test("ECR: a blob of another repository is asked for, and sent in the upload that is opened instead", async () => {
  await using(start, async (store, { server, host, options }) => {
    const image = await pushed(store);
    await using under = clientOf(host, options);
    const [from, to] = ["team/app", "team/other"].map((repository) => under.client.repository({ host, repository }));
    assert.ok(from !== undefined && to !== undefined);
    const rule = server.intercept;
    // The test's registry has one set of contents for all its repositories.
    server.intercept = (request, response, recorded) =>
      askedOf(recorded)?.name === "team/other" && request.method === "HEAD"
        ? refuse(response, 404, "BLOB_UNKNOWN")
        : rule(request, response, recorded);
    const sofar = server.requests.length;
    const { written, mounted } = await copy(from, to, image);
    assert.deepEqual([written, mounted], [3, 0]);
    // One POST for each blob: the session of the refused mount is used.
    assert.equal(server.requests.slice(sofar).filter(({ method }) => method === "POST").length, 2);
  });
});

test("ECR: an upload that breaks is begun anew, because its session can neither be asked nor restarted", async () => {
  await using(start, async (store, { server }) => {
    const bytes = randomBytes(200_000);
    const { descriptor } = aBlob(bytes);
    let broken = false;
    before(server, (request) => {
      if (request.method !== "PUT" || broken) return false;
      broken = true;
      const [session] = server.uploads.values();
      request.once("data", (chunk: Buffer) => {
        session?.push(chunk);
        request.socket.destroy();
      });
      return true;
    });
    await store.write(descriptor, piecesOf(bytes, 50_000));
    assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
    assert.equal(server.requests.filter(({ method }) => method === "POST").length, 2);
  });
});

test("ECR: a tag that may not move is TAG_IMMUTABLE, and kept where it holds the same", async () => {
  await using(start, async (store, { server }) => {
    const tag = parseTag("v1");
    const images = [await pushed(store), await pushed(store)] as const;
    immutable(server, (response, name) =>
      refuse(
        response,
        400,
        "TAG_INVALID",
        `The image tag '${name}' already exists in the 'team/app' repository and cannot be overwritten because the tag is immutable.`,
      ),
    );
    assert.deepEqual(await store.tag(tag, images[0]), { outcome: "created" });
    assert.deepEqual(await store.tag(tag, images[0]), { outcome: "kept" });
    const failure = await failureOf(store.tag(tag, images[1]), "TAG_IMMUTABLE");
    assert.match(failure.message, /400 TAG_INVALID "The image tag 'v1' already exists/);
    assert.deepEqual(await store.tag(tag, images[1], { ifAbsent: true }), { outcome: "present", holds: images[0] });
  });
});

test("ECR: a repository that does not exist, and an empty blob, are one clear failure each", async () => {
  await using(start, async (store, { server }) => {
    const empty = aBlob(new Uint8Array());
    const refused = await failureOf(store.write(empty.descriptor, empty.source), "REGISTRY_ERROR");
    assert.match(refused.message, /400 BLOB_UPLOAD_INVALID "The upload cannot be completed because it does not have any parts\."/);
    before(server, (_, response) => refuse(response, 404, "NAME_UNKNOWN", "The repository with name 'team/app' does not exist"));
    const blob = aBlob(randomBytes(10));
    const missing = await failureOf(store.write(blob.descriptor, blob.source), "NOT_FOUND");
    assert.match(missing.hint ?? "", /Create the repository team\/app/);
    await failureOf(allOf(store.read(blob.descriptor)), "NOT_FOUND");
  });
});
