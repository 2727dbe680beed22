import assert from "node:assert/strict";
import { request } from "node:https";
import { test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aCertificate } from "../support/registry-certificate.ts";

test("a certificate and a key make it HTTPS", async () => {
  const tls = aCertificate();
  await using registry = await anEmbeddedRegistry({ tls });
  assert.match(registry.served.url, /^https:\/\/127\.0\.0\.1:\d+$/);
  const status = await new Promise((resolve, reject) => {
    const asked = request(`${registry.served.url}/v2/`, { ca: tls.cert, agent: false }, (answer) => resolve(answer.resume().statusCode));
    asked.on("error", reject).end();
  });
  assert.equal(status, 200);
});

test("a key of another certificate is refused", async () => {
  await assert.rejects(
    anEmbeddedRegistry({ tls: { cert: aCertificate().cert, key: aCertificate().key } }),
    (thrown) => thrown instanceof Failure && thrown.code === "CONFIG_INVALID",
  );
  await assert.rejects(anEmbeddedRegistry({ tls: { cert: "no", key: "no" } }), (thrown) => thrown instanceof Failure);
});
