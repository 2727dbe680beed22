import { Failure } from "../failure/index.ts";
import {
  configLimit,
  type Descriptor,
  type Digest,
  digestOf,
  type ImageConfig,
  type Manifest,
  manifestLimit,
  parseConfig,
  parseManifest,
  type Tag,
} from "../oci/index.ts";
import { bytesSource } from "./source.ts";
import { can, type HeldManifest, type Reading, type Store, type Waiting, type WriteOptions } from "./store.ts";

/**
 * Reads content into memory.
 * @param limit the most bytes that it may have
 * @throws Failure IMAGE_INVALID where it is larger; NOT_FOUND, CONTENT_MISMATCH
 */
export async function readBytes(store: Store, descriptor: Descriptor, limit: number, options?: Reading): Promise<Uint8Array> {
  if (descriptor.size > limit) {
    throw new Failure(
      "IMAGE_INVALID",
      `${store.name}: ${descriptor.digest} has ${descriptor.size} bytes, more than the ${limit} that are read of its kind`,
    );
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(descriptor, options)) chunks.push(chunk);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** Reads and parses a manifest or index. Throws as {@link readBytes} does, and IMAGE_INVALID. */
export async function readManifest(store: Store, descriptor: Descriptor, options?: Reading): Promise<Manifest> {
  return parseManifest(await readBytes(store, descriptor, manifestLimit, options), descriptor.mediaType);
}

/** The manifest or index that a tag or a digest names now, or undefined. Throws as {@link readBytes} does. */
export async function findManifest(store: Store, reference: Tag | Digest, options?: Waiting): Promise<HeldManifest | undefined> {
  if (can(store, "fetching")) return await store.fetch(reference, options);
  const descriptor = await store.resolve(reference, options);
  return descriptor && { descriptor, bytes: await readBytes(store, descriptor, manifestLimit, options) };
}

/** Reads and parses an image config. Throws as {@link readBytes} does, and IMAGE_INVALID. */
export async function readConfig(store: Store, descriptor: Descriptor, options?: Waiting): Promise<ImageConfig> {
  return parseConfig(await readBytes(store, descriptor, configLimit, options));
}

/** Writes bytes and gives their descriptor. */
export async function writeBytes(store: Store, mediaType: string, bytes: Uint8Array, options?: WriteOptions): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.write(descriptor, bytesSource(bytes), options);
  return descriptor;
}
