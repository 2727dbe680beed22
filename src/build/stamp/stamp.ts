import {
  type Annotations,
  annotationKeys,
  bareDescriptor,
  type Descriptor,
  encodeConfig,
  encodeManifest,
  type ImageConfig,
  type ImageIndex,
  type ImageManifest,
  isAttestation,
  mediaTypes,
} from "../../oci/index.ts";
import { readConfig, readManifest, type Store, type Waiting, writeBytes } from "../../store/index.ts";
import { ociLayerType } from "./media-types.ts";

/** What binds content to one commit: a function of content, commit and configuration, and of nothing else. */
export interface Stamp {
  /** The full commit. */
  readonly revision: string;
  /** Committer time of the commit, RFC 3339 in UTC. */
  readonly created: string;
  /** Where the source is, as a link; an inherited one is removed where this is absent. */
  readonly source?: string | undefined;
  /** The name that the image is released under: the release tag. */
  readonly version: string;
  /** Environment variables to set, by name. */
  readonly env: Readonly<Record<string, string>>;
  /** Labels to set, by name. */
  readonly labels: Readonly<Record<string, string>>;
  /** Which commit the content was really built from, and when that was committed. */
  readonly origin: { readonly revision: string; readonly created: string; readonly digest?: string | undefined };
  /** Whether what is stamped was stamped before: the digest of the content then stays as it is noted there. */
  readonly restamped?: boolean | undefined;
  /** What layers follow from, by digest, where the engine says so. */
  readonly layerKeys?: Readonly<Record<string, string>> | undefined;
  /** Digest over all build inputs, where one was computed. */
  readonly contentKey?: string | undefined;
}

/**
 * Stamps content: writes a config and a manifest (for an index: those of each child, then the index) that carry the
 * commit into the same store, and gives the new root. Layers are not touched. Docker's media types become OCI's;
 * config fields that waybill does not know are kept. The same content and stamp give the same digest.
 * @throws Failure IMAGE_INVALID, NOT_FOUND
 */
export async function stamp(store: Store, content: Descriptor, by: Stamp, options?: Waiting): Promise<Descriptor> {
  const manifest = await readManifest(store, content, options);
  return manifest.kind === "manifest"
    ? await stampManifest(store, content, manifest, by, options)
    : await stampIndex(store, content, manifest, by, options);
}

async function stampIndex(store: Store, content: Descriptor, index: ImageIndex, by: Stamp, options?: Waiting): Promise<Descriptor> {
  const manifests: Descriptor[] = [];
  // Attestations speak of the unstamped child's digest; on a stamped index they would vouch for nothing.
  for (const child of index.manifests.filter((one) => !isAttestation(one))) {
    const stamped = await stamp(store, child, by, options);
    manifests.push({ ...child, ...bareDescriptor(stamped) });
  }
  return await writeBytes(
    store,
    mediaTypes.ociIndex,
    encodeManifest({ ...index, mediaType: mediaTypes.ociIndex, manifests, annotations: annotationsOf(index.annotations, content, by) }),
    options,
  );
}

async function stampManifest(
  store: Store,
  content: Descriptor,
  manifest: ImageManifest,
  by: Stamp,
  options?: Waiting,
): Promise<Descriptor> {
  const config = stampConfig(await readConfig(store, manifest.config, options), by);
  return await writeBytes(
    store,
    mediaTypes.ociManifest,
    encodeManifest({
      ...manifest,
      mediaType: mediaTypes.ociManifest,
      config: await writeBytes(store, mediaTypes.ociConfig, encodeConfig(config), options),
      layers: manifest.layers.map((layer) => ({ ...layer, mediaType: ociLayerType(layer.mediaType) })),
      annotations: annotationsOf(manifest.annotations, content, by),
    }),
    options,
  );
}

/** The config of content with the commit in its labels, environment and time. */
function stampConfig(config: ImageConfig, by: Stamp): ImageConfig {
  const { [annotationKeys.source]: _, ...inherited } = config.config?.Labels ?? {};
  const env = environment(config.config?.Env ?? [], by.env);
  return {
    ...config,
    created: by.created,
    config: {
      ...config.config,
      ...(env.length === 0 ? {} : { Env: env }),
      Labels: sorted({ ...inherited, ...by.labels, ...commitAnnotations(by) }),
    },
  };
}

/** Sets variables: one that is there keeps its place, new ones follow in the order of their names. */
function environment(inherited: readonly string[], set: Readonly<Record<string, string>>): readonly string[] {
  const left = new Map(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)));
  const kept = inherited.map((pair) => {
    const name = pair.split("=", 1)[0] ?? "";
    const value = left.get(name);
    left.delete(name);
    return value === undefined ? pair : `${name}=${value}`;
  });
  return [...kept, ...[...left].map(([name, value]) => `${name}=${value}`)];
}

function annotationsOf(inherited: Annotations | undefined, content: Descriptor, by: Stamp): Annotations {
  const { [annotationKeys.source]: _, [annotationKeys.layerKeys]: before, ...kept } = inherited ?? {};
  const layerKeys = by.restamped ? before : by.layerKeys && JSON.stringify(sorted(by.layerKeys));
  return sorted({
    ...kept,
    ...commitAnnotations(by),
    [annotationKeys.contentDigest]: (by.restamped ? kept[annotationKeys.contentDigest] : undefined) ?? content.digest,
    [annotationKeys.originRevision]: by.origin.revision,
    [annotationKeys.originCreated]: by.origin.created,
    ...(by.origin.digest === undefined ? {} : { [annotationKeys.originDigest]: by.origin.digest }),
    ...(layerKeys === undefined || layerKeys === "{}" ? {} : { [annotationKeys.layerKeys]: layerKeys }),
    ...(by.contentKey === undefined ? {} : { [annotationKeys.contentKey]: by.contentKey }),
  });
}

function commitAnnotations(by: Stamp): Annotations {
  return {
    [annotationKeys.revision]: by.revision,
    [annotationKeys.created]: by.created,
    [annotationKeys.version]: by.version,
    ...(by.source === undefined ? {} : { [annotationKeys.source]: by.source }),
  };
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
