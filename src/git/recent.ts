import type { ObjectReader } from "./batch.ts";
import type { Place } from "./open.ts";

/** Reads a commit or a tree by its full object name. Undefined where it is not here, is something else, or might have to be fetched. */
export type ReadHere = (id: string, type: "commit" | "tree") => Promise<Buffer | undefined>;

/** How much is kept, in objects and in bytes: a folder is compared with that of one ancestor after another. */
const most = { objects: 1024, bytes: 16 * 1024 * 1024 };

interface Kept {
  readonly content: Promise<Buffer | undefined>;
  bytes: number;
}

/** Reads commits and trees that are here, and keeps those that were read last. Nothing is fetched, and no process started. */
export function recentObjects(objects: ObjectReader, place: Place): ReadHere {
  /** The one that was asked for last stands last. */
  const kept = new Map<string, Kept>();
  let bytes = 0;
  const read = async (id: string, type: string): Promise<Buffer | undefined> => {
    // Where the reader has ended, whoever must have an answer hears of it; that it cannot be told is one here.
    const object = await objects.read(id).catch(() => undefined);
    // A copy, because the reader's own stands in a chunk with the objects around it.
    return object?.type === type && object.id === id ? Buffer.from(object.content) : undefined;
  };
  const drop = (key: string): void => {
    bytes -= kept.get(key)?.bytes ?? 0;
    kept.delete(key);
  };
  const count = (key: string, one: Kept, length: number): void => {
    if (kept.get(key) !== one) return;
    one.bytes = length;
    bytes += length;
    for (const oldest of kept.keys()) {
      if (kept.size <= most.objects && bytes <= most.bytes) return;
      drop(oldest);
    }
  };
  return async (id, type) => {
    // git would fetch what is missing, folder after folder.
    if (place.treeless) return undefined;
    const key = `${type} ${id}`;
    const known = kept.get(key);
    const one = known ?? { content: read(id, type), bytes: 0 };
    kept.delete(key);
    kept.set(key, one);
    const content = await one.content;
    if (content === undefined) kept.delete(key);
    else if (known === undefined) count(key, one, content.length);
    return content;
  };
}
