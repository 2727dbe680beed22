import { bareDescriptor, type Descriptor, type Digest, isManifestType, type Manifest, parseManifest, type Tag } from "../oci/index.ts";
import type { Tagged, TagOptions } from "./store.ts";

/** One manifest that a store holds, with what is asked of it without reading it again. */
export interface CatalogEntry {
  readonly descriptor: Descriptor;
  readonly subject: Digest | undefined;
  /** The manifests that an index names. */
  readonly children: readonly Descriptor[];
  /** How the manifest stands in its subject's list of referrers. */
  readonly referrer: Descriptor;
}

/** What a store knows of its manifests and tags. */
export interface Catalog {
  readonly manifests: Map<Digest, CatalogEntry>;
  readonly tags: Map<Tag, Descriptor>;
}

/** The entry of a manifest whose bytes are at hand. Bytes that are no manifest have no subject. */
export function catalogEntry(descriptor: Descriptor, bytes: Uint8Array): CatalogEntry {
  const bare = bareDescriptor(descriptor);
  let manifest: Manifest;
  try {
    manifest = parseManifest(bytes, descriptor.mediaType);
  } catch {
    return { descriptor: bare, subject: undefined, children: [], referrer: bare };
  }
  // OCI distribution-spec, "Listing Referrers": an absent artifactType falls back to the config's media type.
  const artifactType = manifest.artifactType || (manifest.kind === "manifest" ? manifest.config.mediaType : undefined);
  const referrer = {
    ...bare,
    ...(artifactType ? { artifactType } : {}),
    ...(manifest.annotations ? { annotations: manifest.annotations } : {}),
  };
  const children = manifest.kind === "index" ? manifest.manifests.filter((child) => isManifestType(child.mediaType)) : [];
  return { descriptor: bare, subject: manifest.subject?.digest, children, referrer };
}

/** What refers to a subject, in the order of their digests. */
export function referrersIn(catalog: Pick<Catalog, "manifests">, subject: Digest, artifactType?: string): readonly Descriptor[] {
  return [...catalog.manifests.values()]
    .filter((entry) => entry.subject === subject)
    .map((entry) => entry.referrer)
    .filter((referrer) => artifactType === undefined || referrer.artifactType === artifactType)
    .sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

/** Writes a tag into a map, as {@link import("./store.ts").Store.tag} has it. */
export function tagIn(tags: Map<Tag, Descriptor>, tag: Tag, descriptor: Descriptor, options?: TagOptions): Tagged {
  const holds = tags.get(tag);
  if (holds?.digest === descriptor.digest) return { outcome: "kept" };
  if (holds !== undefined && options?.ifAbsent) return { outcome: "present", holds };
  tags.set(tag, bareDescriptor(descriptor));
  return { outcome: holds === undefined ? "created" : "moved" };
}
