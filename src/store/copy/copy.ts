import { Failure, toFailure } from "../../failure/index.ts";
import {
  childrenOf,
  type Descriptor,
  type Digest,
  isManifestType,
  isNondistributable,
  manifestLimit,
  parseManifest,
} from "../../oci/index.ts";
import { type Emit, silent } from "../../report/index.ts";
import { readBytes } from "../read.ts";
import { bytesSource, storeSource } from "../source.ts";
import { can, type Source, type Store, type Written } from "../store.ts";
import { type Limit, limit } from "./limit.ts";
import { transfer } from "./transfer.ts";

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  readonly emit?: Emit | undefined;
  /** Blobs that the target is known to have: it is not asked for them. */
  readonly there?: ReadonlySet<Digest> | undefined;
  /** Blobs moved at once; 8 unless given. */
  readonly concurrency?: number | undefined;
}

/** What a copy did. */
export interface CopyResult {
  readonly root: Descriptor;
  /** How many pieces of content were written, were there, or were mounted. */
  readonly written: number;
  readonly existed: number;
  readonly mounted: number;
  /** Bytes that were written. */
  readonly bytes: number;
}

/** How deep indexes may nest; real ones nest once. */
const depthLimit = 8;
const defaultConcurrency = 8;

interface Copying {
  readonly from: Store;
  readonly to: Store;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly there: ReadonlySet<Digest> | undefined;
  readonly blobs: Limit;
  readonly manifests: Limit;
  /** Each piece of content is moved once, however often it is referred to. */
  readonly seen: Map<Digest, Promise<void>>;
  count(outcome: Written, bytes: number): void;
}

/**
 * Copies a graph of content from one store to another: push, pull, promotion and fan-out are all this. Children are
 * written before their parents, blobs in parallel, in bounded memory. A manifest that the target holds is taken as whole:
 * its children were there before it. Non-distributable layers that the source lacks are left out.
 * The first failure ends the copy; its facts say on which side (`from`, `to`) and in which operation it happened.
 * @throws Failure of either store; IMAGE_INVALID
 */
export async function copy(from: Store, to: Store, root: Descriptor, options: CopyOptions = {}): Promise<CopyResult> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const totals = { written: 0, existed: 0, mounted: 0, bytes: 0 };
  const copying: Copying = {
    from,
    to,
    emit: options.emit ?? silent,
    signal,
    there: options.there,
    blobs: limit(options.concurrency ?? defaultConcurrency),
    manifests: limit(options.concurrency ?? defaultConcurrency),
    seen: new Map(),
    count(outcome, bytes) {
      totals[outcome]++;
      if (outcome === "written") totals.bytes += bytes;
    },
  };
  try {
    await copyNode(copying, root, 0);
  } catch (thrown) {
    stop.abort(thrown);
    // What is still under way ends before the caller goes on, so that nothing is written behind its back.
    await Promise.allSettled(copying.seen.values());
    throw options.signal?.aborted ? toFailure(options.signal.reason) : thrown;
  }
  return { root, ...totals };
}

function copyNode(copying: Copying, descriptor: Descriptor, depth: number): Promise<void> {
  const known = copying.seen.get(descriptor.digest);
  if (known !== undefined) return known;
  const copied = isManifestType(descriptor.mediaType)
    ? copyManifest(copying, descriptor, depth)
    : copying.blobs(() => copyBlob(copying, descriptor));
  copied.catch(() => {});
  copying.seen.set(descriptor.digest, copied);
  return copied;
}

async function copyManifest(copying: Copying, descriptor: Descriptor, depth: number): Promise<void> {
  const { from, to, signal } = copying;
  if (depth > depthLimit) throw new Failure("IMAGE_INVALID", `${from.name}: ${descriptor.digest} lies deeper than ${depthLimit} indexes`);
  if (await side("to", "has", descriptor, () => to.has(descriptor, { signal }))) {
    copying.count("existed", 0);
    copying.emit({ kind: "transfer", state: "existed", to: to.name, descriptor, bytes: 0 });
    return;
  }
  const bytes = await copying.manifests(() =>
    side("from", "read", descriptor, () => readBytes(from, descriptor, manifestLimit, { signal })),
  );
  const manifest = parseManifest(bytes, descriptor.mediaType);
  await Promise.all(childrenOf(manifest).map((child) => copyNode(copying, child, depth + 1)));
  const outcome = await copying.manifests(() =>
    side("to", "write", descriptor, () => to.write(descriptor, bytesSource(bytes), { signal })),
  );
  copying.count(outcome, descriptor.size);
  copying.emit({ kind: "transfer", state: outcome, to: to.name, descriptor, bytes: descriptor.size });
}

async function copyBlob(copying: Copying, descriptor: Descriptor): Promise<void> {
  const { to, signal, emit } = copying;
  if (signal.aborted) throw toFailure(signal.reason);
  if (copying.there?.has(descriptor.digest)) return copying.count("existed", 0);
  const from = await holderOf(copying.from, descriptor, signal);
  if (can(to, "mounting") && (await side("to", "mount", descriptor, () => to.mount(descriptor, from, { signal })))) {
    copying.count("mounted", 0);
    emit({ kind: "transfer", state: "mounted", to: to.name, descriptor, bytes: 0 });
    return;
  }
  if (isNondistributable(descriptor.mediaType) && !(await side("from", "has", descriptor, () => from.has(descriptor, { signal })))) return;
  const outcome = await side("to", "write", descriptor, () =>
    transfer(to, descriptor, sourceOf(from, descriptor, signal), { emit, signal }),
  );
  copying.count(outcome, descriptor.size);
}

async function holderOf(from: Store, descriptor: Descriptor, signal: AbortSignal): Promise<Store> {
  return can(from, "layering") ? await side("from", "has", descriptor, () => from.holder(descriptor, { signal })) : from;
}

/** The blob as the source has it: as a file where it is one, else as a stream; a failure of reading is the source's. */
function sourceOf(from: Store, descriptor: Descriptor, signal: AbortSignal): () => Promise<Source> {
  return async () => {
    const direct = can(from, "sourcing") ? await side("from", "read", descriptor, () => from.source(descriptor, { signal })) : undefined;
    const source = direct ?? storeSource(from, descriptor, { signal });
    return {
      ...source,
      open: async function* (offset, reading) {
        try {
          yield* source.open(offset, reading);
        } catch (thrown) {
          throw sided("from", "read", descriptor, thrown);
        }
      },
    };
  };
}

async function side<T>(which: "from" | "to", operation: string, descriptor: Descriptor, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw sided(which, operation, descriptor, thrown);
  }
}

/** The failure with the side and operation in its facts; the innermost says it first and is kept. */
function sided(which: "from" | "to", operation: string, descriptor: Descriptor, thrown: unknown): Failure {
  const failure = toFailure(thrown);
  if (failure.facts["side"] !== undefined) return failure;
  return new Failure(failure.code, failure.message, {
    hint: failure.hint,
    facts: { digest: descriptor.digest, ...failure.facts, side: which, operation },
    cause: failure.cause ?? failure,
  });
}
