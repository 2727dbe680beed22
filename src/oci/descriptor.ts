import type { Digest } from "./digest.ts";
import type { Platform } from "./platform.ts";

/** Annotations or labels: names to values. */
export type Annotations = Readonly<Record<string, string>>;

/** What a piece of content is (OCI image-spec, "OCI Content Descriptors"). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Size in bytes. */
  readonly size: number;
  readonly urls?: readonly string[] | undefined;
  readonly annotations?: Annotations | undefined;
  /** The content itself in base64, where the descriptor embeds it. */
  readonly data?: string | undefined;
  readonly artifactType?: string | undefined;
  readonly platform?: Platform | undefined;
}

/** Media type, digest and size only: what identifies content, without what a parent says of it. */
export function bareDescriptor(descriptor: Descriptor): Descriptor {
  return { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size };
}
