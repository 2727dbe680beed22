/** The media types that waybill knows, by the OCI image-spec's and Docker's names for them. */
export const mediaTypes = {
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  ociLayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  ociLayerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  ociLayout: "application/vnd.oci.layout.header.v1+json",
  ociEmpty: "application/vnd.oci.empty.v1+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
  dockerLayerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  dockerForeignLayer: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  ociNondistributable: "application/vnd.oci.image.layer.nondistributable.v1.tar",
  ociNondistributableGzip: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  ociNondistributableZstd: "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
} as const;

const manifests: readonly string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest];
const indexes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerIndex];

/** Whether the type is an image manifest's, OCI's or Docker's. */
export function isImageManifestType(mediaType: string): boolean {
  return manifests.includes(mediaType);
}

/** Whether the type is an image index's (Docker: manifest list). */
export function isIndexType(mediaType: string): boolean {
  return indexes.includes(mediaType);
}

/** Whether content of this type lives at a registry's manifests endpoint rather than at its blobs. */
export function isManifestType(mediaType: string): boolean {
  return isImageManifestType(mediaType) || isIndexType(mediaType);
}

/** Whether a layer of this type need not be pushed (image-spec, "Non-Distributable Layers"). */
export function isNondistributable(mediaType: string): boolean {
  return mediaType.includes(".nondistributable.") || mediaType === mediaTypes.dockerForeignLayer;
}

/** What a client says that it accepts when it asks for a manifest. */
export const manifestAccept: string = [...manifests, ...indexes].join(", ");
