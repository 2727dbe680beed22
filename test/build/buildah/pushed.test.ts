import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { importPushed } from "../../../src/build/buildah/pushed.ts";
import { Failure } from "../../../src/failure/index.ts";
import { type Digest, digestOf, encodedOf } from "../../../src/oci/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { rawTar } from "../../support/base-image.ts";
import { readImage } from "../../support/built.ts";
import { aFolder } from "../../support/folder.ts";
import { put } from "../../support/images.ts";

/** A folder as `buildah push dir:` writes it. */
async function aPushed(dir: string, layers: readonly Uint8Array[], diffIds: readonly Digest[]): Promise<void> {
  await mkdir(dir, { recursive: true });
  const blob = async (mediaType: string, bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    await writeFile(join(dir, encodedOf(digest)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const config = JSON.stringify({
    os: "linux",
    architecture: "amd64",
    container: "e0d21eb3ab39",
    config: { Hostname: "e0d21eb3ab39", Healthcheck: { Test: ["CMD", "true"] }, Shell: ["/bin/sh", "-c"] },
    rootfs: { type: "layers", diff_ids: diffIds },
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: "application/vnd.docker.distribution.manifest.v2+json",
    config: await blob("application/vnd.docker.container.image.v1+json", Buffer.from(config)),
    layers: await Promise.all(layers.map((layer) => blob("application/vnd.docker.image.rootfs.diff.tar", layer))),
  };
  await writeFile(join(dir, "manifest.json"), JSON.stringify(manifest));
}

suite("what buildah pushed to a folder", () => {
  test("becomes an OCI image: new layers are packed, the base's stay as their registry has them", async () => {
    await using folder = await aFolder();
    const [base, added] = [await rawTar([{ name: "base", content: "b" }]), await rawTar([{ name: "added", content: "a" }])];
    const registry = memoryStore();
    const had = await put(registry, "application/vnd.docker.image.rootfs.diff.tar.gzip", gzipSync(base, { level: 1 }));
    await aPushed(join(folder.path, "pushed"), [base, added], [digestOf(base), digestOf(added)]);
    const into = memoryStore();
    const known = new Map([[digestOf(base), { store: registry, descriptor: had }]]);
    const content = await importPushed({ dir: join(folder.path, "pushed"), known, file: join(folder.path, "layer") }, into);
    const { manifest, config, files } = await readImage(into, content);
    assert.equal(manifest.mediaType, "application/vnd.oci.image.manifest.v1+json");
    assert.equal(manifest.layers[0]?.digest, had.digest);
    assert.deepEqual([...new Set(manifest.layers.map(({ mediaType }) => mediaType))], ["application/vnd.oci.image.layer.v1.tar+gzip"]);
    assert.deepEqual([...files.keys()].toSorted(), ["added", "base"]);
    assert.deepEqual(config.config, { Healthcheck: { Test: ["CMD", "true"] }, Shell: ["/bin/sh", "-c"] });
  });

  test("gives the same image whether its layers were packed or not", async () => {
    await using folder = await aFolder();
    const tar = await rawTar([{ name: "a", content: "a" }]);
    const contents = [];
    for (const [name, layer] of [
      ["plain", tar],
      ["packed", gzipSync(tar, { level: 9 })],
      ["packed with zstd", zstdCompressSync(tar)],
    ] as const) {
      const dir = join(folder.path, name);
      await aPushed(dir, [layer], [digestOf(tar)]);
      contents.push((await importPushed({ dir, known: new Map(), file: join(folder.path, "layer") }, memoryStore())).digest);
    }
    assert.equal(contents[0], contents[1]);
    assert.equal(contents[0], contents[2]);
  });

  test("is refused where a layer is not the one that the config names", async () => {
    await using folder = await aFolder();
    const tar = await rawTar([{ name: "a", content: "a" }]);
    for (const diffIds of [[digestOf("other")], [], [digestOf(tar), digestOf(tar)]]) {
      await aPushed(folder.path, [tar], diffIds);
      const importing = importPushed({ dir: folder.path, known: new Map(), file: join(folder.path, "layer") }, memoryStore());
      await assert.rejects(importing, (thrown) => thrown instanceof Failure && thrown.code === "IMAGE_INVALID");
    }
  });
});
