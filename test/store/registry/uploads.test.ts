import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { aBlob, clientOf, failureOf, piecesOf } from "../../support/registry-client.ts";
import { type Intercept, readInto, refuse, registryServer } from "../../support/registry-server.ts";

const bytes = randomBytes(600_000);
const { descriptor } = aBlob(bytes);
const source = piecesOf(bytes, 50_000);

/** Takes part of a PUT's or PATCH's body into the session and cuts the connection. */
function cutting(method: string, most: number, times: number, sessions: () => Map<string, Buffer[]>): Intercept {
  let left = times;
  return (request) => {
    if (request.method !== method || left === 0) return false;
    left--;
    const chunks = [...sessions().values()].at(-1);
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      if (size < most) chunks?.push(chunk.subarray(0, most - size));
      size += chunk.length;
      if (size >= most) request.socket.destroy();
    });
    return true;
  };
}

test("A blob goes in one request after the one that opens the upload", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  const heard: number[] = [];
  assert.equal(await under.store.write(descriptor, source, { onProgress: (taken) => heard.push(taken) }), "written");
  assert.deepEqual(
    server.requests.map(({ method }) => method),
    ["HEAD", "POST", "PUT"],
  );
  assert.equal(server.requests[2]?.headers["content-length"], String(bytes.length));
  assert.match(server.requests[2]?.url ?? "", /\?state=a%2Fb&digest=sha256%3A/);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
  assert.equal(heard.at(-1), bytes.length);
});

test("An empty blob can be written", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  const empty = aBlob(new Uint8Array());
  assert.equal(await under.store.write(empty.descriptor, empty.source), "written");
  assert.equal(server.blobs.get(empty.descriptor.digest)?.length, 0);
});

test("An upload that breaks goes on from the last byte that the registry has", async () => {
  await using server = await registryServer();
  server.intercept = cutting("PUT", 300_000, 1, () => server.uploads);
  await using under = clientOf(server.host);
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
  const patch = server.requests.find(({ method }) => method === "PATCH");
  assert.equal(patch?.headers["content-range"], `300000-${bytes.length - 1}`);
  assert.equal(server.requests.filter(({ method }) => method === "POST").length, 1);
  assert.equal(under.events.filter(({ kind }) => kind === "retry").length, 1);
});

test("A session that is gone after a break is begun anew", async () => {
  await using server = await registryServer();
  const cut = cutting("PUT", 300_000, 1, () => server.uploads);
  server.intercept = (request, response, recorded) => {
    if (request.method === "GET") return refuse(response, 404, "BLOB_UPLOAD_UNKNOWN");
    return cut(request, response, recorded);
  };
  await using under = clientOf(server.host);
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
  assert.equal(server.requests.filter(({ method }) => method === "POST").length, 2);
});

test("A session that may not be resumed (416) is begun anew", async () => {
  await using server = await registryServer();
  let refused = false;
  const cut = cutting("PUT", 300_000, 1, () => server.uploads);
  server.intercept = (request, response, recorded) => {
    if (request.method === "PATCH" && !refused) {
      refused = true;
      request.resume();
      return refuse(response, 416, "BLOB_UPLOAD_INVALID");
    }
    return cut(request, response, recorded);
  };
  await using under = clientOf(server.host);
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
});

test("A blob whose upload was taken while the answer was lost is not sent again", async () => {
  await using server = await registryServer();
  let lost = false;
  server.intercept = async (request, _, recorded) => {
    if (request.method !== "PUT" || lost) return false;
    lost = true;
    await readInto(request, recorded, []);
    server.blobs.set(descriptor.digest, bytes);
    server.uploads.clear();
    request.socket.destroy();
    return true;
  };
  await using under = clientOf(server.host);
  await under.store.write(descriptor, source);
  assert.equal(server.requests.filter(({ method }) => method === "PUT").length, 1);
});

test("A 500 after the upload is tried again", async () => {
  await using server = await registryServer();
  let failed = false;
  server.intercept = async (request, response, recorded) => {
    if (request.method !== "PUT" || failed) return false;
    failed = true;
    await readInto(request, recorded, []);
    return refuse(response, 500, "UNKNOWN");
  };
  await using under = clientOf(server.host);
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
});

test("Where a whole blob is too large (413), it goes in pieces that shrink until they are taken", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => {
    if (Number(request.headers["content-length"] ?? 0) <= 200_000) return false;
    response.writeHead(413, { connection: "close" }).end("<html><title>413 Request Entity Too Large</title></html>");
    request.resume();
    return true;
  };
  await using under = clientOf(server.host);
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
  const taken = server.requests.filter(({ method, bytes: size }) => method === "PATCH" && size > 0).map(({ bytes: size }) => size);
  assert.deepEqual(taken, [150_000, 150_000, 150_000, 150_000]);
});

test("Configured pieces are sent from one reading of the source", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host, { chunkBytes: 70_000 });
  let opened = 0;
  const counted = {
    size: source.size,
    open: (offset?: number) => {
      opened++;
      return source.open(offset);
    },
  };
  await under.store.write(descriptor, counted);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
  assert.equal(server.requests.filter(({ method }) => method === "PATCH").length, 9);
  assert.equal(opened, 1);
});

test("A piece that breaks is sent from where the registry stopped", async () => {
  await using server = await registryServer();
  server.intercept = cutting("PATCH", 30_000, 2, () => server.uploads);
  await using under = clientOf(server.host, { chunkBytes: 100_000 });
  await under.store.write(descriptor, source);
  assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
});

test("A registry that takes no byte for long counts as broken", async () => {
  await using server = await registryServer();
  const large = randomBytes(24 * 1024 * 1024);
  const blob = aBlob(large);
  let stalled = false;
  server.intercept = (request) => {
    if (request.method !== "PUT" || stalled) return false;
    stalled = true;
    request.pause();
    return true;
  };
  await using under = clientOf(server.host);
  await under.store.write(blob.descriptor, piecesOf(large, 1 << 20));
  assert.match(JSON.stringify(under.events), /no byte of the body was taken within 0.3 s/);
  assert.equal(server.blobs.get(blob.descriptor.digest)?.length, large.length);
});

test("A source that is slow is no stall of the registry", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  await under.store.write(descriptor, {
    size: bytes.length,
    open: async function* () {
      yield bytes.subarray(0, 300_000);
      await new Promise((resolve) => setTimeout(resolve, 700));
      yield bytes.subarray(300_000);
    },
  });
  assert.equal(server.requests.length, 3);
});

test("Content that the registry finds wrong is a mismatch", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.write(descriptor, piecesOf(randomBytes(bytes.length), 50_000)), "CONTENT_MISMATCH");
  assert.match(failure.message, /provided digest did not match uploaded content/);
});

test("A source that is shorter or longer than its content is a mismatch, and nothing is kept", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  for (const wrong of [bytes.subarray(1), Buffer.concat([bytes, bytes])]) {
    const lying = { size: bytes.length, open: () => piecesOf(wrong, 50_000).open() };
    await failureOf(under.store.write(descriptor, lying), "CONTENT_MISMATCH");
  }
  assert.equal(server.blobs.size, 0);
});

test("A failure of the source is passed on and not retried", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  const broken = {
    size: bytes.length,
    open: async function* () {
      yield bytes.subarray(0, 1000);
      throw new Error("the disk is gone");
    },
  };
  const failure = await failureOf(under.store.write(descriptor, broken), "DEFECT");
  assert.match(failure.message, /the disk is gone/);
  assert.equal(server.requests.filter(({ method }) => method === "POST").length, 1);
  assert.deepEqual(under.events, []);
});

test("A repository that does not exist is one clear failure with what to do", async () => {
  await using server = await registryServer();
  server.intercept = (_, response) => refuse(response, 404, "NAME_UNKNOWN", "The repository does not exist");
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.write(descriptor, source), "NOT_FOUND");
  assert.match(failure.message, /the registry has no such repository: POST http:.* 404 NAME_UNKNOWN "The repository does not exist"/);
  assert.match(failure.hint ?? "", /Create the repository team\/app/);
  assert.equal(server.requests.length, 2);
});

test("A used-up quota is named as such", async () => {
  await using server = await registryServer();
  server.intercept = (request, response) => request.method === "POST" && refuse(response, 403, "DENIED", "adding 1 GiB exceeds the quota");
  await using under = clientOf(server.host);
  const failure = await failureOf(under.store.write(descriptor, source), "DENIED");
  assert.match(failure.hint ?? "", /quota is used up/);
});

test("An upload is ended by its signal", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host);
  const stop = new AbortController();
  server.intercept = (request) => {
    setTimeout(() => stop.abort(new Error("enough")), 20);
    return request.method === "PUT";
  };
  await assert.rejects(under.store.write(descriptor, source, { signal: stop.signal }), /enough/);
});
