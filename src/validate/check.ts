import type { Descriptor, ImageConfig, ImageIndex, ImageManifest, Platform, Tag } from "../oci/index.ts";
import type { Finding } from "../report/index.ts";
import type { Store } from "../store/index.ts";

/** An image to look at, wherever it is, and what it is expected to be. */
export interface Subject {
  readonly store: Store;
  readonly root: Descriptor;
  /** A store that is known to hold the same blobs and is nearer; layers are read from it. */
  readonly content?: Store | undefined;
  readonly expected: {
    readonly platform?: Platform | undefined;
    /** The full commit that the image's revision label must name. */
    readonly revision?: string | undefined;
    /** A moving tag to compare with. */
    readonly latest?: Tag | undefined;
  };
}

/** One platform's image, as it was read. */
export interface Child {
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/** What the checks look at: manifests and configs, each read once and only after digest and size agreed. */
export interface Inspected {
  readonly subject: Subject;
  readonly root: ImageManifest | ImageIndex;
  /** The image itself, or every child of an index that is no attestation. */
  readonly children: readonly Child[];
}

/** One question about an image: a name, and a function to findings. An error-level finding keeps tags from moving. */
export interface Check {
  /** Kebab-case: `platform`. */
  readonly name: string;
  run(inspected: Inspected, signal?: AbortSignal): Promise<readonly Finding[]> | readonly Finding[];
}

/** A finding of level error. */
export function error(code: string, message: string, hint?: string): Finding {
  return { level: "error", code, message, hint };
}
