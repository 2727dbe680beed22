/** The annotation keys that waybill reads and writes: OCI's own (image-spec, "Pre-Defined Annotation Keys") and its own. */
export const annotationKeys = {
  revision: "org.opencontainers.image.revision",
  source: "org.opencontainers.image.source",
  created: "org.opencontainers.image.created",
  version: "org.opencontainers.image.version",
  refName: "org.opencontainers.image.ref.name",
  baseName: "org.opencontainers.image.base.name",
  baseDigest: "org.opencontainers.image.base.digest",
  /** The content key: a digest over all build inputs. */
  contentKey: "io.waybill.content.key",
  /** What layers follow from, as JSON: digest → key. The stamp alone writes it: a base image's author must not. */
  layerKeys: "io.waybill.layer.keys",
  /** Digest of the content manifest before the stamp. */
  contentDigest: "io.waybill.content.digest",
  /** The commit that the content was really built from. */
  originRevision: "io.waybill.origin.revision",
  /** The stamped digest of the image that the content was really built for. */
  originDigest: "io.waybill.origin.digest",
  /** When the content was really built, RFC 3339. */
  originCreated: "io.waybill.origin.created",
  /** BuildKit's mark on the attestation children of an index. */
  dockerReferenceType: "vnd.docker.reference.type",
} as const;
