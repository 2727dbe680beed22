/**
 * What images are: digests, references, descriptors, manifests, configs and platforms, as the OCI image-spec and
 * distribution-spec have them. Text and bytes from outside come in and typed values go out. Pure: this room does no
 * I/O and knows no registry.
 */
export { annotationKeys } from "./annotations.ts";
export { configLimit, encodeConfig, type HistoryEntry, type ImageConfig, parseConfig, type RuntimeConfig } from "./config.ts";
export { type Annotations, bareDescriptor, type Descriptor } from "./descriptor.ts";
export {
  algorithmOf,
  type Digest,
  type DigestAlgorithm,
  type Digester,
  digester,
  digestOf,
  encodedOf,
  isDigest,
  parseDigest,
} from "./digest.ts";
export {
  childrenOf,
  encodeManifest,
  type ImageIndex,
  type ImageManifest,
  isAttestation,
  type Manifest,
  manifestLimit,
  parseManifest,
} from "./manifest.ts";
export { isImageManifestType, isIndexType, isManifestType, isNondistributable, manifestAccept, mediaTypes } from "./media-types.ts";
export { formatPlatform, machinePlatform, type Platform, parsePlatform, platformMatches } from "./platform.ts";
export {
  defaultHost,
  formatReference,
  isHost,
  isLoopback,
  isRepository,
  isTag,
  parseReference,
  parseRepository,
  parseTag,
  type Reference,
  type RepositoryName,
  type Tag,
} from "./reference.ts";
export { rfc3339 } from "./time.ts";
