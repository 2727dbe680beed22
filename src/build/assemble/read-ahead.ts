import type { TarEntry } from "../../tar/index.ts";

/** Files up to this size are read ahead: most contexts are many small files. */
const smallBytes = 1 << 20;
/** How many of them wait at most, and how many bytes. */
const mostFiles = 64;
const mostBytes = 8 << 20;

/**
 * Entries in their order, the files among them read while those before are written: small ones whole, of a larger one the
 * first bytes. Files are asked for in lots, because whoever reads them is faster with many questions at once.
 */
export async function* readAhead(entries: Iterable<TarEntry>): AsyncIterable<TarEntry> {
  const waiting: Ahead[] = [];
  let bytes = 0;
  const left = entries[Symbol.iterator]();
  let next = left.next();
  const fill = (): void => {
    for (; next.done !== true; next = left.next()) {
      const entry = next.value;
      const size = entry.kind === "file" ? Math.min(entry.size, smallBytes) : 0;
      if (waiting.length >= mostFiles || (waiting.length > 0 && bytes + size > mostBytes)) return;
      waiting.push({ size, ...begin(entry) });
      bytes += size;
    }
  };
  try {
    for (;;) {
      if (waiting.length <= mostFiles / 2) fill();
      const first = waiting.shift();
      if (first === undefined) return;
      bytes -= first.size;
      yield await first.entry;
    }
  } finally {
    await Promise.allSettled(waiting.map((one) => one.stop()));
  }
}

interface Ahead {
  readonly size: number;
  readonly entry: Promise<TarEntry>;
  /** Ends what was begun, where nobody will read it. */
  stop(): Promise<unknown>;
}

function begin(entry: TarEntry): Pick<Ahead, "entry" | "stop"> {
  if (entry.kind !== "file") return { entry: Promise.resolve(entry), stop: async () => {} };
  if (entry.size > smallBytes) return begun(entry);
  const read = Array.fromAsync(entry.open());
  // Heard by whoever takes the entry.
  read.catch(() => {});
  return { entry: read.then((chunks) => ({ ...entry, open: () => bytesOf(chunks) })), stop: () => read };
}

/** A large file whose first chunk is asked for already; it can be read once. */
function begun(entry: TarEntry & { readonly kind: "file" }): Pick<Ahead, "entry" | "stop"> {
  // Whoever packs takes a copy of each chunk before the next one comes.
  const chunks = entry.open({ recycle: true })[Symbol.asyncIterator]();
  const first = chunks.next();
  first.catch(() => {});
  const open = async function* (): AsyncIterable<Uint8Array> {
    try {
      for (let { value, done } = await first; !done; { value, done } = await chunks.next()) yield value;
    } finally {
      await chunks.return?.();
    }
  };
  return {
    entry: Promise.resolve({ ...entry, open }),
    stop: async () => {
      await first.catch(() => {});
      await chunks.return?.();
    },
  };
}

async function* bytesOf(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}
