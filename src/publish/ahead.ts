import { partFailure } from "../failure/index.ts";
import type { Descriptor, Digest } from "../oci/index.ts";
import type { Emit, Pieces } from "../report/index.ts";
import {
  can,
  type Growing,
  type Source,
  type Store,
  storeSource,
  transfer,
  type Underway,
  type Uploading,
  underway,
  type Written,
} from "../store/index.ts";
import { type Follow, followed, type Whole } from "./follow.ts";

/** A store to build into, whose layers go on to where they are wanted while the next ones are packed. */
export interface Ahead {
  readonly store: Store;
  /** Waits until nothing is under way to a target, and gives what it has now. Fails by a defect only: delivering says what went wrong. */
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
  readonly running: Promise<unknown>[];
  readonly layers: Set<Digest>;
  readonly pieces: { written: number; existed: number; mounted: number };
  bytes: number;
  /** Whether it takes layers while they come. */
  streams: boolean;
  failed: boolean;
}

/**
 * Sends every layer that is put together in a store to the targets: a new one while it comes, where a target takes it so, any other as soon
 * as it is whole. A target that fails to take a whole one is left alone.
 * Nothing but layers is sent: without a manifest they are nothing that anyone could pull, and registries remove them in time.
 * @param mediaType the layers', for events
 */
export function sendAhead(own: Store, targets: readonly Store[], mediaType: string, { emit, signal }: Listening): Ahead {
  const stop = new AbortController();
  const until = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const lanes = targets.map(
    (to): Lane => ({ to, running: [], layers: new Set(), pieces: nothing(), bytes: 0, streams: true, failed: false }),
  );

  const arrived = (lane: Lane, { digest, size }: Descriptor, outcome: Written): void => {
    // Two layers may be the same bytes; a copy sends and counts each content once.
    if (!lane.layers.has(digest)) lane.pieces[outcome]++;
    lane.layers.add(digest);
    if (outcome === "written") lane.bytes += size;
  };
  const send = async (lane: Lane, layer: Descriptor, made: boolean, followed: Promise<boolean> | undefined): Promise<void> => {
    if (await followed) return arrived(lane, layer, "written");
    if (lane.failed) return;
    // After a sending that failed nobody knows what is there.
    const isNew = made && followed === undefined && !lane.layers.has(layer.digest);
    try {
      arrived(lane, layer, await transfer(lane.to, layer, () => sourceOf(own, layer), { emit, signal: until, isNew }));
    } catch (thrown) {
      lane.failed = true;
      if (!until.aborted)
        emit({ kind: "detail", text: `${lane.to.name} takes nothing before all is built: ${partFailure(thrown, signal).message}` });
    }
  };
  const start = <T>(lane: Lane, work: Promise<T>): Promise<T> => {
    // Heard by whoever asks what was sent.
    work.catch(() => {});
    lane.running.push(work);
    return work;
  };
  const follow = lanes.map(
    (lane): Follow =>
      (file, content) =>
        start(lane, streamed(lane, file, content)),
  );
  const streamed = async (lane: Lane, file: Growing, content: Promise<Descriptor>): Promise<boolean> => {
    const { to } = lane;
    if (lane.failed || !lane.streams || !can(to, "streaming")) return false;
    const began = performance.now();
    let known: Underway | undefined;
    const telling = content.then((made) => {
      known = underway(to, { ...made, mediaType }, emit, began);
      return known;
    });
    // Heard at the end.
    telling.catch(() => {});
    try {
      // How far it is can be told when there is an end; until then the step that packs it is what is seen.
      await to.stream(file.open, content, { signal: until, onProgress: (bytes) => known?.progress(bytes) });
      (await telling).done("written");
      return true;
    } catch (thrown) {
      // It is sent once it is whole; why it never will be is said elsewhere.
      if (until.aborted || file.isBroken()) return false;
      lane.streams = false;
      emit({ kind: "detail", text: `${to.name} takes no layer while it is packed: ${partFailure(thrown, signal).message}` });
      return false;
    }
  };
  const sendAll: Whole = (content, isNew, followers) => {
    for (const [at, lane] of lanes.entries()) void start(lane, send(lane, { ...content, mediaType }, isNew, followers[at]));
  };
  return {
    store: lanes.length > 0 && can(own, "uploading") ? telling(own, follow, sendAll) : own,
    async sent(to) {
      const lane = lanes.find((one) => one.to === to);
      await Promise.all(lane?.running ?? []);
      return lane ?? { layers: new Set(), pieces: nothing(), bytes: 0 };
    },
    async stop() {
      stop.abort();
      await Promise.allSettled(lanes.flatMap(({ running }) => running));
    },
  };
}

function nothing() {
  return { written: 0, existed: 0, mounted: 0 };
}

async function sourceOf(store: Store, layer: Descriptor): Promise<Source> {
  return (can(store, "sourcing") ? await store.source(layer) : undefined) ?? storeSource(store, layer);
}

/** A store whose uploads are followed, and that tells of everything that one ended with. */
function telling(own: Store & Uploading, follow: readonly Follow[], tell: Whole): Store & Uploading {
  return { ...own, startUpload: async (options) => followed(await own.startUpload(options), follow, tell, options) };
}
