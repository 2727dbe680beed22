import type { Descriptor, Digest, Platform } from "../oci/index.ts";
import type { BuildStats, Emit } from "../report/index.ts";
import type { Source, Store } from "../store/index.ts";

/** One entry of a build context. Paths are relative, with `/`, without a leading one and without `.` or `..` parts. */
export type ContextEntry =
  | {
      readonly kind: "file";
      readonly path: string /** 0o644 or 0o755 from git; the file's own bits (07777) from a checkout. */;
      readonly mode: number /** Bytes. */;
      readonly size: number /** Identity of the content, where git knows it. */;
      readonly id?: string | undefined;
    }
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string };

/** The files that a build may read: a commit's, or a checkout's. */
export interface BuildContext {
  /** How messages call it: `commit 5da1cb0… at .`, or the folder. */
  readonly description: string;
  /** Every entry, before .dockerignore, sorted by path in code unit order; every directory stands before what is in it. */
  entries(): Promise<readonly ContextEntry[]>;
  /** The bytes of one file. */
  open(path: string): Promise<Source>;
}

/** What an engine is asked to build: everything that determines content, nothing of the commit. */
export interface BuildRequest {
  readonly context: BuildContext;
  /** The Dockerfile: its name in messages, its text, and what stands in the .dockerignore that belongs to it. */
  readonly dockerfile: { readonly name: string; readonly text: string; readonly ignore: string | undefined };
  /** The stage to build; the last one unless given. */
  readonly target?: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly platform: Platform;
  /** Seconds since 1970 that every time in the content is set to. */
  readonly epoch: number;
  /** Images that stages build upon or copy from. */
  readonly images: ImageSource;
  /** Further contexts (`--build-context NAME=…`): an image reference or `oci:DIR`, by name. */
  readonly contexts?: Readonly<Record<string, string>> | undefined;
  /** What each image's name in the Dockerfile was resolved to, `NAME` → `HOST/REPOSITORY@DIGEST` or `oci:DIR@DIGEST`. */
  readonly pins?: Readonly<Record<string, string>> | undefined;
  /** Secrets that RUN may mount, by id; files are absolute. The values are read by the engine's program alone. */
  readonly secrets?: Readonly<Record<string, { readonly env?: string | undefined; readonly file?: string | undefined }>> | undefined;
  /** SSH agents or keys, as buildx takes them. */
  readonly ssh?: readonly string[] | undefined;
  /** Where the cache is kept; folders are absolute. Engines without one of their own leave it. */
  readonly cache?: BuildCache | undefined;
  /**
   * Layers of earlier images by their keys: an engine that knows a layer's key need not pack it, and leaves it out of the store. Undefined
   * where nobody can tell which there are, so that a layer may be there already.
   */
  readonly known?: Promise<ReadonlyMap<string, KnownLayer> | undefined> | undefined;
  /** How new layers are packed, where the engine can choose; gzip unless given. */
  readonly compression?: "gzip" | "zstd" | undefined;
}

/** A layer that an earlier image has: it need not be packed again. */
export interface KnownLayer {
  /** Where it lies. */
  readonly store: Store;
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/** Where a builder's cache is kept between runs; `timeoutMs` ends its export, which never fails a build. */
export type BuildCache = { readonly timeoutMs: number; readonly mode: "min" | "max" } & (
  | { readonly type: "none" }
  | { readonly type: "registry"; readonly ref: string }
  | { readonly type: "gha"; readonly scope?: string | undefined }
  | { readonly type: "local"; readonly dir: string }
);

/** Where an engine finds the images that a Dockerfile names. */
export interface ImageSource {
  /**
   * Resolves a reference as it stands in the Dockerfile (`debian:12`, `oci:DIR`).
   * @throws Failure BASE_MISSING
   */
  image(reference: string, signal?: AbortSignal): Promise<FoundImage>;
}

/** An image that was found: its root, and the store to read it from. */
export interface FoundImage {
  /** `HOST/REPOSITORY@DIGEST`, or `oci:DIR@DIGEST`: what the reference was pinned to. */
  readonly pinned: string;
  readonly root: Descriptor;
  readonly store: Store;
}

/** An image that the content was built upon. */
export interface BaseImage {
  /** The reference as the Dockerfile has it. */
  readonly name: string;
  readonly digest: Digest;
}

/** What an engine gives: the content's manifest, with all that it points to in the store that was handed in or where `elsewhere` says. */
export interface Built {
  readonly content: Descriptor;
  /** Layers that were not brought into the store, by digest: those of base images lie where they were found, those taken over where the request has them. */
  readonly elsewhere?: ReadonlyMap<Digest, Store> | undefined;
  readonly bases: readonly BaseImage[];
  readonly stats?: BuildStats | undefined;
  /** What the layers that the engine packed follow from, by their digests. */
  readonly layerKeys?: Readonly<Record<string, string>> | undefined;
}

/** Where a step tells of itself, and what may end it. */
export interface StepOptions {
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/** Something that can turn a Dockerfile into content. Nothing outside an engine knows Docker. */
export interface Engine {
  readonly name: string;
  /**
   * Builds and writes the content into a store. Gives one platform's OCI image manifest, without attestations.
   * @throws Failure BUILD_FAILED, DOCKERFILE_INVALID, ENGINE_UNFIT, ENGINE_MISSING, CONTEXT_INVALID, BASE_MISSING
   */
  build(request: BuildRequest, into: Store, options: StepOptions): Promise<Built>;
}
