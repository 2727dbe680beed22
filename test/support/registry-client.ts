import { Failure, type FailureCode } from "../../src/failure/index.ts";
import { type Descriptor, digestOf, encodeManifest, mediaTypes } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import {
  anonymous,
  bytesSource,
  createRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
  type RegistryStore,
} from "../../src/store/index.ts";

/** A client that is quick to give up, one repository of it, and the events that it told. */
export interface ClientUnderTest extends AsyncDisposable {
  readonly client: RegistryClient;
  readonly store: RegistryStore;
  readonly events: Event[];
}

/** Time-outs and waits that suit a test. */
export const quick = {
  timeouts: { connectMs: 1000, headersMs: 1000, commitMs: 1000, idleMs: 300 },
  retry: { attempts: 4, baseMs: 5, capMs: 20, deadlineMs: 4000 },
} as const;

/** Opens `team/app` at a registry. */
export function clientOf(host: string, options: Partial<RegistryClientOptions> = {}): ClientUnderTest {
  const events: Event[] = [];
  const client = createRegistryClient({ signIn: anonymous, emit: (event) => events.push(event), ...quick, ...options });
  return { client, store: client.repository({ host, repository: "team/app" }), events, [Symbol.asyncDispose]: () => client.close() };
}

/** Random bytes as a blob. */
export function aBlob(bytes: Uint8Array): { readonly descriptor: Descriptor; readonly source: ReturnType<typeof bytesSource> } {
  return {
    descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: digestOf(bytes), size: bytes.length },
    source: bytesSource(bytes),
  };
}

/** A source that hands out pieces of a size, so that a body is more than one write. */
export function piecesOf(bytes: Uint8Array, size: number): ReturnType<typeof bytesSource> {
  return {
    size: bytes.length,
    open: async function* (offset = 0) {
      for (let at = offset; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    },
  };
}

/** An image manifest without layers. */
export function aManifest(options: { readonly note?: string; readonly subject?: Descriptor; readonly artifactType?: string } = {}): {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
} {
  const empty = Buffer.from("{}");
  const bytes = encodeManifest({
    kind: "manifest",
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociEmpty, digest: digestOf(empty), size: empty.length },
    layers: [],
    ...(options.note === undefined ? {} : { annotations: { note: options.note } }),
    ...(options.subject === undefined ? {} : { subject: options.subject }),
    ...(options.artifactType === undefined ? {} : { artifactType: options.artifactType }),
  });
  return { descriptor: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** All bytes of a stream. */
export async function allOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** The failure that work ends with. Throws where it succeeds or fails otherwise. */
export async function failureOf(work: Promise<unknown>, code: FailureCode): Promise<Failure> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof Failure)) throw thrown ?? new Error(`nothing failed; ${code} was expected`);
  if (thrown.code !== code) throw new Error(`${thrown.code}, not ${code}: ${thrown.message}`, { cause: thrown });
  return thrown;
}
