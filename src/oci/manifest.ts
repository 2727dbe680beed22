import { annotationKeys } from "./annotations.ts";
import type { Annotations, Descriptor } from "./descriptor.ts";
import { isDigest } from "./digest.ts";
import { parseJson } from "./json.ts";
import { isImageManifestType, isIndexType, isManifestType, mediaTypes } from "./media-types.ts";
import { absent, count, exactly, fields, list, map, text, textThat } from "./shape.ts";

/** The most bytes that a manifest or index may have (OCI distribution-spec, "Pushing Manifests": at least 4 MiB). */
export const manifestLimit: number = 4 * 1024 * 1024;

/** An image manifest (OCI image-spec, "Image Manifest"), OCI's or Docker's by its media type. */
export interface ImageManifest {
  readonly kind: "manifest";
  readonly mediaType: string;
  readonly artifactType?: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Annotations | undefined;
}

/** An image index (OCI image-spec, "Image Index"), or Docker's manifest list. */
export interface ImageIndex {
  readonly kind: "index";
  readonly mediaType: string;
  readonly artifactType?: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly annotations?: Annotations | undefined;
}

/** Either of the two. */
export type Manifest = ImageManifest | ImageIndex;

const annotations = absent(map(text(manifestLimit), 4096));

const descriptor = fields({
  mediaType: text(256),
  digest: textThat(isDigest, "not a digest"),
  size: count,
  urls: absent(list(text(8192))),
  annotations,
  data: absent(text(manifestLimit)),
  artifactType: absent(text(256)),
  platform: absent(
    fields({
      os: text(128),
      architecture: text(128),
      variant: absent(text(128)),
      "os.version": absent(text(256)),
      "os.features": absent(list(text(256))),
    }),
  ),
});

const shared = {
  schemaVersion: exactly(2),
  mediaType: absent(text(256)),
  artifactType: absent(text(256)),
  subject: absent(descriptor),
  annotations,
};
// BuildKit writes null for the layers of an image that has none.
const imageManifest = fields({ ...shared, config: descriptor, layers: absent(list(descriptor)) });
const imageIndex = fields({ ...shared, manifests: absent(list(descriptor)) });

/**
 * Parses a manifest or index that came from outside.
 * @param bytes the exact bytes, at most {@link manifestLimit}
 * @param limit the most bytes that are parsed
 * @param mediaType the type that the registry or the descriptor named; what the bytes say of themselves must agree
 * @throws Failure IMAGE_INVALID
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string, limit: number = manifestLimit): Manifest {
  const json = parseJson(bytes, { what: "manifest", limit });
  const stated = typeof json["mediaType"] === "string" && json["mediaType"] !== "" ? json["mediaType"] : undefined;
  const named = mediaType !== undefined && isManifestType(mediaType) ? mediaType : undefined;
  if (stated !== undefined && named !== undefined && stated !== named) {
    throw json.invalid(`it says it is ${stated}, but was given as ${named}`);
  }
  // Layers and manifests together would mean one thing to one client and another to the next (CVE-2021-41190).
  if ("manifests" in json.value && ("layers" in json.value || "config" in json.value)) {
    throw json.invalid("it has both an image's layers and an index's manifests");
  }
  const type = stated ?? named ?? ("manifests" in json.value ? mediaTypes.ociIndex : mediaTypes.ociManifest);
  if (isIndexType(type)) {
    const { schemaVersion: _, ...index } = json.as(imageIndex);
    return { ...index, manifests: index.manifests ?? [], kind: "index", mediaType: type };
  }
  if (isImageManifestType(type)) {
    const { schemaVersion: _, ...manifest } = json.as(imageManifest);
    return { ...manifest, layers: manifest.layers ?? [], kind: "manifest", mediaType: type };
  }
  throw json.invalid(`its media type is ${type}, which is neither an image manifest's nor an index's`);
}

/** The bytes of a manifest or index: compact JSON with its fields in the order of the image-spec. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  const { kind, mediaType, artifactType, subject, annotations: notes } = manifest;
  const body = kind === "manifest" ? { config: manifest.config, layers: manifest.layers } : { manifests: manifest.manifests };
  return new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, artifactType, ...body, subject, annotations: notes }));
}

/** What a manifest points to, in the order in which it must exist before the manifest may be written. */
export function childrenOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === "manifest" ? [...manifest.layers, manifest.config] : manifest.manifests;
}

/** Whether an index's child is an attestation that BuildKit attached, and so no platform's image. */
export function isAttestation(child: Descriptor): boolean {
  return child.annotations?.[annotationKeys.dockerReferenceType] === "attestation-manifest";
}
