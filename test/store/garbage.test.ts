import assert from "node:assert/strict";
import { lstat, mkdir, readdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../../src/failure/index.ts";
import { type Descriptor, digestOf, encodeManifest, manifestLimit, mediaTypes, parseTag } from "../../src/oci/index.ts";
import { collectRepositories, diskRepositories, openLayout, readBytes, readManifest, type Store } from "../../src/store/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { anArtifact, anImage, anIndex, put } from "../support/images.ts";
import { clientOf } from "../support/registry-client.ts";
import { seededNumbers } from "../support/seeded.ts";

const minuteMs = 60_000;
const settings = { olderThanMs: minuteMs };

/** Makes all content of a layout two hours old. */
async function age(dir: string): Promise<void> {
  const then = new Date(Date.now() - 2 * 3_600_000);
  for (const algorithm of await readdir(join(dir, "blobs")).catch(() => [])) {
    for (const encoded of await readdir(join(dir, "blobs", algorithm))) {
      // Somebody may collect garbage meanwhile.
      await utimes(join(dir, "blobs", algorithm, encoded), then, then).catch(() => {});
    }
  }
}

async function blobsIn(dir: string): Promise<readonly string[]> {
  return (await readdir(join(dir, "blobs/sha256"))).map((encoded) => `sha256:${encoded}`);
}

/** All that belongs to a manifest, which must be there and right. */
async function assertWhole(store: Store, root: Descriptor): Promise<void> {
  const manifest = await readManifest(store, root);
  if (manifest.kind === "index") for (const child of manifest.manifests) await assertWhole(store, child);
  else for (const part of [manifest.config, ...manifest.layers]) await readBytes(store, part, manifestLimit);
}

suite("Garbage collection", () => {
  test("removes old content that nothing names, and leaves all that something names", async () => {
    await using folder = await aFolder();
    const store = await openLayout(folder.path, { create: true });
    const image = await anImage(store, { layers: 3, tag: "kept" });
    const index = await anIndex(store, ["linux/amd64", "linux/arm64"], { tag: "many", attested: true });
    const nested = await anIndex(store, [index], { tag: "nested" });
    const referrer = await anArtifact(store, { subject: image });
    const untagged = await anImage(store);
    const big = await anImage(store, { algorithm: "sha512", tag: "sha512" });
    const before = await blobsIn(folder.path);
    const orphan = await put(store, mediaTypes.ociLayer, Buffer.alloc(70_000, "orphan"));
    const nobodys = await put(store, mediaTypes.ociLayer, Buffer.from("orphan of sha512"), "sha512");
    await age(folder.path);
    assert.deepEqual(await store.collectGarbage({ ...settings, dryRun: true }), { blobs: 2, bytes: 70_016 });
    assert.equal(await store.has(orphan), true);
    assert.deepEqual(await store.collectGarbage(settings), { blobs: 2, bytes: 70_016 });
    assert.deepEqual((await blobsIn(folder.path)).toSorted(), before.toSorted());
    for (const one of [image, index, nested, referrer, untagged, big]) await assertWhole(store, one);
    assert.deepEqual([await store.has(orphan), await store.has(nobodys)], [false, false]);
    assert.deepEqual(await store.collectGarbage(settings), { blobs: 0, bytes: 0 });
    assert.deepEqual(await readdir(join(folder.path, ".waybill/trash")).catch(() => []), []);
  });

  test("of a manifest that was deleted takes what no other names", async () => {
    await using folder = await aFolder();
    const store = await openLayout(folder.path, { create: true });
    const shared = { base: "the same base" };
    const [gone, stays] = [
      await anImage(store, { layers: [shared, { app: "1" }] }),
      await anImage(store, { layers: [shared, { app: "2" }] }),
    ];
    await store.delete(gone);
    await age(folder.path);
    // The layer with the application and the configuration.
    assert.equal((await store.collectGarbage(settings)).blobs, 2);
    await assertWhole(store, stays);
  });

  test("leaves what is young, and what anybody asked for since", async () => {
    await using folder = await aFolder();
    const store = await openLayout(folder.path, { create: true });
    const asked = await put(store, mediaTypes.ociLayer, Buffer.from("asked for"));
    const written = await put(store, mediaTypes.ociLayer, Buffer.from("written again"));
    const mounted = await put(store, mediaTypes.ociLayer, Buffer.from("mounted"));
    await age(folder.path);
    const young = await put(store, mediaTypes.ociLayer, Buffer.from("young"));
    await store.locate(asked.digest);
    await put(store, mediaTypes.ociLayer, Buffer.from("written again"));
    await using elsewhere = await aFolder();
    const other = await openLayout(elsewhere.path, { create: true });
    await other.mount(mounted, store);
    assert.equal((await store.collectGarbage(settings)).blobs, 0);
    for (const one of [asked, written, mounted, young]) assert.equal(await store.has(one), true);
  });

  test("leaves the old parts of a manifest that came just now and is not entered yet", async () => {
    await using folder = await aFolder();
    const store = await openLayout(folder.path, { create: true });
    const [config, layer] = [Buffer.from("{}"), Buffer.from("layer")];
    const parts = [await put(store, mediaTypes.ociConfig, config), await put(store, mediaTypes.ociLayer, layer)] as const;
    await age(folder.path);
    const manifest = encodeManifest({ kind: "manifest", mediaType: mediaTypes.ociManifest, config: parts[0], layers: [parts[1]] });
    await writeFile(join(folder.path, "blobs/sha256", digestOf(manifest).slice("sha256:".length)), manifest);
    assert.equal((await store.collectGarbage(settings)).blobs, 0);
  });

  test("what a killed collector was judging is found again by whoever asks for it", async () => {
    await using folder = await aFolder();
    const store = await openLayout(folder.path, { create: true });
    const layer = await put(store, mediaTypes.ociLayer, Buffer.from("layer"));
    const [algorithm, encoded = ""] = layer.digest.split(":");
    const trash = join(folder.path, ".waybill/trash");
    await mkdir(trash);
    await rename(join(folder.path, "blobs/sha256", encoded), join(trash, `${algorithm}-${encoded}`));
    assert.equal((await store.locate(layer.digest))?.size, layer.size);
    assert.equal(await store.has(layer), true);
  });

  test("stops where a manifest is damaged, since nobody knows what it named", async () => {
    await using folder = await aFolder();
    const repositories = diskRepositories(folder.path);
    const [bad, good] = [repositories.open("team/bad"), repositories.open("team/good")];
    const image = await anImage(bad, { tag: "v1" });
    for (const store of [bad, good]) await put(store, mediaTypes.ociLayer, Buffer.from("orphan"));
    const dirs = ["bad", "good"].map((name) => join(folder.path, "team", name, "_layout"));
    await writeFile(join(dirs[0] ?? "", "blobs/sha256", image.digest.slice("sha256:".length)), "x".repeat(image.size));
    for (const dir of dirs) await age(dir);
    const found = await Array.fromAsync(collectRepositories(folder.path, settings));
    assert.deepEqual(
      found.map(({ repository, garbage, failure }) => [repository, garbage?.blobs, failure?.code]),
      [
        ["team/bad", undefined, "CONTENT_MISMATCH"],
        ["team/good", 1, undefined],
      ],
    );
  });

  test("refuses an age at which a running push would lose its layers, and a folder that is not there", async () => {
    await using folder = await aFolder();
    for (const olderThanMs of [0, minuteMs - 1, Number.NaN]) {
      await assert.rejects(Array.fromAsync(collectRepositories(folder.path, { olderThanMs })), { code: "USAGE" });
    }
    await assert.rejects(Array.fromAsync(collectRepositories(join(folder.path, "nowhere"), settings)), { code: "NOT_FOUND" });
  });

  test("loses nothing of pushes that run, whatever lay there before", async () => {
    await using folder = await aFolder();
    const repositories = diskRepositories(folder.path, { durable: false });
    await using registry = await anEmbeddedRegistry({ repositories });
    await using under = clientOf(registry.served.host);
    const dir = join(folder.path, "team/app/_layout");
    const layout = await openLayout(dir, { create: true, durable: false });
    const random = seededNumbers(7);
    let collected = 0;
    for (let round = 0; round < 12; round++) {
      // What is pushed again in the next round is garbage by then, and old.
      for await (const tag of layout.tags()) {
        const found = await layout.resolve(tag);
        if (found !== undefined) await layout.delete(found);
      }
      await age(dir);
      const images = Array.from({ length: 8 }, () => Math.floor(random() * 12));
      let pushing = true;
      const pushed = Promise.all(
        images.map(async (seed, at) => {
          await sleep(random() * 30);
          const layers = [{ base: "shared by all" }, { [`layer-${seed % 5}`]: `of ${seed % 5}` }, { app: `${seed}` }];
          const image = await anImage(under.store, { layers, seed: `${seed}` });
          await under.store.tag(parseTag(`r${round}-${at}`), image);
          return image;
        }),
      ).finally(() => {
        pushing = false;
      });
      while (pushing) {
        collected += (await layout.collectGarbage(settings)).blobs;
        await sleep(random() * 5);
      }
      for (const image of await pushed) await assertWhole(under.store, image);
    }
    assert.ok(collected > 0, "nothing was garbage: the test shows nothing");
  });

  test("ends when it is interrupted, with what was removed removed", async () => {
    await using folder = await aFolder();
    const store = await openLayout(folder.path, { create: true });
    await put(store, mediaTypes.ociLayer, Buffer.from("orphan"));
    await age(folder.path);
    await assert.rejects(
      store.collectGarbage({ ...settings, signal: AbortSignal.abort() }),
      (thrown: unknown) => thrown instanceof Failure,
    );
    assert.equal((await blobsIn(folder.path)).length, 1);
  });

  test("a layout that is gone or was never written has no garbage", async () => {
    await using folder = await aFolder();
    const store = await openLayout(join(folder.path, "one"), { create: true });
    await rm(join(folder.path, "one"), { recursive: true });
    assert.deepEqual(await store.collectGarbage(settings), { blobs: 0, bytes: 0 });
    assert.equal(await lstat(join(folder.path, "one")).catch(() => undefined), undefined);
  });
});
