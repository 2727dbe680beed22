import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { type Digest, digestOf } from "../../src/oci/index.ts";
import { bytesSource, openLayout, readBytes, type Store, spillingStore, type Uploading } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";

const octets = "application/octet-stream";

/** A store that keeps ten bytes of each content, and twenty of all, and how often the other one was opened. */
async function aStore() {
  const folder = await aFolder();
  let opened = 0;
  const open = async () => {
    opened += 1;
    return await openLayout(join(folder.path, "large"), { create: true, durable: false });
  };
  const store = spillingStore(open, { name: "both", eachBytes: 10, allBytes: 20 });
  return { store, opened: () => opened, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

async function write(store: Store, text: string) {
  const bytes = Buffer.from(text);
  const descriptor = { mediaType: octets, digest: digestOf(bytes), size: bytes.length };
  await store.write(descriptor, bytesSource(bytes));
  return descriptor;
}

async function upload(store: Store & Uploading, chunks: readonly string[], digest?: Digest) {
  const session = await store.startUpload({ algorithm: "sha256" });
  const buffer = Buffer.alloc(100);
  const bytes = async function* () {
    for (const chunk of chunks) yield buffer.subarray(0, buffer.write(chunk));
  };
  assert.equal(await session.append(bytes()), chunks.join("").length);
  assert.equal(await session.size(), chunks.join("").length);
  return await session.commit(digest);
}

suite("a store that keeps small content in memory", () => {
  test("opens the other one when something large comes, and not before", async () => {
    await using place = await aStore();
    const { store } = place;
    const small = [await write(store, "small"), await upload(store, ["in ", "pieces"])];
    assert.equal(place.opened(), 0);
    const large = [await write(store, "larger than that"), await upload(store, ["large", " in ", "pieces"])];
    assert.equal(place.opened(), 1);
    const texts = ["small", "in pieces", "larger than that", "large in pieces"];
    for (const [at, one] of [...small, ...large].entries()) {
      assert.equal(Buffer.from(await readBytes(store, one, 100)).toString(), texts[at]);
      assert.equal(await store.has(one), true);
      const source = await store.source(one);
      assert.equal(source?.size, one.size);
      assert.equal(source.path === undefined, at < 2);
      assert.equal(Buffer.concat(await Array.fromAsync(source.open(2))).toString(), texts[at]?.slice(2));
    }
    assert.equal(await store.source({ ...(small[0] ?? assert.fail()), digest: digestOf("none") }), undefined);
  });

  test("keeps no more than it may of all contents together", async () => {
    await using place = await aStore();
    for (const text of ["eight by", "and more"]) await write(place.store, text);
    assert.equal(place.opened(), 0);
    const third = await upload(place.store, ["five", "!"]);
    assert.equal(place.opened(), 1);
    assert.equal(Buffer.from(await readBytes(place.store, third, 100)).toString(), "five!");
    await write(place.store, "four");
    assert.deepEqual([await await aSize(place.store, "four"), place.opened()], [4, 1]);
  });

  test("says what is wrong with an upload, wherever it is, and goes on with one that broke off", async () => {
    await using place = await aStore();
    for (const chunks of [["few"], ["many more ", "than ten"]]) {
      await assert.rejects(
        upload(place.store, chunks, digestOf("other")),
        (thrown) => thrown instanceof Failure && thrown.code === "CONTENT_MISMATCH",
      );
    }
    const session = await place.store.startUpload();
    let closed = false;
    const breaking = async function* () {
      try {
        yield Buffer.from("first and ");
        yield Buffer.from("second");
        throw new Error("broken");
      } finally {
        closed = true;
      }
    };
    await assert.rejects(session.append(breaking()), /broken/);
    assert.equal(closed, true);
    assert.equal(await place.store.upload(session.id), session);
    const more = async function* () {
      yield Buffer.from(" and third");
    };
    assert.equal(await session.append(more()), 26);
    assert.equal((await session.commit(undefined)).digest, digestOf("first and second and third"));
    assert.equal(await place.store.upload(session.id), undefined);
  });

  test("fails as the other one does where that cannot be opened, and ends what it was given", async () => {
    const store = spillingStore(async () => Promise.reject(new Failure("BUILD_FAILED", "no room")), { name: "both", eachBytes: 4 });
    let closed = false;
    const bytes = async function* () {
      try {
        for (;;) yield Buffer.from("more");
      } finally {
        closed = true;
      }
    };
    const session = await store.startUpload();
    await assert.rejects(session.append(bytes()), /no room/);
    assert.equal(closed, true);
    await assert.rejects(write(store, "large"), /no room/);
    assert.equal((await write(store, "few")).size, 3);
  });
});

async function aSize(store: Store, text: string): Promise<number> {
  return (await readBytes(store, { mediaType: octets, digest: digestOf(text), size: text.length }, 100)).length;
}
