import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { annotationKeys, type Descriptor, digestOf, encodeManifest, mediaTypes, parsePlatform, parseTag } from "../../src/oci/index.ts";
import { memoryStore, type Store, writeBytes } from "../../src/store/index.ts";
import { type Subject, validate } from "../../src/validate/index.ts";
import { anImage, writeImage, writeIndex } from "./support.ts";

const sha = "a".repeat(40);
const amd64 = parsePlatform("linux/amd64");
const revisionLabel = { Labels: { [annotationKeys.revision]: sha } };

async function codesOf(store: Store, root: Descriptor, expected: Subject["expected"]): Promise<readonly string[]> {
  return (await validate({ store, root, expected })).filter(({ level }) => level === "error").map(({ code }) => code);
}

suite("an image's platform", () => {
  test("is read from its config, and must be the one that was asked for", async () => {
    const right = await anImage({ platform: "linux/amd64" });
    assert.deepEqual(await codesOf(right.store, right.root, { platform: amd64 }), []);
    const wrong = await anImage({ platform: "linux/arm64" });
    assert.deepEqual(await codesOf(wrong.store, wrong.root, { platform: amd64 }), ["platform-mismatch"]);
  });

  test("must be right for every image of an index, not for any", async () => {
    const store = memoryStore();
    const right = await writeImage(store);
    const wrong = await writeImage(store, { platform: "linux/arm64" });
    assert.deepEqual(await codesOf(store, await writeIndex(store, [right]), { platform: amd64 }), []);
    assert.deepEqual(await codesOf(store, await writeIndex(store, [right, wrong]), { platform: amd64 }), ["platform-mismatch"]);
  });

  test("is not what an index only says of a child", async () => {
    const store = memoryStore();
    const wrong = await writeImage(store, { platform: "linux/arm64" });
    const root = await writeIndex(store, [{ ...wrong, platform: amd64 }]);
    assert.deepEqual(await codesOf(store, root, { platform: amd64 }), ["platform-disagrees", "platform-mismatch"]);
  });

  test("is not asked of attestations, which must be there all the same", async () => {
    const store = memoryStore();
    const image = await writeImage(store);
    const attestation = {
      ...(await writeImage(store, { platform: "unknown/unknown" })),
      platform: parsePlatform("unknown/unknown"),
      annotations: { [annotationKeys.dockerReferenceType]: "attestation-manifest" },
    };
    const root = await writeIndex(store, [image, attestation]);
    assert.deepEqual(await codesOf(store, root, { platform: amd64 }), []);
    await store.delete(attestation);
    assert.deepEqual(await codesOf(store, root, { platform: amd64 }), ["attestation-missing"]);
  });

  test("cannot be right where an index holds no image", async () => {
    const store = memoryStore();
    assert.deepEqual(await codesOf(store, await writeIndex(store, []), { platform: amd64 }), ["no-image"]);
  });
});

suite("an image's revision", () => {
  test("must be the commit, in the label and in the annotation", async () => {
    const other = "b".repeat(40);
    const annotated = (value: string) => ({ [annotationKeys.revision]: value });
    const cases = [
      [{ config: revisionLabel }, []],
      [{ annotations: annotated(sha) }, []],
      [{}, ["revision-missing"]],
      [{ config: revisionLabel, annotations: annotated(other) }, ["revision-mismatch"]],
      [{ config: { Labels: annotated(other) }, annotations: annotated(sha) }, ["revision-mismatch"]],
    ] as const;
    for (const [parts, codes] of cases) {
      const { store, root } = await anImage(parts);
      assert.deepEqual(await codesOf(store, root, { revision: sha }), codes);
    }
  });

  test("is not asked for where no commit is expected", async () => {
    const { store, root } = await anImage();
    assert.deepEqual(await codesOf(store, root, {}), []);
  });
});

suite("an image's content", () => {
  test("must be there", async () => {
    const { store, root } = await anImage();
    const missing = { ...root, digest: digestOf(new TextEncoder().encode("other")) };
    assert.deepEqual(await codesOf(store, missing, {}), ["missing"]);
  });

  test("must have as many layers as its config names", async () => {
    const { store, root } = await anImage({ diffIds: 0 });
    assert.deepEqual(await codesOf(store, root, {}), ["layer-count"]);
  });

  test("must be an image: neither something else nor an index within an index", async () => {
    const store = memoryStore();
    const bytes = new TextEncoder().encode("[]");
    assert.deepEqual(await codesOf(store, await writeBytes(store, mediaTypes.ociManifest, bytes), {}), ["unreadable"]);
    const nested = await writeIndex(store, [await writeIndex(store, [await writeImage(store)])]);
    assert.deepEqual(await codesOf(store, nested, {}), ["not-an-image"]);
  });

  test("must have every layer", async () => {
    const { store, root } = await anImage();
    const gone = { mediaType: mediaTypes.ociLayer, digest: digestOf(new TextEncoder().encode("gone")), size: 4 };
    const intact = JSON.parse(new TextDecoder().decode(Buffer.concat(await Array.fromAsync(store.read(root)))));
    const bytes = encodeManifest({ kind: "manifest", mediaType: mediaTypes.ociManifest, config: intact.config, layers: [gone] });
    // A registry may take a manifest whose blobs are collected later.
    const broken = await writeBytes(store, mediaTypes.ociManifest, bytes);
    assert.deepEqual(await codesOf(store, broken, {}), ["layer-missing"]);
  });
});

suite("latest", () => {
  test("is compared by root digest", async () => {
    const { store, root } = await anImage();
    const expected = { latest: parseTag("latest") };
    const seen = async (): Promise<readonly string[]> => (await validate({ store, root, expected })).map(({ code }) => code);
    assert.deepEqual(await seen(), ["latest-absent", "program-none"]);
    await store.tag(parseTag("latest"), root);
    assert.deepEqual(await seen(), ["program-none"]);
    await store.tag(parseTag("latest"), await writeIndex(store, [root]));
    assert.deepEqual(await seen(), ["latest-differs", "program-none"]);
  });
});
