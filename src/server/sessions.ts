import { Failure, toFailure } from "../failure/index.ts";
import type { DigestAlgorithm } from "../oci/index.ts";
import type { Store, Upload, Uploading } from "../store/index.ts";

/** Bounds for upload sessions. */
export interface SessionLimits {
  /** Sessions open at once. */
  readonly openUploads: number;
  /** Milliseconds without a request after which a session counts as abandoned. */
  readonly uploadIdleMs: number;
}

/** The upload sessions that this process has seen: how many are open, who writes to which, which nobody came back to. */
export interface Sessions {
  /** Opens a session, or undefined where too many are open. */
  start(store: Store & Uploading, algorithm: DigestAlgorithm | undefined, signal: AbortSignal): Promise<Upload | undefined>;
  /**
   * Does work on a session alone. A client that comes back after a broken connection must not wait for the time-out of the
   * old request: that one is aborted, and what it was in the middle of ends first.
   */
  alone<T>(upload: Upload, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Says that a session has ended. */
  ended(upload: Upload): void;
  /** Cancels abandoned sessions. */
  sweep(): Promise<void>;
}

interface Open {
  readonly upload: Upload;
  touched: number;
  working?: { readonly stop: AbortController; readonly done: Promise<unknown> } | undefined;
}

/** The sessions of one registry. */
export function sessionTable({ openUploads, uploadIdleMs }: SessionLimits): Sessions {
  const open = new Map<string, Open>();
  const touch = (upload: Upload): Open => {
    const session = open.get(upload.id) ?? { upload, touched: 0 };
    session.touched = Date.now();
    open.set(upload.id, session);
    return session;
  };

  const sweep = async (): Promise<void> => {
    const idle = [...open.values()].filter(({ touched, working }) => working === undefined && Date.now() - touched >= uploadIdleMs);
    for (const { upload } of idle) {
      open.delete(upload.id);
      await upload.cancel().catch(() => {});
    }
  };

  return {
    sweep,
    async start(store, algorithm, signal) {
      if (open.size >= openUploads) await sweep();
      if (open.size >= openUploads) return undefined;
      const upload = await store.startUpload({ algorithm, signal });
      touch(upload);
      return upload;
    },
    async alone(upload, signal, work) {
      const session = touch(upload);
      const before = session.working;
      const stop = new AbortController();
      const done = (async () => {
        before?.stop.abort(new Failure("REGISTRY_UNREACHABLE", "the client went on with this upload in another request"));
        await before?.done.catch(() => {});
        return await work(AbortSignal.any([signal, stop.signal]));
      })();
      const working = { stop, done };
      session.working = working;
      try {
        return await done;
      } finally {
        session.touched = Date.now();
        if (session.working === working) session.working = undefined;
      }
    },
    ended: ({ id }) => void open.delete(id),
  };
}

/** Passes chunks on until the signal is aborted, even while the next one is waited for. */
export async function* until(signal: AbortSignal, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let give = (_: unknown): void => {};
  const abort = (): void => give(toFailure(signal.reason));
  signal.addEventListener("abort", abort);
  try {
    while (true) {
      if (signal.aborted) throw toFailure(signal.reason);
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        give = reject;
        iterator.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
