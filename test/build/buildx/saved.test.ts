import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { importSaved } from "../../../src/build/buildx/saved.ts";
import { Failure } from "../../../src/failure/index.ts";
import { digestOf } from "../../../src/oci/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { type RawEntry, rawTar } from "../../support/base-image.ts";
import { readImage } from "../../support/built.ts";
import { aFolder } from "../../support/folder.ts";

const layer = await rawTar([{ name: "greeting", content: "hello" }]);
const configOf = (...layers: readonly Uint8Array[]): string =>
  JSON.stringify({
    os: "linux",
    architecture: "amd64",
    docker_version: "20.10",
    rootfs: { type: "layers", diff_ids: layers.map((bytes) => digestOf(bytes)) },
    config: { Cmd: ["x"] },
  });
const manifestOf = (...layers: readonly string[]): string => JSON.stringify([{ Config: "config.json", RepoTags: ["a:b"], Layers: layers }]);

/** Imports an archive of these entries, and reads what came of it. */
async function imported(...entries: readonly RawEntry[]) {
  await using folder = await aFolder();
  const file = join(folder.path, "saved.tar");
  await writeFile(file, await rawTar(entries));
  const store = memoryStore();
  return await readImage(store, await importSaved(file, store, folder.path, undefined));
}

const refused = async (message: RegExp, ...entries: readonly RawEntry[]): Promise<void> =>
  await assert.rejects(
    imported(...entries),
    (thrown) => thrown instanceof Failure && thrown.code === "IMAGE_INVALID" && message.test(thrown.message),
  );

suite("what docker save wrote", () => {
  test("becomes an OCI image with packed layers, and its config as it is", async () => {
    const { manifest, config, files } = await imported(
      { name: "one/layer.tar", content: layer },
      { name: "config.json", content: configOf(layer) },
      { name: "manifest.json", content: manifestOf("one/layer.tar") },
    );
    assert.equal(manifest.mediaType, "application/vnd.oci.image.manifest.v1+json");
    assert.equal(manifest.layers[0]?.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
    assert.deepEqual(config.config, { Cmd: ["x"] });
    assert.equal(files.get("greeting")?.content, "hello");
  });

  test("may have a layer twice, the second time as a link to the first", async () => {
    const { manifest } = await imported(
      { name: "one/layer.tar", content: layer },
      { name: "two/layer.tar", type: "symlink", linkname: "../one/layer.tar" },
      { name: "config.json", content: configOf(layer, layer) },
      { name: "manifest.json", content: manifestOf("one/layer.tar", "two/layer.tar") },
    );
    assert.equal(manifest.layers.length, 2);
    assert.deepEqual(manifest.layers[0], manifest.layers[1]);
  });

  test("has the same layers whether Docker saved them packed or not", async () => {
    const saved = async (content: Uint8Array) =>
      (
        await imported(
          { name: "blobs/sha256/a", content },
          { name: "config.json", content: configOf(layer) },
          { name: "manifest.json", content: manifestOf("blobs/sha256/a") },
        )
      ).manifest.layers;
    assert.deepEqual(await saved(gzipSync(layer, { level: 1 })), await saved(layer));
    assert.deepEqual(await saved(zstdCompressSync(layer)), await saved(layer));
  });

  test("is refused where a layer is missing, is another, or is one too few", async () => {
    const config = { name: "config.json", content: configOf(layer) };
    await refused(/no one\/layer\.tar/, config, { name: "manifest.json", content: manifestOf("one/layer.tar") });
    const other = { name: "one/layer.tar", content: await rawTar([{ name: "other" }]) };
    await refused(/not those of its config/, other, config, { name: "manifest.json", content: manifestOf("one/layer.tar") });
    await refused(/not those of its config/, config, { name: "manifest.json", content: manifestOf() });
  });

  test("is refused where it has no manifest, several images, or no JSON", async () => {
    await refused(/no manifest\.json/, { name: "x", content: "" });
    await refused(/is not one/, { name: "manifest.json", content: "no JSON" });
    await refused(/is not one/, { name: "manifest.json", content: '[{"Config":"c","Layers":[1]}]' });
    await refused(/no image, or several/, { name: "manifest.json", content: '[{"Config":"c","Layers":[]},{"Config":"c","Layers":[]}]' });
  });

  test("never leads outside its folder", async () => {
    const manifest = { name: "manifest.json", content: manifestOf("one/layer.tar") };
    const config = { name: "config.json", content: configOf(layer) };
    await refused(/no one\/layer\.tar/, { name: "one/layer.tar", type: "symlink", linkname: "../../../etc/passwd" }, config, manifest);
    await refused(/no \.\.\/layer\.tar/, { name: "../layer.tar", content: layer }, config, {
      name: "manifest.json",
      content: manifestOf("../layer.tar"),
    });
  });
});
