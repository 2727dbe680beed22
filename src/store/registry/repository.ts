import { algorithmOf, type Descriptor, type Digest, digestOf, isManifestType, manifestLimit } from "../../oci/index.ts";
import type {
  Deleting,
  Fetching,
  HeldManifest,
  Mounting,
  Ranging,
  Referring,
  Source,
  Store,
  Streaming,
  Waiting,
  WriteOptions,
  Written,
} from "../store.ts";
import { mismatch, verified } from "../verify.ts";
import { ensureListed } from "./attach.ts";
import { blobBytes, hasBlob } from "./blobs.ts";
import { deleteContent, deleteTag } from "./deletion.ts";
import type { Registry } from "./exchange.ts";
import { noteHeld } from "./known.ts";
import { manifestBytes, putManifest, readHeld, resolveManifest } from "./manifests.ts";
import { mountBlob } from "./mount.ts";
import { listReferrers } from "./referrers.ts";
import type { RepositoryAt } from "./repository-calls.ts";
import { streamBlob } from "./stream.ts";
import { listTags } from "./tag-list.ts";
import { tagManifest } from "./tagging.ts";
import { tryPush } from "./trial.ts";
import { uploadBlob } from "./upload.ts";
import { missingRepository, type Session } from "./upload-session.ts";

/** A repository of a registry, with the powers that the distribution-spec gives one. */
export type RegistryStore = Store &
  Referring &
  Deleting &
  Mounting &
  Fetching &
  Ranging &
  Partial<Streaming> & {
    /** Finds out whether pushing is allowed, and leaves nothing. @throws Failure DENIED and the like where it is not */
    tryPush(options?: Waiting): Promise<void>;
  };

/** What is behind each store here, so that one can mount from another of the same registry. */
const repositories = new WeakMap<Store, { readonly registry: Registry; readonly repository: string }>();

/** The store over one repository. */
export function registryStore(at: RepositoryAt): RegistryStore {
  /** Uploads that the registry opened in place of a mount. */
  const opened = new Map<Digest, Session>();

  const store: RegistryStore = {
    name: at.name,
    resolve: (reference, options) => resolveManifest(at, reference, options),
    async has(descriptor, options) {
      if (!isManifestType(descriptor.mediaType)) return await hasBlob(at, descriptor, options);
      const there = (await resolveManifest(at, descriptor.digest, options)) !== undefined;
      if (!there) at.known.absent.add(descriptor.digest);
      return there;
    },
    async *read(descriptor, options) {
      const manifest = isManifestType(descriptor.mediaType);
      const remembered = options?.remembered ? at.known.manifests.get(descriptor.digest) : undefined;
      if (manifest && remembered !== undefined) return yield* verified(single(remembered.bytes), descriptor, at.name);
      const bytes = manifest ? single(manifestBytes(at, descriptor, options)) : blobBytes(at, descriptor, 0, descriptor.size, options);
      yield* verified(bytes, descriptor, at.name);
    },
    async write(descriptor, source, options) {
      if (isManifestType(descriptor.mediaType)) return await writeManifest(at, descriptor, source, options);
      const session = opened.get(descriptor.digest);
      opened.delete(descriptor.digest);
      if (session === undefined && !options?.isNew && (await hasBlob(at, descriptor, options))) return "existed";
      await uploadBlob(at, descriptor, source, options, session);
      return "written";
    },
    // Who wants pieces of one size has a reason: something on the way that lets no more pass.
    ...(at.chunkBytes === undefined ? { stream: (open, content, options) => streamBlob(at, open, content, options) } : {}),
    tag: (tag, descriptor, options) => tagManifest(at, tag, descriptor, options),
    async *tags(options) {
      yield* await listTags(at, options);
    },
    fetch: (reference, options) => readHeld(at, reference, options),
    referrers: (subject, options) => listReferrers(at, subject, options),
    tryPush: (options) => tryPush(at, options),
    deleteTag: (tag, options) => deleteTag(at, tag, options),
    delete: (descriptor, options) => deleteContent(at, descriptor, options),
    async mount(descriptor, from, options) {
      const other = repositories.get(from);
      if (other?.registry !== at.registry || other.repository === at.repository) return false;
      const mounted = await mountBlob(at, descriptor, other.repository, options);
      if (mounted === "mounted") return true;
      opened.set(descriptor.digest, mounted);
      return false;
    },
    async *readRange(descriptor, start, end, options) {
      const last = Math.min(end, descriptor.size);
      if (start < last) yield* blobBytes(at, descriptor, start, last, options);
    },
  };
  repositories.set(store, { registry: at.registry, repository: at.repository });
  return store;
}

async function writeManifest(at: RepositoryAt, descriptor: Descriptor, source: Source, options?: WriteOptions): Promise<Written> {
  const bytes = await bytesOf(at, descriptor, source);
  const held = { descriptor, bytes };
  // Whoever asked a moment ago writes at once: the registry takes a manifest that came meanwhile again.
  const unasked = at.known.absent.delete(descriptor.digest) || options?.isNew;
  const existed = !unasked && (await resolveManifest(at, descriptor.digest, options)) !== undefined;
  const noted = existed ? undefined : await putNew(at, held, options);
  // Also for one that was there: whoever wrote it may have ended before it was listed.
  if (noted === undefined) await ensureListed(at, held, options);
  options?.onProgress?.(descriptor.size);
  return existed ? "existed" : "written";
}

async function putNew(at: RepositoryAt, held: HeldManifest, options?: WriteOptions): Promise<string | undefined> {
  try {
    const noted = await putManifest(at, held.descriptor.digest, held, options);
    noteHeld(at.known, held);
    return noted;
  } catch (thrown) {
    throw missingRepository(at, thrown);
  }
}

async function bytesOf(at: RepositoryAt, descriptor: Descriptor, source: Source): Promise<Uint8Array> {
  if (source.size !== descriptor.size || source.size > manifestLimit) {
    throw mismatch(descriptor, at.name, `the source has ${source.size} bytes, not ${descriptor.size}, of at most ${manifestLimit}`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of verified(source.open(), descriptor, at.name)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes, algorithmOf(descriptor.digest)) !== descriptor.digest)
    throw mismatch(descriptor, at.name, "its bytes have another digest");
  return bytes;
}

async function* single(bytes: Uint8Array | Promise<Uint8Array>): AsyncIterable<Uint8Array> {
  yield await bytes;
}
