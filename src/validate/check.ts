import type { Descriptor, Platform } from "../oci/index.ts";
import type { Finding } from "../report/index.ts";
import type { Store } from "../store/index.ts";

/** An image to look at, wherever it is, and what it is expected to be. */
export interface Subject {
  readonly store: Store;
  readonly root: Descriptor;
  readonly expected: {
    readonly platform?: Platform | undefined;
    /** The full commit that the image's revision label must name. */
    readonly revision?: string | undefined;
  };
}

/** One question about an image: a name, and a function to findings. An error-level finding keeps tags from moving. */
export interface Check {
  /** Kebab-case: `platform`. */
  readonly name: string;
  run(subject: Subject, signal?: AbortSignal): Promise<readonly Finding[]>;
}
