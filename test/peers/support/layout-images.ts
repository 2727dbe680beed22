import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, type ImageManifest } from "../../../src/oci/index.ts";
import { openLayout, readManifest } from "../../../src/store/index.ts";
import { anImage, anIndex, type ImageOptions } from "../../support/images.ts";

/** An image or index in an OCI layout of its own, under the tag `t`. */
export interface LayoutImage {
  readonly dir: string;
  readonly digest: string;
  readonly configs: readonly string[];
  readonly layers: readonly string[];
}

/** Makes an image that nobody has. */
export async function imageLayout(dir: string, options: ImageOptions = {}): Promise<LayoutImage> {
  const store = await openLayout(dir, { create: true, durable: false });
  const image = await anImage(store, { layers: 2, ...options, tag: "t" });
  return { dir, digest: image.digest, ...partsOf([(await readManifest(store, image)) as ImageManifest]) };
}

/** Makes an index of two platforms' images that nobody has. */
export async function indexLayout(dir: string): Promise<LayoutImage> {
  const store = await openLayout(dir, { create: true, durable: false });
  const index = await anIndex(store, ["linux/amd64", "linux/arm64"], { tag: "t" });
  const manifest = await readManifest(store, index);
  assert.ok(manifest.kind === "index");
  const images = await Promise.all(manifest.manifests.map((child) => readManifest(store, child)));
  return { dir, digest: index.digest, ...partsOf(images as ImageManifest[]) };
}

function partsOf(images: readonly ImageManifest[]): Pick<LayoutImage, "configs" | "layers"> {
  return {
    configs: images.map(({ config }) => config.digest).toSorted(),
    layers: images.flatMap(({ layers }) => layers.map(({ digest }) => digest)).toSorted(),
  };
}

/** The digests of all that a layout holds, each of which its bytes must have. */
export async function contentOf(dir: string): Promise<readonly string[]> {
  const names = await readdir(join(dir, "blobs/sha256"));
  for (const name of names) assert.equal(digestOf(await readFile(join(dir, "blobs/sha256", name))), `sha256:${name}`);
  return names.map((name) => `sha256:${name}`).toSorted();
}

/** The digests that a layout's index.json names. */
export async function rootsOf(dir: string): Promise<readonly string[]> {
  const index = JSON.parse(await readFile(join(dir, "index.json"), "utf8")) as { manifests: { digest: string }[] };
  return index.manifests.map(({ digest }) => digest);
}
