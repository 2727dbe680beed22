import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { bareDescriptor, type Descriptor, digestOf, mediaTypes, parseDigest, parseTag } from "../../src/oci/index.ts";
import { bytesSource, can, readBytes, type Source, type Store } from "../../src/store/index.ts";
import { anArtifact, anImage, anIndex, put } from "./images.ts";

/** An empty store, and another of the same kind and place. Both are gone when the scope ends. */
export interface ContractStores extends AsyncDisposable {
  readonly store: Store;
  readonly other: Store;
}

const octets = "application/octet-stream";
const absent = parseDigest(`sha256:${"ab".repeat(32)}`);
const blob = (text: string): { readonly descriptor: Descriptor; readonly source: Source; readonly bytes: Uint8Array } => {
  const bytes = Buffer.from(text);
  return { descriptor: { mediaType: octets, digest: digestOf(bytes), size: bytes.length }, source: bytesSource(bytes), bytes };
};
const failsWith = (code: string) => (thrown: unknown) => thrown instanceof Failure && thrown.code === code;
const text = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => Buffer.concat(await Array.fromAsync(chunks)).toString();

/** A source of bytes in pieces, so that nothing relies on one chunk. */
function inPieces(bytes: Uint8Array, length: number): Source {
  return {
    size: bytes.length,
    open: async function* (offset = 0) {
      for (let at = offset; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
    },
  };
}

/**
 * What every Store must do, whatever is behind it. Whoever adds a Store runs this. Optional powers are tested where the
 * store has them.
 */
export function storeContract(name: string, make: () => Promise<ContractStores>): void {
  const testing = (title: string, body: (stores: ContractStores) => Promise<void>): void =>
    void test(title, async () => {
      await using stores = await make();
      await body(stores);
    });

  describe(`${name} as a Store`, { concurrency: true }, () => {
    testing("gives back the bytes that were written", async ({ store }) => {
      const { descriptor, source } = blob("hello");
      assert.equal(await store.write(descriptor, source), "written");
      assert.equal(await text(store.read(descriptor)), "hello");
      assert.equal(await store.has(descriptor), true);
    });

    testing("takes content in any pieces, empty content and sha512", async ({ store }) => {
      const bytes = Buffer.from("0123456789".repeat(1000));
      for (const algorithm of ["sha256", "sha512"] as const) {
        const descriptor = { mediaType: octets, digest: digestOf(bytes, algorithm), size: bytes.length };
        assert.equal(await store.write(descriptor, inPieces(bytes, 777)), "written");
        assert.equal(await text(store.read(descriptor)), bytes.toString());
      }
      const empty = blob("");
      assert.equal(await store.write(empty.descriptor, empty.source), "written");
      assert.equal(await text(store.read(empty.descriptor)), "");
    });

    testing("leaves content that is there, and says so", async ({ store }) => {
      const { descriptor, source } = blob("twice");
      await store.write(descriptor, source);
      assert.equal(await store.write(descriptor, source), "existed");
    });

    testing("takes one blob from many writers at once", async ({ store }) => {
      const { descriptor, source } = blob("many");
      await Promise.all(Array.from({ length: 8 }, () => store.write(descriptor, source)));
      assert.equal(await text(store.read(descriptor)), "many");
    });

    testing("refuses bytes that have another digest, and keeps nothing of them", async ({ store }) => {
      const { descriptor } = blob("right");
      await assert.rejects(store.write(descriptor, bytesSource(Buffer.from("wrong"))), failsWith("CONTENT_MISMATCH"));
      assert.equal(await store.has(descriptor), false);
      await assert.rejects(text(store.read(descriptor)), failsWith("NOT_FOUND"));
    });

    testing("refuses bytes that are fewer or more than was said", async ({ store }) => {
      const { descriptor, bytes } = blob("size");
      for (const size of [bytes.length - 1, bytes.length + 1]) {
        await assert.rejects(store.write({ ...descriptor, size }, { ...bytesSource(bytes), size }), failsWith("CONTENT_MISMATCH"));
      }
      assert.equal(await store.has(descriptor), false);
    });

    testing("fails with the source's own failure, and takes the content afterwards", async ({ store }) => {
      const { descriptor, source } = blob("breaks");
      const broken: Source = {
        size: descriptor.size,
        open: async function* () {
          yield Buffer.from("br");
          throw new Failure("CONTENT_MISMATCH", "the source broke");
        },
      };
      await assert.rejects(store.write(descriptor, broken), /the source broke/);
      assert.equal(await store.has(descriptor), false);
      assert.equal(await store.write(descriptor, source), "written");
    });

    testing("knows nothing of what it was never given", async ({ store }) => {
      assert.equal(await store.has({ mediaType: octets, digest: absent, size: 1 }), false);
      assert.equal(await store.has({ mediaType: mediaTypes.ociManifest, digest: absent, size: 1 }), false);
      assert.equal(await store.resolve(absent), undefined);
      assert.equal(await store.resolve(parseTag("nothing")), undefined);
      assert.deepEqual(await Array.fromAsync(store.tags()), []);
      await assert.rejects(text(store.read({ mediaType: octets, digest: absent, size: 1 })), failsWith("NOT_FOUND"));
      await assert.rejects(text(store.read({ mediaType: mediaTypes.ociManifest, digest: absent, size: 1 })), failsWith("NOT_FOUND"));
    });

    testing("resolves a manifest by its digest and by its tags", async ({ store }) => {
      const image = await anImage(store, { tag: "one" });
      await store.tag(parseTag("two"), image);
      for (const reference of [image.digest, parseTag("one"), parseTag("two")]) assert.deepEqual(await store.resolve(reference), image);
      assert.equal(digestOf(await readBytes(store, image, 1 << 20)), image.digest);
    });

    testing("resolves manifests of all kinds with the type that they were written as", async ({ store }) => {
      const roots = [
        await anImage(store, { docker: true }),
        await anImage(store, { algorithm: "sha512" }),
        await anIndex(store, ["linux/amd64", "linux/arm64"], { attested: true }),
        await anIndex(store, ["linux/amd64"], { docker: true }),
        await anIndex(store, [await anIndex(store, [])]),
        await anArtifact(store),
      ];
      for (const root of roots) assert.deepEqual(await store.resolve(root.digest), bareDescriptor(root));
    });

    testing("resolves the children of an index", async ({ store }) => {
      const child = await anImage(store);
      await anIndex(store, [child]);
      assert.deepEqual(await store.resolve(child.digest), child);
    });

    testing("creates, keeps and moves a tag", async ({ store }) => {
      const [first, second] = [await anImage(store), await anImage(store)];
      const tag = parseTag("t");
      assert.deepEqual(await store.tag(tag, first), { outcome: "created" });
      assert.deepEqual(await store.tag(tag, first), { outcome: "kept" });
      assert.deepEqual(await store.tag(tag, second), { outcome: "moved" });
      assert.deepEqual(await store.resolve(tag), second);
      assert.deepEqual(await store.resolve(first.digest), first, "what a tag left behind is still there");
    });

    testing("leaves a tag that is there when it may only be made", async ({ store }) => {
      const [first, second] = [await anImage(store), await anImage(store)];
      const tag = parseTag("t");
      assert.deepEqual(await store.tag(tag, first, { ifAbsent: true }), { outcome: "created" });
      assert.deepEqual(await store.tag(tag, first, { ifAbsent: true }), { outcome: "kept" });
      assert.deepEqual(await store.tag(tag, second, { ifAbsent: true }), { outcome: "present", holds: first });
      assert.deepEqual(await store.resolve(tag), first);
    });

    testing("refuses a tag for a manifest that it does not have", async ({ store }) => {
      const missing = { mediaType: mediaTypes.ociManifest, digest: absent, size: 10 };
      await assert.rejects(store.tag(parseTag("t"), missing), failsWith("NOT_FOUND"));
      assert.equal(await store.resolve(parseTag("t")), undefined);
    });

    testing("lists tags in ASCII order", async ({ store }) => {
      const image = await anImage(store);
      const tags = ["b", "a", "_x", "B", "10", "9", "a.b", "a-b", "latest"];
      for (const tag of tags) await store.tag(parseTag(tag), image);
      assert.deepEqual(await Array.fromAsync(store.tags()), [...tags].sort());
    });

    testing("keeps two repositories apart", async ({ store, other }) => {
      const image = await anImage(store, { tag: "t" });
      assert.equal(await other.resolve(parseTag("t")), undefined);
      assert.equal(await other.resolve(image.digest), undefined);
      assert.equal(await other.has(image), false);
    });

    testing("stops when it is told to", async ({ store }) => {
      const { descriptor, source } = blob("stopped");
      const signal = AbortSignal.abort(new Failure("INTERRUPTED", "enough"));
      await assert.rejects(store.write(descriptor, source, { signal }), failsWith("INTERRUPTED"));
      assert.equal(await store.has(descriptor), false);
    });

    testing("tells how far a write has come", async ({ store }) => {
      const bytes = Buffer.alloc(300_000, 7);
      const heard: number[] = [];
      await store.write({ mediaType: octets, digest: digestOf(bytes), size: bytes.length }, inPieces(bytes, 100_000), {
        onProgress: (taken) => heard.push(taken),
      });
      assert.equal(heard.at(-1), bytes.length);
    });

    testing("lists what refers to a subject, there or not, in one order", async ({ store }) => {
      if (!can(store, "referring")) return;
      const image = await anImage(store);
      const later = { mediaType: mediaTypes.ociManifest, digest: absent, size: 100 };
      for (const subject of [image, later]) {
        const note = await anArtifact(store, { subject, artifactType: "application/vnd.example.note", annotations: { a: "b" } });
        const sbom = await anArtifact(store, { subject, artifactType: "application/vnd.example.sbom+json" });
        const plain = await anImage(store, { subject });
        const list = await anIndex(store, [], { subject });
        const expected: Descriptor[] = [
          { ...note, artifactType: "application/vnd.example.note", annotations: { a: "b" } },
          { ...sbom, artifactType: "application/vnd.example.sbom+json" },
          { ...plain, artifactType: mediaTypes.ociConfig },
          list,
        ];
        assert.deepEqual(byDigest(await store.referrers(subject.digest)), byDigest(expected));
        const filtered = await store.referrers(subject.digest, { artifactType: "application/vnd.example.sbom+json" });
        assert.deepEqual(
          filtered.map(({ digest }) => digest),
          [sbom.digest],
        );
      }
    });

    testing("lists a referrer that only an index names, and after that index is gone", async ({ store }) => {
      if (!can(store, "referring")) return;
      const subject = await anImage(store);
      const note = await anArtifact(store, { subject });
      const index = await anIndex(store, [note], { tag: "notes" });
      const digests = async (): Promise<readonly string[]> => (await store.referrers(subject.digest)).map(({ digest }) => digest);
      assert.deepEqual(await digests(), [note.digest]);
      if (!can(store, "deleting")) return;
      await store.delete(index);
      assert.deepEqual(await digests(), [note.digest]);
      await store.delete(note);
      assert.deepEqual(await digests(), []);
    });

    testing("removes tags, manifests with their tags, and blobs", async ({ store }) => {
      if (!can(store, "deleting")) return;
      const image = await anImage(store, { tag: "one" });
      await store.tag(parseTag("two"), image);
      assert.equal(await store.deleteTag(parseTag("one")), true);
      assert.equal(await store.deleteTag(parseTag("one")), false);
      assert.deepEqual(await store.resolve(parseTag("two")), image);
      assert.equal(await store.delete(image), true);
      assert.equal(await store.delete(image), false);
      assert.equal(await store.resolve(image.digest), undefined);
      assert.equal(await store.resolve(parseTag("two")), undefined);
      assert.deepEqual(await Array.fromAsync(store.tags()), []);
      const { descriptor, source } = blob("gone");
      await store.write(descriptor, source);
      assert.equal(await store.delete(descriptor), true);
      assert.equal(await store.has(descriptor), false);
      assert.equal(await store.write(descriptor, source), "written");
    });

    testing("keeps a manifest whose last tag is removed", async ({ store }) => {
      if (!can(store, "deleting")) return;
      const image = await anImage(store, { tag: "only" });
      await store.deleteTag(parseTag("only"));
      assert.deepEqual(await store.resolve(image.digest), image);
    });

    testing("takes content over from another of its kind, and from no other", async ({ store, other }) => {
      if (!can(store, "mounting")) return;
      const image = await anImage(other);
      const { descriptor, source } = blob("mounted");
      await other.write(descriptor, source);
      assert.equal(await other.has(image), true);
      assert.equal(await store.mount(descriptor, other), true);
      assert.equal(await text(store.read(descriptor)), "mounted");
      assert.equal(await store.mount(blob("nowhere").descriptor, other), false);
    });

    testing("finds content by its digest alone", async ({ store }) => {
      if (!can(store, "locating")) return;
      const { descriptor } = blob("found");
      assert.equal(await store.locate(descriptor.digest), undefined);
      await put(store, octets, Buffer.from("found"));
      assert.deepEqual(await store.locate(descriptor.digest), descriptor);
    });

    testing("reads parts of a blob", async ({ store }) => {
      if (!can(store, "ranging")) return;
      const part = await put(store, octets, Buffer.from("0123456789"));
      assert.equal(await text(store.readRange(part, 3, 7)), "3456");
      assert.equal(await text(store.readRange(part, 9, 10)), "9");
      assert.equal(await text(store.readRange(part, 5, 5)), "");
    });

    testing("gives content as a source that can be read from anywhere", async ({ store }) => {
      if (!can(store, "sourcing")) return;
      const content = await put(store, octets, Buffer.from("0123456789"));
      const source = await store.source(content);
      assert.equal(source?.size, 10);
      assert.equal(source && (await text(source.open(4))), "456789");
      assert.equal(source && (await text(source.open())), "0123456789");
      assert.equal(await store.source(blob("no").descriptor), undefined);
    });

    testing("takes content while it is made, and nothing where it is not what was said", async ({ store }) => {
      if (!can(store, "streaming")) return;
      const open = (): AsyncIterable<Uint8Array> => bytesSource(Buffer.from("made by and by")).open();
      const content = { mediaType: octets, digest: digestOf("made by and by"), size: 14 };
      for (let times = 0; times < 2; times++) {
        await store.stream(open, Promise.resolve(content));
        assert.equal(await text(store.read(content)), "made by and by");
      }
      const other = { ...content, digest: digestOf("something else") };
      await assert.rejects(store.stream(open, Promise.resolve(other)));
      assert.equal(await store.has(other), false);
    });

    testing("takes an upload whose digest is known at its end", async ({ store }) => {
      if (!can(store, "uploading")) return;
      for (const algorithm of ["sha256", "sha512"] as const) {
        const upload = await store.startUpload({ algorithm });
        assert.equal(await upload.append(bytesSource(Buffer.from("one ")).open()), 4);
        const again = await store.upload(upload.id);
        assert.equal(await again?.append(bytesSource(Buffer.from("two")).open()), 7);
        assert.equal(await upload.size(), 7);
        const digest = digestOf("one two", algorithm);
        const descriptor = await upload.commit(digest);
        assert.deepEqual(descriptor, { mediaType: octets, digest, size: 7 });
        assert.equal(await text(store.read(descriptor)), "one two");
        assert.equal(await store.upload(upload.id), undefined);
      }
    });

    testing("keeps what came before an upload's stream broke", async ({ store }) => {
      if (!can(store, "uploading")) return;
      const upload = await store.startUpload();
      const breaking = async function* () {
        yield Buffer.from("abc");
        throw new Error("cut");
      };
      await assert.rejects(upload.append(breaking()), /cut/);
      assert.equal(await upload.size(), 3);
      await upload.append(bytesSource(Buffer.from("def")).open());
      assert.equal((await upload.commit(digestOf("abcdef"))).size, 6);
    });

    testing("ends an upload whose digest is wrong, and one that is given up", async ({ store }) => {
      if (!can(store, "uploading")) return;
      const wrong = await store.startUpload();
      await wrong.append(bytesSource(Buffer.from("abc")).open());
      await assert.rejects(wrong.commit(digestOf("abd")), failsWith("CONTENT_MISMATCH"));
      assert.equal(await store.upload(wrong.id), undefined);
      assert.equal(await store.has({ mediaType: octets, digest: digestOf("abc"), size: 3 }), false);
      const given = await store.startUpload();
      await given.cancel();
      assert.equal(await store.upload(given.id), undefined);
      assert.equal(await store.upload("../../etc/passwd"), undefined);
    });
  });
}

function byDigest(descriptors: readonly Descriptor[]): readonly Descriptor[] {
  return [...descriptors].sort((a, b) => (a.digest < b.digest ? -1 : 1));
}
