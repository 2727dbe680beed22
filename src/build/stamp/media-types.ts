import { mediaTypes } from "../../oci/index.ts";

const fromDocker: Readonly<Record<string, string>> = {
  [mediaTypes.dockerLayer]: mediaTypes.ociLayer,
  [mediaTypes.dockerLayerGzip]: mediaTypes.ociLayerGzip,
  [mediaTypes.dockerForeignLayer]: mediaTypes.ociNondistributableGzip,
};

/** The OCI media type of a layer that may be named by Docker's. */
export function ociLayerType(mediaType: string): string {
  return fromDocker[mediaType] ?? mediaType;
}
