import { Failure } from "../../failure/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import type { Store, Waiting } from "../../store/index.ts";
import type { ArchivedEntry } from "../../tar/index.ts";
import { layerEntries } from "../../validate/index.ts";

/** Files of a layer, read again when they are needed: by their number in the archive. */
export interface LayerFiles {
  open(index: number): AsyncIterable<Uint8Array>;
}

/**
 * Reads files out of a layer. Files that are asked for in the archive's order cost one pass over it; one that lies before the
 * last begins another. One file is read at a time.
 * @param store where the layer lies; asked when the first file is
 */
export function layerFiles(store: () => Promise<Store>, layer: Descriptor, options?: Waiting): LayerFiles {
  let turn: Promise<void> = Promise.resolve();
  let cursor: AsyncIterator<ArchivedEntry> | undefined;
  let next = 0;
  const seek = async (index: number): Promise<ArchivedEntry> => {
    if (cursor === undefined || index < next) {
      await cursor?.return?.();
      cursor = layerEntries(await store(), layer, options)[Symbol.asyncIterator]();
      next = 0;
    }
    for (;;) {
      const { value, done } = await cursor.next();
      if (done) throw new Failure("IMAGE_INVALID", `the layer ${layer.digest} ends early`);
      next += 1;
      if (next - 1 === index) return value;
    }
  };
  return {
    async *open(index) {
      const before = turn;
      let release = (): void => {};
      turn = new Promise((resolve) => {
        release = resolve;
      });
      await before;
      try {
        yield* (await seek(index)).content;
      } finally {
        release();
      }
    },
  };
}
