import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf, mediaTypes, parseTag } from "../../../../src/oci/index.ts";
import { failureOf } from "../../../support/registry-client.ts";
import { compatible, pushed, using, type Vendor } from "../../../support/registry-compatible.ts";
import { askedOf, bearer, before, immutable, placing, vendorOf } from "../../../support/registry-quirks.ts";
import { amend, refuse, registryServer, reply } from "../../../support/registry-server.ts";

/**
 * Harbor: tokens from its own host for the service harbor-registry, with an empty access_token beside; the referrers API without
 * OCI-Subject before 2.9 (goharbor/harbor#18865), whose list of an unknown subject is `{}`; immutable tags 412; the quota 403.
 */
async function start(): Promise<Vendor> {
  const server = await registryServer();
  before(server, (request, response, recorded) => {
    const asked = askedOf(recorded);
    if (asked?.kind === "manifests" && request.method === "PUT") return amend(response, () => ({ headers: { "oci-subject": undefined } }));
    if (asked?.kind !== "referrers") return false;
    response.setHeader("x-total-count", "0");
    return !server.manifests.has(asked.rest) && reply(response, 200, { "content-type": mediaTypes.ociIndex }, "{}\n");
  });
  placing(server, (path) => `${path}?_state=abc`);
  bearer(server, {
    realm: server,
    path: "/service/token",
    service: "harbor-registry",
    answer: (token) => ({ token, access_token: "", expires_in: 1800, issued_at: new Date().toISOString() }),
  });
  return vendorOf(server, { scheme: "Bearer" });
}

compatible("Harbor", start, { referrers: "api" });

test("Harbor: an image that is not there has nothing attached", async () => {
  await using(start, async (store) => assert.deepEqual(await store.referrers(digestOf("nothing")), []));
});

test("Harbor: a tag that a rule makes immutable (412) is TAG_IMMUTABLE", async () => {
  await using(start, async (store, { server }) => {
    const rule = server.intercept;
    server.intercept = () => false;
    immutable(server, (response, tag) =>
      refuse(response, 412, "PRECONDITION", `Failed to process request due to 'app:${tag}' configured as immutable.`),
    );
    const refusing = server.intercept;
    server.intercept = async (request, response, recorded) =>
      (request.headers.authorization !== undefined && (await refusing(request, response, recorded))) ||
      (await rule(request, response, recorded));
    const images = [await pushed(store), await pushed(store)] as const;
    await store.tag(parseTag("v1"), images[0]);
    const failure = await failureOf(store.tag(parseTag("v1"), images[1]), "TAG_IMMUTABLE");
    assert.match(failure.message, /412 PRECONDITION "Failed to process request due to 'app:v1' configured as immutable\."/);
  });
});

for (const [what, method, status, registryCode, words, code, hint] of [
  [
    "a used-up quota",
    "PUT",
    403,
    "DENIED",
    "adding 29.0 MiB of storage resource will exceed the configured upper limit of 10.0 MiB.",
    "DENIED",
    /quota/,
  ],
  ["a project that is not there", "POST", 404, "NOT_FOUND", "project team not found", "NOT_FOUND", /Create the repository/],
  [
    "a project that is not for this robot",
    "POST",
    403,
    "FORBIDDEN",
    "unauthorized to access repository: team/app, action: push",
    "DENIED",
    /right to do this/,
  ],
  ["a blob that the manifest lacks", "PUT", 412, "PROJECTPOLICYVIOLATION", "the image is not signed", "REGISTRY_ERROR", /own words/],
] as const) {
  test(`Harbor: ${what} is ${code} with its words`, async () => {
    await using(start, async (store, { server }) => {
      const rule = server.intercept;
      server.intercept = (request, response, recorded) =>
        request.method === method && request.headers.authorization !== undefined
          ? refuse(response, status, registryCode, words)
          : rule(request, response, recorded);
      const failure = await failureOf(pushed(store), code);
      assert.ok(failure.message.includes(`${status} ${registryCode} "${words}"`), failure.message);
      assert.match(failure.hint ?? "", hint);
      assert.equal(failure.facts["registryCode"], registryCode);
    });
  });
}
