import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Failure } from "../../failure/index.ts";
import {
  configLimit,
  type Descriptor,
  type Digest,
  digester,
  encodeConfig,
  encodeManifest,
  mediaTypes,
  parseConfig,
} from "../../oci/index.ts";
import { fileSource, type Store, writeBytes } from "../../store/index.ts";
import { gzipMembers } from "../assemble/gzip.ts";
import { archiveEntries } from "../assemble/layer-files.ts";

/**
 * Brings an image that `docker save` wrote into a store, as an OCI image. Its layers are packed here, so that they are the same
 * however often they are saved.
 * @throws Failure IMAGE_INVALID
 */
export async function importSaved(file: string, into: Store, tempDir: string, signal: AbortSignal | undefined): Promise<Descriptor> {
  const dir = join(tempDir, "saved");
  const names = await unpackTo(file, dir);
  const [image, ...others] = parseManifest(await read(dir, "manifest.json", names));
  if (image === undefined || others.length > 0) throw new Failure("IMAGE_INVALID", "docker save wrote no image, or several");
  const config = parseConfig(new TextEncoder().encode(await read(dir, image.Config, names)));
  const layers: Descriptor[] = [];
  const diffIds: Digest[] = [];
  for (const name of image.Layers) {
    if (!names.has(name)) throw new Failure("IMAGE_INVALID", `docker save wrote no layer ${name}`);
    const { descriptor, diffId } = await packLayer(join(dir, name), into, join(tempDir, "layer.gz"), signal);
    layers.push(descriptor);
    diffIds.push(diffId);
  }
  if (diffIds.some((diffId, index) => diffId !== config.rootfs.diff_ids[index])) {
    throw new Failure("IMAGE_INVALID", "the layers that docker save wrote are not those of its config");
  }
  const written = await writeBytes(into, mediaTypes.ociConfig, encodeConfig(config), { signal });
  const manifest = encodeManifest({ kind: "manifest", mediaType: mediaTypes.ociManifest, config: written, layers });
  return await writeBytes(into, mediaTypes.ociManifest, manifest, { signal });
}

async function unpackTo(file: string, dir: string): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const { header, content } of archiveEntries(
    createReadStream(file, { highWaterMark: 1 << 20 }),
    "none",
    "what docker save wrote",
  )) {
    const { name, type } = header;
    if (type !== "file" || name.startsWith("/") || name.split("/").includes("..")) continue;
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(content, createWriteStream(path));
    names.add(name);
  }
  return names;
}

async function read(dir: string, name: string, names: ReadonlySet<string>): Promise<string> {
  if (!names.has(name)) throw new Failure("IMAGE_INVALID", `docker save wrote no ${name}`);
  const text = await readFile(join(dir, name), "utf8");
  if (text.length > configLimit) throw new Failure("IMAGE_INVALID", `${name} is larger than ${configLimit} bytes`);
  return text;
}

function parseManifest(text: string): readonly { readonly Config: string; readonly Layers: readonly string[] }[] {
  const value: unknown = JSON.parse(text);
  const valid = (one: unknown): one is { Config: string; Layers: string[] } =>
    typeof one === "object" &&
    one !== null &&
    "Config" in one &&
    typeof one.Config === "string" &&
    "Layers" in one &&
    Array.isArray(one.Layers);
  if (!Array.isArray(value) || !value.every(valid))
    throw new Failure("IMAGE_INVALID", "the manifest.json that docker save wrote is not one");
  return value;
}

async function packLayer(
  path: string,
  into: Store,
  packed: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly descriptor: Descriptor; readonly diffId: Digest }> {
  const plain = digester();
  const whole = digester();
  let size = 0;
  const bytes = async function* (): AsyncIterable<Uint8Array> {
    const raw = createReadStream(path, { highWaterMark: 1 << 20 });
    // Newer Docker saves layers as they were pulled, which may be packed already.
    const head = await firstBytes(path);
    for await (const chunk of (head[0] === 0x1f && head[1] === 0x8b ? raw.pipe(createGunzip()) : raw) as AsyncIterable<Uint8Array>) {
      plain.update(chunk);
      yield chunk;
    }
  };
  const hashed = async function* (): AsyncIterable<Uint8Array> {
    for await (const chunk of gzipMembers(bytes())) {
      whole.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  };
  await pipeline(hashed(), createWriteStream(packed), signal === undefined ? {} : { signal });
  const descriptor = { mediaType: mediaTypes.ociLayerGzip, digest: whole.digest(), size };
  await into.write(descriptor, await fileSource(packed), { signal });
  return { descriptor, diffId: plain.digest() };
}

async function firstBytes(path: string): Promise<Uint8Array> {
  for await (const chunk of createReadStream(path, { end: 1 })) return chunk as Buffer;
  return new Uint8Array(0);
}
