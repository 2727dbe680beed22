import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { test } from "node:test";
import { retryAfterMs } from "../../../src/store/registry/retry-after.ts";
import { aBlob, aManifest, clientOf, failureOf } from "../../support/registry-client.ts";
import { cut, refuse, registryServer, reply } from "../../support/registry-server.ts";

const { descriptor } = aBlob(randomBytes(100));

for (const status of [408, 425, 429, 500, 502, 503, 504]) {
  test(`A ${status} is asked again, and told as an event`, async () => {
    await using server = await registryServer();
    let left = 2;
    server.intercept = (_, response) => left-- > 0 && refuse(response, status, "TOOMANYREQUESTS", "slow down");
    await using under = clientOf(server.host);
    assert.equal(await under.store.has(descriptor), false);
    assert.equal(server.requests.length, 3);
    const events = under.events.filter((event) => event.kind === "retry");
    assert.deepEqual(
      events.map(({ method, attempt }) => [method, attempt]),
      [
        ["HEAD", 1],
        ["HEAD", 2],
      ],
    );
    assert.match(events[0]?.cause ?? "", new RegExp(`${status}`));
  });
}

for (const status of [400, 401, 403, 405, 409, 410, 412, 413, 422, 501]) {
  test(`A ${status} is not asked again`, async () => {
    await using server = await registryServer();
    server.intercept = (_, response) => refuse(response, status, "UNSUPPORTED");
    await using under = clientOf(server.host);
    await failureOf(under.store.has(descriptor), status === 401 ? "UNAUTHORIZED" : status === 403 ? "DENIED" : "REGISTRY_ERROR");
    assert.equal(server.requests.length, 1);
  });
}

test("A 404 is an answer, and not asked again", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  assert.equal(await under.store.has(descriptor), false);
  assert.equal(server.requests.length, 1);
});

test("A blob's HEAD that is answered for another blob is asked again", async () => {
  await using server = await registryServer();
  let left = 1;
  const other = aBlob(randomBytes(10)).descriptor;
  server.intercept = (_, response) => left-- > 0 && reply(response, 200, { "docker-content-digest": other.digest, "content-length": 10 });
  await using under = clientOf(server.host);
  assert.equal(await under.store.has(descriptor), false);
  assert.equal(server.requests.length, 2);
});

test("A registry that stays down fails after its attempts, with the last cause", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => request.method === "GET" && refuse(response, 503, "UNAVAILABLE", "back soon");
  await using under = clientOf(server.host);
  const failure = await failureOf(Array.fromAsync(under.store.tags()), "REGISTRY_ERROR");
  assert.match(failure.message, /503 UNAVAILABLE "back soon" \(4 attempts\)/);
  assert.equal(server.requests.length, 4);
});

test("A connection that is cut before the answer is made again", async () => {
  await using server = await registryServer();
  let left = 2;
  server.intercept = (request) => left-- > 0 && cut(request);
  await using under = clientOf(server.host);
  assert.equal(await under.store.has(descriptor), false);
});

test("A connection that is cut in the middle of a manifest is made again", async () => {
  await using server = await registryServer();
  const { descriptor: manifest, bytes } = aManifest();
  let left = 2;
  server.intercept = (_, response) => {
    if (left-- <= 0) return false;
    response.writeHead(200, { "content-length": bytes.length, "content-type": manifest.mediaType });
    response.write(bytes.subarray(0, 20), () => response.destroy());
    return true;
  };
  server.manifests.set(manifest.digest, { type: manifest.mediaType, bytes: Buffer.from(bytes) });
  await using under = clientOf(server.host);
  assert.equal((await Array.fromAsync(under.store.read(manifest))).length, 1);
});

test("A registry that refuses connections fails within the time that is set", async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
  const address = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  const port = typeof address === "object" ? address?.port : 0;
  await using under = clientOf(`127.0.0.1:${port}`);
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_UNREACHABLE");
  assert.match(failure.message, /ECONNREFUSED.* \(4 attempts\)/);
  assert.equal(under.events.length, 3);
});

test("Retry-After in seconds is waited for", async () => {
  await using server = await registryServer();
  let asked = 0;
  server.intercept = (_, response) => asked++ === 0 && refuse(response, 429, "TOOMANYREQUESTS", "", { "retry-after": "1" });
  await using under = clientOf(server.host);
  const began = performance.now();
  assert.equal(await under.store.has(descriptor), false);
  assert.ok(performance.now() - began >= 990);
});

test("A Retry-After beyond the deadline ends the attempts at once", async () => {
  await using server = await registryServer();
  server.intercept = (_, response) => refuse(response, 429, "TOOMANYREQUESTS", "", { "retry-after": "3600" });
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_ERROR");
  assert.match(failure.hint ?? "", /limits how often/);
  assert.equal(server.requests.length, 1);
});

test("Retry-After as a date is waited for, or ends the attempts where it is beyond the deadline", async () => {
  await using server = await registryServer();
  const at = (ms: number): string => new Date(Date.now() + ms).toUTCString();
  let date = at(3_600_000);
  server.intercept = (_, response) => refuse(response, 503, "UNAVAILABLE", "", { "retry-after": date });
  await using under = clientOf(server.host);
  await failureOf(under.store.has(descriptor), "REGISTRY_ERROR");
  assert.deepEqual([server.requests.length, under.events.length], [1, 0]);
  date = at(-60_000);
  await failureOf(under.store.has(descriptor), "REGISTRY_ERROR");
  assert.equal(server.requests.length, 1 + 4);
  date = at(1900);
  const began = performance.now();
  await under.store.has(descriptor, { signal: AbortSignal.timeout(400) }).catch(() => {});
  const waits = under.events.slice(3).flatMap((event) => (event.kind === "retry" ? [event.waitMs] : []));
  assert.ok(performance.now() - began >= 390 && waits.length === 1 && Number(waits[0]) > 500, String(waits));
});

test("Waits double to a cap, and are drawn evenly from nothing to there", async () => {
  await using server = await registryServer({ intercept: (_, response) => refuse(response, 503, "UNAVAILABLE") });
  const policy = { attempts: 6, baseMs: 4, capMs: 20, deadlineMs: 10_000 };
  const waits = await Promise.all(
    Array.from({ length: 40 }, async () => {
      await using under = clientOf(server.host, { retry: policy });
      await under.store.has(descriptor).catch(() => {});
      return under.events.flatMap((event) => (event.kind === "retry" ? [event.waitMs] : []));
    }),
  );
  for (const [at, most] of [4, 8, 16, 20, 20].entries()) {
    const drawn = waits.map((one) => one[at] ?? Number.NaN);
    assert.ok(drawn.every((ms) => ms >= 0 && ms <= most));
    // 40 draws that miss a quarter of the range: once in 100,000 times.
    assert.ok(Math.min(...drawn) <= most / 4 + 1 && Math.max(...drawn) >= (most * 3) / 4 - 1, `${at}: ${drawn}`);
  }
});

test("Retry-After is read as seconds or as a date, and as nothing otherwise", () => {
  const now = Date.parse("Mon, 23 Nov 2026 12:00:00 GMT");
  assert.equal(retryAfterMs("120", now), 120_000);
  assert.equal(retryAfterMs(" 0 ", now), 0);
  assert.equal(retryAfterMs("Mon, 23 Nov 2026 12:00:30 GMT", now), 30_000);
  assert.equal(retryAfterMs("Mon, 23 Nov 2026 11:00:00 GMT", now), 0);
  assert.equal(retryAfterMs("9999999999", now), 86_400_000);
  for (const text of [undefined, "", "soon", "-5", "1.5", "2026-11-23", "99999999999999999999"])
    assert.equal(retryAfterMs(text, now), undefined);
});

test("A registry that does not answer in time is asked again, and then timed out", async () => {
  await using server = await registryServer();
  server.intercept = () => true;
  await using under = clientOf(server.host, {
    timeouts: { headersMs: 100 },
    retry: { attempts: 2, baseMs: 1, capMs: 1, deadlineMs: 2000 },
  });
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_TIMEOUT");
  assert.match(failure.message, /no answer within 0\.1 s \(2 attempts\)/);
});

test("A wait is ended by the signal", async () => {
  await using server = await registryServer();
  server.intercept = (_, response) => refuse(response, 503, "UNAVAILABLE", "", { "retry-after": "3" });
  await using under = clientOf(server.host);
  const began = performance.now();
  await assert.rejects(under.store.has(descriptor, { signal: AbortSignal.timeout(100) }));
  assert.ok(performance.now() - began < 1500);
});

test("A kept connection that the registry closed meanwhile costs no wait", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host, { retry: { attempts: 2, baseMs: 60_000, capMs: 60_000, deadlineMs: 120_000 } });
  await under.store.has(descriptor);
  server.intercept = (request) => server.requests.length === 2 && cut(request);
  assert.equal(await under.store.has(descriptor), false);
});

test("An answer of success that was not asked for is no registry's answer, and its body is not quoted", async () => {
  await using server = await registryServer();
  server.intercept = (_, response) => reply(response, 206, {}, "bytes of a layer");
  await using under = clientOf(server.host);
  const failure = await failureOf(Array.fromAsync(under.store.tags()), "REGISTRY_PROTOCOL");
  assert.match(failure.message, /tags\/list\?n=1000: 206$/);
});
