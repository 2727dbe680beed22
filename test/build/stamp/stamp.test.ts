import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type Stamp, stamp } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";
import { annotationKeys, type Descriptor, mediaTypes } from "../../../src/oci/index.ts";
import { memoryStore, readConfig, readManifest, type Store } from "../../../src/store/index.ts";
import { aBaseImage } from "../../support/base-image.ts";
import { anImage, anIndex } from "../../support/images.ts";

const revision = "5da1cb0".padEnd(40, "0");
const by: Stamp = {
  revision,
  created: "2026-01-02T03:04:05Z",
  source: "https://github.com/quiltdata/waybill",
  version: revision,
  env: {},
  labels: {},
  origin: { revision, created: "2026-01-02T03:04:05Z" },
};

async function read(store: Store, descriptor: Descriptor) {
  const manifest = await readManifest(store, descriptor);
  if (manifest.kind !== "manifest") throw new Error("an index");
  return { manifest, config: await readConfig(store, manifest.config) };
}

suite("the stamp", () => {
  test("says commit, source, version and time in labels and annotations", async () => {
    const store = memoryStore();
    const content = await anImage(store);
    const { manifest, config } = await read(store, await stamp(store, content, by));
    const words = {
      [annotationKeys.revision]: revision,
      [annotationKeys.source]: "https://github.com/quiltdata/waybill",
      [annotationKeys.version]: revision,
      [annotationKeys.created]: "2026-01-02T03:04:05Z",
    };
    assert.deepEqual(config.config?.Labels, words);
    assert.equal(config.created, "2026-01-02T03:04:05Z");
    assert.deepEqual(manifest.annotations, {
      ...words,
      [annotationKeys.contentDigest]: content.digest,
      [annotationKeys.originRevision]: revision,
      [annotationKeys.originCreated]: "2026-01-02T03:04:05Z",
    });
  });

  test("says where content came from that is not this commit's", async () => {
    const store = memoryStore();
    const content = await anImage(store);
    const origin = { revision: "a".repeat(40), created: "2025-01-01T00:00:00Z", digest: `sha256:${"b".repeat(64)}` };
    const { manifest } = await read(store, await stamp(store, content, { ...by, origin, contentKey: "sha256:key" }));
    assert.deepEqual(
      [
        annotationKeys.originRevision,
        annotationKeys.originCreated,
        annotationKeys.originDigest,
        annotationKeys.contentKey,
        annotationKeys.revision,
      ].map((key) => manifest.annotations?.[key]),
      [origin.revision, origin.created, origin.digest, "sha256:key", revision],
    );
  });

  test("stands apart from the content: layers and all settings stay", async () => {
    const store = memoryStore();
    const content = await anImage(store, { layers: 3, env: ["A=1"] });
    const before = await read(store, content);
    const [one, other] = [await stamp(store, content, by), await stamp(store, content, { ...by, revision: "f".repeat(40) })];
    assert.notEqual(one.digest, other.digest);
    for (const root of [one, other]) {
      const after = await read(store, root);
      assert.deepEqual(after.manifest.layers, before.manifest.layers);
      assert.deepEqual(after.config.rootfs, before.config.rootfs);
      assert.notEqual(after.manifest.config.digest, before.manifest.config.digest);
      const { Labels: _, ...settings } = after.config.config ?? {};
      assert.deepEqual(settings, before.config.config);
    }
    assert.deepEqual(await read(store, content), before);
  });

  test("gives the same digest each time, whatever the order in which it is told", async () => {
    const store = memoryStore();
    const content = await anImage(store, { seed: "x" });
    const one = await stamp(store, content, { ...by, env: { A: "1", B: "2" }, labels: { a: "1", b: "2" } });
    const other = await stamp(store, content, { ...by, labels: { b: "2", a: "1" }, env: { B: "2", A: "1" } });
    assert.deepEqual(one, other);
  });

  test("sets the environment: what is there keeps its place", async () => {
    const store = memoryStore();
    const content = await anImage(store, { env: ["PATH=/bin", "VERSION=base", "Z=1"] });
    const { config } = await read(store, await stamp(store, content, { ...by, env: { VERSION: revision, B: "b", A: "a=b" } }));
    assert.deepEqual(config.config?.Env, ["PATH=/bin", `VERSION=${revision}`, "Z=1", "A=a=b", "B=b"]);
  });

  test("takes the labels of a base away that would speak of another source, and keeps the others", async () => {
    const store = memoryStore();
    const labels = {
      [annotationKeys.source]: "https://example.com/base",
      [annotationKeys.revision]: "base",
      [annotationKeys.version]: "12",
      maintainer: "someone",
    };
    const content = await anImage(store, { labels, annotations: { kept: "yes", [annotationKeys.revision]: "base" } });
    const { source: _, ...without } = by;
    const { config, manifest } = await read(store, await stamp(store, content, { ...without, labels: { maintainer: "us", team: "x" } }));
    assert.deepEqual(config.config?.Labels, {
      maintainer: "us",
      team: "x",
      [annotationKeys.revision]: revision,
      [annotationKeys.version]: revision,
      [annotationKeys.created]: by.created,
    });
    assert.equal(manifest.annotations?.["kept"], "yes");
    assert.equal(manifest.annotations?.[annotationKeys.revision], revision);
  });

  test("takes no source of a base for its own, in annotations either", async () => {
    const store = memoryStore();
    const content = await anImage(store, { annotations: { [annotationKeys.source]: "https://example.com/base" } });
    const { source: _, ...without } = by;
    assert.equal((await read(store, await stamp(store, content, without))).manifest.annotations?.[annotationKeys.source], undefined);
  });

  test("never lets a configured label stand for the commit", async () => {
    const store = memoryStore();
    const { config } = await read(
      store,
      await stamp(store, await anImage(store), { ...by, labels: { [annotationKeys.revision]: "mine" } }),
    );
    assert.equal(config.config?.Labels?.[annotationKeys.revision], revision);
  });

  test("makes OCI's media types of Docker's, and keeps config fields that it does not know", async () => {
    const store = memoryStore();
    const content = await aBaseImage(store, {
      docker: true,
      config: { Unknown: { a: 1 } },
      more: { docker_version: "20.10", container: "x" },
    });
    const root = await stamp(store, content, by);
    const { manifest, config } = await read(store, root);
    assert.deepEqual(
      [root.mediaType, manifest.mediaType, manifest.config.mediaType, ...manifest.layers.map(({ mediaType }) => mediaType)],
      [mediaTypes.ociManifest, mediaTypes.ociManifest, mediaTypes.ociConfig, mediaTypes.ociLayerGzip],
    );
    assert.deepEqual([config["docker_version"], config["container"], config.config?.["Unknown"]], ["20.10", "x", { a: 1 }]);
  });

  test("stamps each platform of an index, then the index, and drops attestations of what was not stamped", async () => {
    const store = memoryStore();
    const content = await anIndex(store, ["linux/amd64", "linux/arm64"], { attested: true, docker: false });
    const root = await stamp(store, content, by);
    const index = await readManifest(store, root);
    assert.ok(index.kind === "index");
    assert.equal(index.annotations?.[annotationKeys.revision], revision);
    assert.equal(index.annotations?.[annotationKeys.contentDigest], content.digest);
    assert.deepEqual(
      index.manifests.map(({ platform }) => platform?.architecture),
      ["amd64", "arm64"],
    );
    for (const child of index.manifests)
      assert.equal((await read(store, child)).config.config?.Labels?.[annotationKeys.revision], revision);
    assert.deepEqual(await stamp(store, content, by), root);
  });

  test("fails where the content is not there", async () => {
    const elsewhere = await anImage(memoryStore());
    await assert.rejects(stamp(memoryStore(), elsewhere, by), (thrown) => thrown instanceof Failure && thrown.code === "NOT_FOUND");
  });
});
