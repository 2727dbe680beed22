import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Failure } from "../../../src/failure/index.ts";
import { digestOf } from "../../../src/oci/index.ts";
import { can, growingFile, type Store, type Streaming } from "../../../src/store/index.ts";
import { aFolder } from "../../support/folder.ts";
import { aBlob, clientOf } from "../../support/registry-client.ts";
import { refuse, registryServer } from "../../support/registry-server.ts";

const bytes = randomBytes(600_000);
const { descriptor } = aBlob(bytes);

/** Bytes that come in pieces; the descriptor is known with the last one only. */
function coming(pieces: readonly Uint8Array[] = [bytes.subarray(0, 100_000), bytes.subarray(100_000)]) {
  const content = Promise.withResolvers<typeof descriptor>();
  content.promise.catch(() => {});
  let opened = 0;
  const open = async function* (): AsyncIterable<Uint8Array> {
    opened++;
    for (const piece of pieces) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      yield piece;
    }
    content.resolve(descriptor);
  };
  return { open, content, opened: () => opened };
}

function streaming(store: Store): Streaming {
  assert.ok(can(store, "streaming"));
  return store;
}

suite("A blob that is sent while it is made", () => {
  test("goes in one PATCH whose length nobody knows, and is committed by its digest", async () => {
    await using server = await registryServer();
    await using under = clientOf(server.host);
    const { open, content } = coming();
    const heard: number[] = [];
    await streaming(under.store).stream(open, content.promise, { onProgress: (taken) => heard.push(taken) });
    assert.deepEqual(
      server.requests.map(({ method, headers }) => [method, headers["transfer-encoding"], headers["content-length"]]),
      [
        ["POST", undefined, "0"],
        ["PATCH", "chunked", undefined],
        ["PUT", undefined, "0"],
      ],
    );
    assert.deepEqual(server.blobs.get(descriptor.digest), bytes);
    assert.equal(heard.at(-1), bytes.length);
  });

  test("is sent once more, from its start, where the registry points elsewhere", async () => {
    await using server = await registryServer();
    let refused = 0;
    server.intercept = (request, response) => {
      if (request.method !== "PATCH" || refused++ > 0) return false;
      request.resume();
      response.writeHead(307, { location: request.url, "content-length": "0" }).end();
      return true;
    };
    await using under = clientOf(server.host);
    const { open, content, opened } = coming();
    await streaming(under.store).stream(open, content.promise);
    assert.deepEqual([opened(), server.blobs.get(descriptor.digest)], [2, bytes]);
  });

  test("is tried once: what the registry says is for whoever has the content to judge", async () => {
    await using server = await registryServer();
    server.intercept = (request, response) => request.method === "PATCH" && refuse(response, 503, "UNAVAILABLE");
    await using under = clientOf(server.host);
    const { open, content } = coming();
    await assert.rejects(streaming(under.store).stream(open, content.promise), (failure) => failure instanceof Failure);
    assert.equal(server.requests.filter(({ method }) => method === "PATCH").length, 1);
    assert.equal(under.events.length, 0);
  });

  test("is not taken for whole where the registry answers before it had all", async () => {
    await using server = await registryServer();
    server.intercept = (request, response) => {
      if (request.method !== "PATCH") return false;
      response.writeHead(202, { location: request.url, range: "0-9", "content-length": "0" }).end();
      return true;
    };
    await using under = clientOf(server.host);
    const { open, content } = coming();
    await assert.rejects(streaming(under.store).stream(open, content.promise), /answered before it had all/);
    assert.ok(!server.requests.some(({ method }) => method === "PUT"));
  });

  test("arrives as it is, however slowly the registry reads", async () => {
    await using folder = await aFolder();
    const large = randomBytes(9_000_000);
    const digest = digestOf(large);
    await using server = await registryServer();
    server.intercept = (request) => {
      if (request.method !== "PATCH") return false;
      const pause = setInterval(() => {
        request.pause();
        setTimeout(() => request.resume(), 15);
      }, 20);
      request.once("end", () => clearInterval(pause));
      return false;
    };
    await using under = clientOf(server.host, { timeouts: { connectMs: 1000, headersMs: 5000, commitMs: 5000, idleMs: 5000 } });
    const path = join(folder.path, "file");
    await writeFile(path, "");
    await using growing = growingFile(path);
    const made = { ...descriptor, digest, size: large.length };
    const content = Promise.withResolvers<typeof descriptor>();
    const streamed = streaming(under.store).stream(growing.open, content.promise);
    for (let at = 0; at < large.length; at += 18_000) {
      await appendFile(path, large.subarray(at, at + 18_000));
      growing.grew();
    }
    growing.whole(large.length);
    content.resolve(made);
    await streamed;
    assert.ok(server.blobs.get(digest)?.equals(large));
  });

  test("is nothing where its making fails, or somebody interrupts", async () => {
    await using server = await registryServer();
    await using under = clientOf(server.host);
    const failing = async function* (): AsyncIterable<Uint8Array> {
      yield bytes;
      throw new Failure("CONTEXT_INVALID", "no more");
    };
    const never = Promise.withResolvers<typeof descriptor>().promise;
    await assert.rejects(streaming(under.store).stream(failing, never), /no more/);
    const { open, content } = coming();
    content.reject(new Error("given up"));
    await assert.rejects(streaming(under.store).stream(open, content.promise), /given up/);
    const interrupted = new AbortController();
    const waiting = streaming(under.store).stream(
      async function* () {
        yield bytes;
        interrupted.abort(new Failure("INTERRUPTED", "enough"));
        await new Promise(() => {});
      },
      never,
      { signal: interrupted.signal },
    );
    await assert.rejects(waiting, /enough/);
    assert.equal(server.blobs.size, 0);
  });

  test("is not to be had where pieces of a size are wanted", async () => {
    await using server = await registryServer();
    await using under = clientOf(server.host, { chunkBytes: 1 << 20 });
    assert.ok(!can(under.store, "streaming"));
  });
});
