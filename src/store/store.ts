import type { Descriptor, Digest, DigestAlgorithm, Tag } from "../oci/index.ts";

/** Options of everything that waits for something outside. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** How content is read. */
export interface Reading extends Waiting {
  /** Whoever reads is done with a chunk before the second one after it is asked for, so that its memory may be used again. */
  readonly recycle?: boolean | undefined;
  /** A manifest that was read or written here before may be given from memory, without asking whether the store still has it. */
  readonly remembered?: boolean | undefined;
}

/**
 * Bytes that can be read again: what a write takes, so that it can be retried and resumed.
 * `open` may be called any number of times, each from an offset of its own.
 */
export interface Source {
  /** Size in bytes. */
  readonly size: number;
  /** The file that holds exactly these bytes, where one does: a store may link, copy or send it as it is. */
  readonly path?: string | undefined;
  /** The digest that `open` itself holds its bytes against, so that who takes them need not hash them once more. */
  readonly verified?: Digest | undefined;
  /** @param offset the first byte wanted, 0 unless given */
  open(offset?: number, options?: Pick<Reading, "recycle">): AsyncIterable<Uint8Array>;
}

/** What a write did: the content was there, was taken over from another repository, or was written. */
export type Written = "written" | "existed" | "mounted";

/** What a tag write did; with `ifAbsent`, a tag that was there is named and left. */
export type Tagged = { readonly outcome: "created" | "moved" | "kept" } | { readonly outcome: "present"; readonly holds: Descriptor };

/**
 * Anywhere OCI content lives: one repository of a registry, an OCI layout folder, memory.
 *
 * Manifests and blobs are told apart by the descriptor's media type. Every implementation passes the contract suite
 * in test/support/store-contract.ts. Absence is data (`undefined`, `false`), never an error.
 */
export interface Store {
  /** How messages call it: `HOST/REPOSITORY`, `oci:DIR`, `memory`. Holds no credential. */
  readonly name: string;
  /** The descriptor that a tag or a digest of a manifest names now, or undefined. */
  resolve(reference: Tag | Digest, options?: Waiting): Promise<Descriptor | undefined>;
  /** Whether the content is there, without reading it. */
  has(descriptor: Descriptor, options?: Waiting): Promise<boolean>;
  /**
   * Reads content, verified while it streams: the last chunk is handed out only after digest and size agree.
   * @throws Failure NOT_FOUND, CONTENT_MISMATCH
   */
  read(descriptor: Descriptor, options?: Reading): AsyncIterable<Uint8Array>;
  /**
   * Writes content. Idempotent: content that is there is left. The store verifies digest and size.
   * A manifest's children must be written before it.
   * @throws Failure CONTENT_MISMATCH
   */
  write(descriptor: Descriptor, source: Source, options?: WriteOptions): Promise<Written>;
  /**
   * Points a tag at a manifest that is in the store.
   * @param options.ifAbsent leaves a tag that exists as it is (outcome `present`, or `kept` when it already names this digest)
   * @throws Failure NOT_FOUND, TAG_IMMUTABLE
   */
  tag(tag: Tag, descriptor: Descriptor, options?: TagOptions): Promise<Tagged>;
  /** All tags, in lexical order. */
  tags(options?: Waiting): AsyncIterable<Tag>;
}

export interface WriteOptions extends Waiting {
  /** Hears how many bytes have been taken so far; may go back when an upload starts again. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** The content was made just now: the store is not asked whether it has it. */
  readonly isNew?: boolean | undefined;
}

export interface TagOptions extends Waiting {
  readonly ifAbsent?: boolean | undefined;
}

/** Optional power: what refers to a manifest by its `subject` (OCI distribution-spec, "Listing Referrers"). */
export interface Referring {
  referrers(subject: Digest, options?: Waiting & { readonly artifactType?: string | undefined }): Promise<readonly Descriptor[]>;
}

/** Optional power: content and tags can be removed. Removing what is absent gives false. */
export interface Deleting {
  deleteTag(tag: Tag, options?: Waiting): Promise<boolean>;
  delete(descriptor: Descriptor, options?: Waiting): Promise<boolean>;
}

/** Optional power: content can be taken over from another store without its bytes passing through here. */
export interface Mounting {
  /** Takes the content over from another store of the same kind and place; false where that is not possible. */
  mount(descriptor: Descriptor, from: Store, options?: Waiting): Promise<boolean>;
}

/** Optional power: writes whose digest is not known before they end (an upload session of the distribution-spec). */
export interface Uploading {
  startUpload(options?: UploadOptions): Promise<Upload>;
  /** An open session, or undefined. */
  upload(id: string, options?: Waiting): Promise<Upload | undefined>;
}

export interface UploadOptions extends Waiting {
  /** What the digest will be made with, where that is known: hashing then keeps step with the bytes. */
  readonly algorithm?: DigestAlgorithm | undefined;
  /** What comes is made just now, and nobody is known to have it. */
  readonly isNew?: boolean | undefined;
}

/** One upload session. Sessions survive the process where the store does. */
export interface Upload {
  readonly id: string;
  /** The file that the bytes accepted so far go to, in their order, where one does. */
  readonly path?: string | undefined;
  /** Bytes accepted so far. */
  size(): Promise<number>;
  /** Adds bytes at the end and gives the new size. What came before a stream broke off stays. */
  append(bytes: AsyncIterable<Uint8Array>, options?: Waiting): Promise<number>;
  /**
   * Ends the session: what was appended becomes content.
   * @param digest what the content has to have; undefined takes what came, by the session's own algorithm
   * @throws Failure CONTENT_MISMATCH; the session is gone then
   */
  commit(digest: Digest | undefined, options?: Waiting): Promise<Descriptor>;
  cancel(): Promise<void>;
}

/** Optional power: content can be sent while it is still being made. */
export interface Streaming {
  /**
   * Writes content as it comes, in one attempt: after a failure it is to be written once it is there.
   * @param open the bytes from their start, waiting for what is not there yet; opened again where they have to be sent once more
   * @param content what they are, known at their end
   */
  stream(
    open: () => AsyncIterable<Uint8Array>,
    content: Promise<Descriptor>,
    options?: Pick<WriteOptions, "signal" | "onProgress">,
  ): Promise<void>;
}

/** Optional power: parts of a blob can be read, unverified. */
export interface Ranging {
  /** @param end the byte after the last one wanted */
  readRange(descriptor: Descriptor, start: number, end: number, options?: Waiting): AsyncIterable<Uint8Array>;
}

/** Optional power: content can be had as a source that is cheap to read from any offset, for instance a file. */
export interface Sourcing {
  /** Undefined where the content is not there. */
  source(descriptor: Descriptor, options?: Waiting): Promise<Source | undefined>;
}

/** A manifest or index with its bytes. */
export interface HeldManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** Optional power: a manifest can be had by its tag in one go, where resolving and reading would be two. */
export interface Fetching {
  /** Verified; undefined where there is none. @throws Failure CONTENT_MISMATCH */
  fetch(reference: Tag | Digest, options?: Waiting): Promise<HeldManifest | undefined>;
}

/** Optional power: content can be found by its digest alone, as a registry's clients ask for it. */
export interface Locating {
  /** The content's descriptor, with `application/octet-stream` as its media type, or undefined. */
  locate(digest: Digest, options?: Waiting): Promise<Descriptor | undefined>;
}

/** Optional power: content is held by one of several stores, and whoever copies may go to that one. */
export interface Layering {
  holder(descriptor: Descriptor, options?: Waiting): Promise<Store>;
}

/** Many repositories in one place; what the server stands in front of. */
export interface Repositories {
  /** The store of one repository, existing or not; a repository comes to exist with its first write. */
  open(repository: string): Store;
  /** Names of the repositories that exist, in lexical order. */
  list(options?: Waiting): AsyncIterable<string>;
}

const powers = {
  referring: "referrers",
  deleting: "delete",
  mounting: "mount",
  uploading: "startUpload",
  streaming: "stream",
  ranging: "readRange",
  sourcing: "source",
  locating: "locate",
  layering: "holder",
  fetching: "fetch",
} as const;

interface Powers {
  referring: Referring;
  deleting: Deleting;
  mounting: Mounting;
  uploading: Uploading;
  streaming: Streaming;
  ranging: Ranging;
  sourcing: Sourcing;
  locating: Locating;
  layering: Layering;
  fetching: Fetching;
}

/** Whether a store has an optional power. */
export function can<P extends keyof Powers>(store: Store, power: P): store is Store & Powers[P] {
  return powers[power] in store;
}
