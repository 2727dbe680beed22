import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { isDeepStrictEqual } from "node:util";
import { Failure, quoteForeign } from "../../failure/index.ts";
import { configLimit, type Descriptor, encodeConfig, encodeManifest, mediaTypes, parseConfig } from "../../oci/index.ts";
import { type Store, writeBytes } from "../../store/index.ts";
import { archiveEntries } from "../../validate/index.ts";
import type { Layer } from "../assemble/layer.ts";
import { packLayerFile } from "../layer-file.ts";

/**
 * Brings an image that `docker save` wrote into a store, as an OCI image. Its layers are packed here, so that they are the same
 * however often they are saved.
 * @throws Failure IMAGE_INVALID
 */
export async function importSaved(file: string, into: Store, tempDir: string, signal: AbortSignal | undefined): Promise<Descriptor> {
  const saved = await unpackTo(file, join(tempDir, "saved"), signal);
  const [image, ...others] = parseManifest(await read(saved, "manifest.json"));
  if (image === undefined || others.length > 0) throw new Failure("IMAGE_INVALID", "docker save wrote no image, or several");
  const config = parseConfig(new TextEncoder().encode(await read(saved, image.Config)));
  const packed = new Map<string, Layer>();
  const layers: Layer[] = [];
  for (const name of image.Layers) {
    const path = saved.path(name);
    const layer = packed.get(path) ?? (await packLayerFile(path, join(tempDir, "layer.gz"), into, signal));
    packed.set(path, layer);
    layers.push(layer);
  }
  if (
    !isDeepStrictEqual(
      layers.map(({ diffId }) => diffId),
      config.rootfs.diff_ids,
    )
  ) {
    throw new Failure("IMAGE_INVALID", "the layers that docker save wrote are not those of its config");
  }
  const written = await writeBytes(into, mediaTypes.ociConfig, encodeConfig(config), { signal });
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    config: written,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  return await writeBytes(into, mediaTypes.ociManifest, manifest, { signal });
}

/** The files of an archive that `docker save` wrote, on disk. */
interface SavedFiles {
  /**
   * Where a file is.
   * @throws Failure IMAGE_INVALID where the archive does not have it
   */
  path(name: string): string;
}

async function unpackTo(file: string, dir: string, signal: AbortSignal | undefined): Promise<SavedFiles> {
  const files = new Set<string>();
  const links = new Map<string, string>();
  const bytes = createReadStream(file, { highWaterMark: 1 << 20, signal });
  for await (const { header, content } of archiveEntries(bytes, "none", "what docker save wrote")) {
    const { name, type, linkname } = header;
    if (!isInside(name)) continue;
    // Docker before 25 writes a layer that is there twice once, and then as a link.
    if (type === "symlink" && linkname) links.set(name, posix.join(posix.dirname(name), linkname));
    if (type !== "file") continue;
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(content, createWriteStream(path));
    files.add(name);
  }
  return {
    path(name) {
      const real = files.has(name) ? name : links.get(name);
      if (real === undefined || !files.has(real)) throw new Failure("IMAGE_INVALID", `docker save wrote no ${quoteForeign(name)}`);
      return join(dir, real);
    },
  };
}

function isInside(name: string): boolean {
  return !name.startsWith("/") && !name.split("/").includes("..");
}

async function read(saved: SavedFiles, name: string): Promise<string> {
  const path = saved.path(name);
  if ((await stat(path)).size > configLimit)
    throw new Failure("IMAGE_INVALID", `${quoteForeign(name)} is larger than ${configLimit} bytes`);
  return await readFile(path, "utf8");
}

function parseManifest(text: string): readonly { readonly Config: string; readonly Layers: readonly string[] }[] {
  const valid = (one: unknown): one is { Config: string; Layers: string[] } =>
    typeof one === "object" &&
    one !== null &&
    "Config" in one &&
    typeof one.Config === "string" &&
    "Layers" in one &&
    Array.isArray(one.Layers) &&
    one.Layers.every((name) => typeof name === "string");
  const value = parseJson(text);
  if (!Array.isArray(value) || !value.every(valid))
    throw new Failure("IMAGE_INVALID", "the manifest.json that docker save wrote is not one");
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
