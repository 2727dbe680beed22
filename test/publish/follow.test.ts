import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { suite, test } from "node:test";
import { digestOf, mediaTypes } from "../../src/oci/index.ts";
import { sendAhead } from "../../src/publish/ahead.ts";
import type { Event } from "../../src/report/index.ts";
import { can, memoryStore, openLayout, type Store, type Streaming, type Upload, type UploadOptions } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";
import { clientOf } from "../support/registry-client.ts";
import { type RegistryServer, refuse, registryServer } from "../support/registry-server.ts";

const mebibyte = 1 << 20;

/** A layer that comes as far as it is let. */
function coming(bytes: Uint8Array) {
  let allowed = 0;
  let more = Promise.withResolvers<void>();
  return {
    upTo(end: number): void {
      allowed = end;
      more.resolve();
      more = Promise.withResolvers();
    },
    async *chunks(): AsyncIterable<Uint8Array> {
      for (let at = 0; at < bytes.length; at += mebibyte) {
        while (at >= allowed) await more.promise;
        yield bytes.subarray(at, at + mebibyte);
      }
    },
  };
}

/** A place to build in, whose layers are sent to registries meanwhile. */
async function aPlace(stack: AsyncDisposableStack, targets: readonly Store[]) {
  const folder = stack.use(await aFolder());
  const own = await openLayout(join(folder.path, "layout"), { create: true });
  const events: Event[] = [];
  const sending = sendAhead(own, targets, mediaTypes.ociLayerGzip, { emit: (event) => void events.push(event) });
  const begin = async (options: UploadOptions = { isNew: true }): Promise<Upload> => {
    assert.ok(can(sending.store, "uploading"));
    return await sending.store.startUpload(options);
  };
  return { sending, begin, events, details: () => events.flatMap((event) => (event.kind === "detail" ? event.text : [])) };
}

async function aRegistry(stack: AsyncDisposableStack): Promise<{ readonly server: RegistryServer; readonly store: Store }> {
  const server = stack.use(await registryServer());
  return { server, store: stack.use(clientOf(server.host)).store };
}

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    assert.ok(tries < 500, "it never came so far");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function taken(server: RegistryServer): number {
  return [...server.uploads.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
}

function methods(server: RegistryServer): readonly string[] {
  return server.requests.map(({ method }) => method);
}

suite("A new layer that is being packed", () => {
  const bytes = randomBytes(8 * mebibyte);
  const digest = digestOf(bytes);

  test("goes on to every target while it comes, and is there when it is whole", async () => {
    await using stack = new AsyncDisposableStack();
    const targets = [await aRegistry(stack), await aRegistry(stack)];
    const { sending, begin, events } = await aPlace(
      stack,
      targets.map(({ store }) => store),
    );
    const layer = coming(bytes);
    const upload = await begin();
    const appending = upload.append(layer.chunks());
    layer.upTo(6 * mebibyte);
    for (const { server } of targets) await until(() => taken(server) > 4 * mebibyte);
    layer.upTo(bytes.length);
    await appending;
    await upload.commit(undefined);
    for (const { server, store } of targets) {
      const sent = await sending.sent(store);
      assert.deepEqual([sent.bytes, [...sent.layers], sent.pieces], [bytes.length, [digest], { written: 1, existed: 0, mounted: 0 }]);
      assert.ok(server.blobs.get(digest)?.equals(bytes));
      assert.deepEqual(methods(server), ["POST", "PATCH", "PUT"]);
    }
    const done = events.flatMap((event) => (event.kind === "transfer" && event.state === "written" ? event.descriptor : []));
    assert.deepEqual(done, Array(2).fill({ mediaType: mediaTypes.ociLayerGzip, digest, size: bytes.length }));
  });

  test("is sent as a whole where it is small, or somebody may have it already, who is asked then", async () => {
    await using stack = new AsyncDisposableStack();
    const { server, store } = await aRegistry(stack);
    const { sending, begin } = await aPlace(stack, [store]);
    for (const [content, options, expected] of [
      [bytes.subarray(0, mebibyte), { isNew: true }, ["POST", "PUT"]],
      // It was sent a moment ago.
      [bytes.subarray(0, mebibyte), { isNew: true }, ["HEAD"]],
      [bytes, {}, ["HEAD", "POST", "PUT"]],
    ] as const) {
      server.requests.length = 0;
      const upload = await begin(options);
      const layer = coming(content);
      layer.upTo(content.length);
      await upload.append(layer.chunks());
      await upload.commit(undefined);
      await sending.sent(store);
      assert.deepEqual(methods(server), expected);
    }
  });

  test("is sent once it is whole where a target does not take it before, and that is told", async () => {
    await using stack = new AsyncDisposableStack();
    const { server, store } = await aRegistry(stack);
    server.intercept = (request, response) => request.method === "PATCH" && refuse(response, 405, "UNSUPPORTED");
    const { sending, begin, details } = await aPlace(stack, [store]);
    const layer = coming(bytes);
    layer.upTo(bytes.length);
    const upload = await begin();
    await upload.append(layer.chunks());
    await upload.commit(undefined);
    assert.deepEqual([...(await sending.sent(store)).layers], [digest]);
    assert.ok(server.blobs.get(digest)?.equals(bytes));
    assert.match(details().join("\n"), /team\/app takes no layer while it is packed: .*UNSUPPORTED/);
  });

  test("is not sent twice to a target that once did not take one before it was whole", async () => {
    await using stack = new AsyncDisposableStack();
    const { server, store } = await aRegistry(stack);
    server.intercept = (request, response) => request.method === "PATCH" && refuse(response, 405, "UNSUPPORTED");
    const { sending, begin, details } = await aPlace(stack, [store]);
    for (let times = 0; times < 3; times++) {
      const layer = coming(randomBytes(5 * mebibyte));
      layer.upTo(5 * mebibyte);
      const upload = await begin();
      await upload.append(layer.chunks());
      await upload.commit(undefined);
      await sending.sent(store);
    }
    assert.deepEqual([methods(server).filter((method) => method === "PATCH").length, details().length], [1, 1]);
    assert.equal((await sending.sent(store)).pieces.written, 3);
  });

  test("that meets a defect of a target's is told by whoever asks what was sent, and by nobody else", async () => {
    await using stack = new AsyncDisposableStack();
    const stream = async (): Promise<never> => {
      throw new TypeError("a mistake of ours");
    };
    const to: Store & Streaming = { ...memoryStore(), stream };
    const { sending, begin } = await aPlace(stack, [to]);
    const layer = coming(bytes);
    layer.upTo(bytes.length);
    const upload = await begin();
    await upload.append(layer.chunks());
    await upload.commit(undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await assert.rejects(sending.sent(to), /a mistake of ours/);
    await sending.stop();
  });

  test("holds nobody up where a target does not answer", async () => {
    await using stack = new AsyncDisposableStack();
    const { server, store } = await aRegistry(stack);
    server.intercept = (request) => request.method === "PATCH";
    const { sending, begin } = await aPlace(stack, [store]);
    const layer = coming(bytes);
    layer.upTo(bytes.length);
    const upload = await begin();
    await upload.append(layer.chunks());
    assert.equal((await upload.commit(undefined)).digest, digest);
    assert.deepEqual([...(await sending.sent(store)).layers], [digest]);
  });

  test("leaves nothing at a target, and no word, when it is given up", async () => {
    await using stack = new AsyncDisposableStack();
    const { server, store } = await aRegistry(stack);
    const { sending, begin, details, events } = await aPlace(stack, [store]);
    const layer = coming(bytes);
    layer.upTo(5 * mebibyte);
    const upload = await begin();
    const appending = upload.append(layer.chunks());
    await until(() => methods(server).includes("PATCH"));
    await upload.cancel();
    layer.upTo(bytes.length);
    await appending.catch(() => {});
    assert.equal((await sending.sent(store)).layers.size, 0);
    assert.deepEqual([server.blobs.size, details(), events], [0, [], []]);
  });

  test("is let go of when nobody wants it any more", async () => {
    await using stack = new AsyncDisposableStack();
    const { server, store } = await aRegistry(stack);
    const { sending, begin } = await aPlace(stack, [store]);
    const layer = coming(bytes);
    layer.upTo(5 * mebibyte);
    const appending = (await begin()).append(layer.chunks());
    await until(() => methods(server).includes("PATCH"));
    await sending.stop();
    layer.upTo(bytes.length);
    await appending;
    assert.equal(server.blobs.size, 0);
  });
});
