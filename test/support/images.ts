import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import {
  type Annotations,
  annotationKeys,
  type Descriptor,
  type DigestAlgorithm,
  digestOf,
  encodeConfig,
  encodeManifest,
  formatPlatform,
  mediaTypes,
  parsePlatform,
  parseTag,
} from "../../src/oci/index.ts";
import { bytesSource, readConfig, readManifest, type Store } from "../../src/store/index.ts";
import { aTar } from "./tar.ts";

/** What an image is made of. Everything has a default; two images of the same options differ unless `seed` is given. */
export interface ImageOptions {
  /** How many layers, one small file each, or the files of each layer: path to content. */
  readonly layers?: number | readonly Readonly<Record<string, string | Uint8Array>>[];
  readonly platform?: string;
  readonly labels?: Annotations;
  readonly annotations?: Annotations;
  readonly env?: readonly string[];
  readonly subject?: Descriptor;
  /** Docker's media types instead of OCI's. */
  readonly docker?: boolean;
  readonly algorithm?: DigestAlgorithm;
  readonly tag?: string;
  /** Makes the content the same each time. */
  readonly seed?: string;
}

/** Writes an image into a store, children first, and gives its descriptor. */
export async function anImage(store: Store, options: ImageOptions = {}): Promise<Descriptor> {
  const { algorithm = "sha256", docker = false, seed = randomUUID() } = options;
  const tars = await Promise.all(
    filesOf(options.layers ?? 1, seed).map((files) => aTar(Object.entries(files).map(([name, content]) => ({ name, content })))),
  );
  const layers: Descriptor[] = [];
  for (const tar of tars) {
    layers.push(await put(store, docker ? mediaTypes.dockerLayerGzip : mediaTypes.ociLayerGzip, gzipSync(tar, { level: 1 }), algorithm));
  }
  const config = encodeConfig({
    ...parsePlatform(options.platform ?? "linux/amd64"),
    config: { Cmd: ["/bin/true"], ...(options.labels && { Labels: options.labels }), ...(options.env && { Env: options.env }) },
    rootfs: { type: "layers", diff_ids: tars.map((tar) => digestOf(tar)) },
  });
  const mediaType = docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType,
    config: await put(store, docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig, config, algorithm),
    layers,
    subject: options.subject,
    annotations: options.annotations,
  });
  return await tagged(store, await put(store, mediaType, manifest, algorithm), options.tag);
}

/** What an index is made of. */
export interface IndexOptions {
  readonly annotations?: Annotations;
  readonly artifactType?: string;
  readonly subject?: Descriptor;
  readonly docker?: boolean;
  readonly tag?: string;
  /** Adds an attestation for the first child, as BuildKit does. */
  readonly attested?: boolean;
}

/**
 * Writes an index into a store: of manifests that are in it, or of new images for platforms.
 * @param children descriptors, or platforms such as `linux/arm64`
 */
export async function anIndex(store: Store, children: readonly (Descriptor | string)[], options: IndexOptions = {}): Promise<Descriptor> {
  const { annotations, artifactType, subject, docker = false } = options;
  const manifests: Descriptor[] = [];
  for (const child of children) manifests.push(await childOf(store, child, docker));
  const [first] = manifests;
  if (options.attested && first !== undefined) manifests.push(await anAttestation(store, first));
  const mediaType = docker ? mediaTypes.dockerIndex : mediaTypes.ociIndex;
  const bytes = encodeManifest({ kind: "index", mediaType, artifactType, manifests, subject, annotations });
  return await tagged(store, await put(store, mediaType, bytes), options.tag);
}

/** What an artifact is made of: no image, but something kept beside one. */
export interface ArtifactOptions {
  readonly artifactType?: string;
  /** What it is about; need not be in the store. */
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
  readonly blobs?: readonly (string | Uint8Array)[];
  readonly tag?: string;
}

/** Writes an artifact into a store (OCI image-spec, "Guidelines for Artifact Usage"). */
export async function anArtifact(store: Store, options: ArtifactOptions = {}): Promise<Descriptor> {
  const { artifactType = "application/vnd.example.note", subject, annotations, blobs = [randomUUID()] } = options;
  const layers: Descriptor[] = [];
  for (const blob of blobs) layers.push(await put(store, artifactType, Buffer.from(blob)));
  const config = await put(store, mediaTypes.ociEmpty, Buffer.from("{}"));
  const bytes = encodeManifest({ kind: "manifest", mediaType: mediaTypes.ociManifest, artifactType, config, layers, subject, annotations });
  return await tagged(store, await put(store, mediaTypes.ociManifest, bytes), options.tag);
}

/** Writes bytes as content of a type. */
export async function put(store: Store, mediaType: string, bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length };
  await store.write(descriptor, bytesSource(bytes));
  return descriptor;
}

function filesOf(layers: NonNullable<ImageOptions["layers"]>, seed: string): readonly Readonly<Record<string, string | Uint8Array>>[] {
  if (typeof layers !== "number") return layers;
  return Array.from({ length: layers }, (_, at) => ({ [`file-${at}`]: `${seed} ${at}` }));
}

async function childOf(store: Store, child: Descriptor | string, docker: boolean): Promise<Descriptor> {
  if (typeof child === "string") return { ...(await anImage(store, { platform: child, docker })), platform: parsePlatform(child) };
  if (child.platform !== undefined) return child;
  const manifest = await readManifest(store, child);
  if (manifest.kind === "index" || manifest.artifactType !== undefined) return child;
  return { ...child, platform: parsePlatform(formatPlatform(await readConfig(store, manifest.config))) };
}

async function anAttestation(store: Store, of: Descriptor): Promise<Descriptor> {
  const attestation = await anImage(store, { platform: "unknown/unknown" });
  const annotations = { [annotationKeys.dockerReferenceType]: "attestation-manifest", "vnd.docker.reference.digest": of.digest };
  return { ...attestation, platform: { os: "unknown", architecture: "unknown" }, annotations };
}

async function tagged(store: Store, descriptor: Descriptor, tag: string | undefined): Promise<Descriptor> {
  if (tag !== undefined) await store.tag(parseTag(tag), descriptor);
  return descriptor;
}
