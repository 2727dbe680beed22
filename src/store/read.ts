import { Failure } from "../failure/index.ts";
import {
  configLimit,
  type Descriptor,
  digestOf,
  type ImageConfig,
  type Manifest,
  manifestLimit,
  parseConfig,
  parseManifest,
} from "../oci/index.ts";
import { bytesSource } from "./source.ts";
import type { Store, Waiting } from "./store.ts";

/**
 * Reads content into memory.
 * @param limit the most bytes that it may have
 * @throws Failure IMAGE_INVALID where it is larger; NOT_FOUND, CONTENT_MISMATCH
 */
export async function readBytes(store: Store, descriptor: Descriptor, limit: number, options?: Waiting): Promise<Uint8Array> {
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
export async function readManifest(store: Store, descriptor: Descriptor, options?: Waiting): Promise<Manifest> {
  return parseManifest(await readBytes(store, descriptor, manifestLimit, options), descriptor.mediaType);
}

/** Reads and parses an image config. Throws as {@link readBytes} does, and IMAGE_INVALID. */
export async function readConfig(store: Store, descriptor: Descriptor, options?: Waiting): Promise<ImageConfig> {
  return parseConfig(await readBytes(store, descriptor, configLimit, options));
}

/** Writes bytes and gives their descriptor. */
export async function writeBytes(store: Store, mediaType: string, bytes: Uint8Array, options?: Waiting): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.write(descriptor, bytesSource(bytes), options);
  return descriptor;
}
