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
import { bytesSource, can, type Store, type Waiting, writeBytes } from "../store/index.ts";

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
  readonly destinations: readonly { readonly name: string; readonly uri: string; readonly outcome: string }[];
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
  const layer = await writeBytes(store, recordType, new TextEncoder().encode(JSON.stringify(record, null, 2)), options);
  const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf(emptyConfig), size: emptyConfig.length };
  await store.write(config, bytesSource(emptyConfig), options);
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
  return await writeBytes(store, mediaTypes.ociManifest, manifest, options);
}

/** The records that are attached to an image; none where the store cannot tell. */
export async function recordsOf(store: Store, subject: Digest, options?: Waiting): Promise<readonly Descriptor[]> {
  if (!can(store, "referring")) return [];
  return await store.referrers(subject, { ...options, artifactType: recordType });
}

/** Whether a record is attached to the image. */
export async function isRecorded(store: Store, subject: Digest, options?: Waiting): Promise<boolean> {
  return (await recordsOf(store, subject, options)).length > 0;
}
