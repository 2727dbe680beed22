import { partFailure } from "../failure/index.ts";
import type { Descriptor, Digest } from "../oci/index.ts";
import type { Emit, Pieces } from "../report/index.ts";
import { can, type Source, type Store, storeSource, transfer, type Uploading } from "../store/index.ts";

/** A store to build into, whose layers go on to where they are wanted while the next ones are packed. */
export interface Ahead {
  readonly store: Store;
  /** Waits until nothing is under way to a target, and gives what it has now. Never fails: delivering says what went wrong. */
  sent(to: Store): Promise<Sent>;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

/** Who hears of what is sent, and what ends it. */
interface Listening {
  readonly emit: Emit;
  readonly signal?: AbortSignal | undefined;
}

/** What came to a target before all was built. */
export interface Sent {
  readonly layers: ReadonlySet<Digest>;
  /** Bytes that were written. */
  readonly bytes: number;
  readonly pieces: Pieces;
}

/** What is under way to one target, and what it took. */
interface Lane {
  readonly to: Store;
  readonly running: Promise<void>[];
  readonly layers: Set<Digest>;
  readonly pieces: { written: number; existed: number; mounted: number };
  bytes: number;
  failed: boolean;
}

/**
 * Sends every layer that is put together in a store to the targets as soon as it is whole. A target that fails once is left alone.
 * Nothing but layers is sent: without a manifest they are nothing that anyone could pull, and registries remove them in time.
 * @param mediaType the layers', for events
 */
export function sendAhead(own: Store, targets: readonly Store[], mediaType: string, { emit, signal }: Listening): Ahead {
  const stop = new AbortController();
  const until = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const lanes = targets.map((to): Lane => ({ to, running: [], layers: new Set(), pieces: nothing(), bytes: 0, failed: false }));

  const send = async (lane: Lane, layer: Descriptor): Promise<void> => {
    if (lane.failed) return;
    try {
      const outcome = await transfer(lane.to, layer, () => sourceOf(own, layer), { emit, signal: until });
      // Two layers may be the same bytes; a copy sends and counts each content once.
      if (!lane.layers.has(layer.digest)) lane.pieces[outcome]++;
      lane.layers.add(layer.digest);
      if (outcome === "written") lane.bytes += layer.size;
    } catch (thrown) {
      lane.failed = true;
      if (!until.aborted)
        emit({ kind: "detail", text: `${lane.to.name} takes nothing before all is built: ${partFailure(thrown, signal).message}` });
    }
  };
  const sendAll = (content: Descriptor): void => {
    for (const lane of lanes) lane.running.push(send(lane, { ...content, mediaType }));
  };
  return {
    store: lanes.length > 0 && can(own, "uploading") ? telling(own, sendAll) : own,
    async sent(to) {
      const lane = lanes.find((one) => one.to === to);
      await Promise.all(lane?.running ?? []);
      return lane ?? { layers: new Set(), pieces: nothing(), bytes: 0 };
    },
    async stop() {
      stop.abort();
      await Promise.all(lanes.flatMap(({ running }) => running));
    },
  };
}

function nothing() {
  return { written: 0, existed: 0, mounted: 0 };
}

async function sourceOf(store: Store, layer: Descriptor): Promise<Source> {
  return (can(store, "sourcing") ? await store.source(layer) : undefined) ?? storeSource(store, layer);
}

/** A store that tells of everything that an upload session ended with. */
function telling(own: Store & Uploading, tell: (content: Descriptor) => void): Store & Uploading {
  return {
    ...own,
    async startUpload(options) {
      const upload = await own.startUpload(options);
      return {
        ...upload,
        async commit(digest, waiting) {
          const content = await upload.commit(digest, waiting);
          tell(content);
          return content;
        },
      };
    },
  };
}
