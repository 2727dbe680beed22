import { Failure } from "../failure/index.ts";
import {
  type Annotations,
  annotationKeys,
  bareDescriptor,
  type Descriptor,
  type Digest,
  digestOf,
  encodeManifest,
  mediaTypes,
} from "../oci/index.ts";
import type { BuildStats, StartedImage } from "../report/index.ts";
import { bytesSource, can, readBytes, readManifest, type Store, type Waiting, writeBytes } from "../store/index.ts";

/** The artifact type of a record (OCI image-spec, "Guidelines for Artifact Usage"). */
export const recordType = "application/vnd.waybill.record.v1+json";

/**
 * What happened when an image was published, as it is attached to it. Everything of the run that must not enter the
 * stamp stands here: when, where, by whom. Never a credential.
 */
export interface PublishRecord {
  readonly schemaVersion: 1;
  readonly kind: "publish";
  readonly waybill: string;
  /** Digest of the stamped image. */
  readonly digest: Digest;
  readonly commit: { readonly sha: string; readonly tree: string; readonly committedAt: string; readonly branch?: string | undefined };
  readonly source?: string | undefined;
  readonly platform: string;
  /** Whether the image was built by this run, and by which engine. */
  readonly built: boolean;
  readonly engine?: string | undefined;
  /** Digest of the content before the stamp, where it was built. */
  readonly content?: Digest | undefined;
  readonly contentKey?: Digest | undefined;
  /** Where the engine says so. */
  readonly build?: BuildStats | undefined;
  /** What the content was built upon, where that is known. */
  readonly bases?: readonly { readonly name: string; readonly digest: Digest }[] | undefined;
  /** Where the content came from, where it was not built for this commit. */
  readonly reused?:
    | {
        /** The ancestor whose image has the same content. */
        readonly commit: string;
        readonly digest: Digest;
        /** The commit that the content was really built from, and its image. */
        readonly origin: { readonly revision: string; readonly created: string; readonly digest: Digest };
      }
    | undefined;
  readonly destinations: readonly { readonly name: string; readonly uri: string; readonly outcome: string }[];
  /** What became of it when it was started, where it was to be; `wanted` stands for what it had to show. */
  readonly smoke?: (StartedImage & { readonly wanted: Digest }) | undefined;
  readonly findings: readonly { readonly level: string; readonly code: string; readonly message: string }[];
  /** Where the run can be looked up: link, actor, number of the attempt. */
  readonly run?: Readonly<Record<string, string>> | undefined;
  /** RFC 3339 in UTC. */
  readonly startedAt: string;
  /** Milliseconds until the record was made. */
  readonly ms: number;
}

const emptyConfig = new TextEncoder().encode("{}");

/**
 * Attaches a record to an image as a referrer: an artifact whose subject is the image.
 * @throws Failure of the store
 */
export async function attachRecord(store: Store, subject: Descriptor, record: PublishRecord, options?: Waiting): Promise<Descriptor> {
  // A record holds the time of day: nobody has it yet.
  const isNew = { ...options, isNew: true };
  const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf(emptyConfig), size: emptyConfig.length };
  const [layer] = await Promise.all([
    writeBytes(store, recordType, new TextEncoder().encode(JSON.stringify(record, null, 2)), isNew),
    store.write(config, bytesSource(emptyConfig), options),
  ]);
  const annotations: Annotations = {
    [annotationKeys.created]: record.startedAt,
    [annotationKeys.revision]: record.commit.sha,
  };
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    artifactType: recordType,
    config,
    layers: [layer],
    subject: bareDescriptor(subject),
    annotations,
  });
  return await writeBytes(store, mediaTypes.ociManifest, manifest, isNew);
}

/** The records that are attached to an image; none where the store cannot tell. */
export async function recordsOf(store: Store, subject: Digest, options?: Waiting): Promise<readonly Descriptor[]> {
  if (!can(store, "referring")) return [];
  return await store.referrers(subject, { ...options, artifactType: recordType });
}

/** Records are small; more is no record, in bytes. */
const recordLimit = 4 * 1024 * 1024;

/**
 * Reads a record that is attached to an image. Whoever may push can attach anything, so only the schema's version and kind are certain.
 * @throws Failure IMAGE_INVALID where it is no record of a publication; NOT_FOUND, CONTENT_MISMATCH
 */
export async function readRecord(store: Store, record: Descriptor, options?: Waiting): Promise<Partial<PublishRecord>> {
  const manifest = await readManifest(store, record, options);
  const layer = manifest.kind === "manifest" ? manifest.layers[0] : undefined;
  const text = layer === undefined ? "" : new TextDecoder().decode(await readBytes(store, layer, recordLimit, options));
  try {
    const value: unknown = JSON.parse(text);
    const { schemaVersion, kind } = Object(value) as Partial<PublishRecord>;
    if (schemaVersion === 1 && kind === "publish") return value as Partial<PublishRecord>;
  } catch {}
  throw new Failure("IMAGE_INVALID", `${store.name}: ${record.digest} is no record of a publication`);
}

/** Whether a record is attached to the image. */
export async function isRecorded(store: Store, subject: Digest, options?: Waiting): Promise<boolean> {
  return (await recordsOf(store, subject, options)).length > 0;
}
