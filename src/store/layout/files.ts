import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { throwIfAborted } from "../../failure/index.ts";
import type { Waiting } from "../store.ts";
import { hasCode } from "./lock.ts";

const chunkBytes = 1 << 20;

/** Opens a file for reading; a symbolic link is refused, because a layout from outside could point anywhere with it. */
export async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT") || hasCode(error, "ELOOP") || hasCode(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

/**
 * Reads an open file in chunks of 1 MiB and closes it.
 * @param end the byte after the last one wanted
 */
export async function* readHandle(
  handle: FileHandle,
  start = 0,
  end = Number.POSITIVE_INFINITY,
  options?: Waiting,
): AsyncIterable<Uint8Array> {
  try {
    let position = start;
    while (position < end) {
      throwIfAborted(options?.signal);
      const length = Math.min(chunkBytes, end - position);
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafeSlow(length), 0, length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

const ringBytes = 1 << 19;
const ring = 3;

/**
 * Reads an open file ahead by one chunk of 512 KiB into memory that is used again and again, and closes it: a chunk is good
 * until the second one after it is asked for.
 */
export async function* readAhead(handle: FileHandle, start: number): AsyncIterable<Uint8Array> {
  const buffers = Array.from({ length: ring }, () => Buffer.allocUnsafeSlow(ringBytes));
  let count = 0;
  let position = start;
  const read = async (): Promise<Uint8Array> => {
    const buffer = buffers[count++ % ring] as Buffer;
    const { bytesRead } = await handle.read(buffer, 0, ringBytes, position);
    position += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  const next = (): Promise<Uint8Array> => {
    const begun = read();
    // Heard when the chunk is asked for.
    begun.catch(() => {});
    return begun;
  };
  let reading = next();
  try {
    for (;;) {
      const chunk = await reading;
      if (chunk.length === 0) return;
      reading = next();
      yield chunk;
    }
  } finally {
    await reading.catch(() => {});
    await handle.close();
  }
}

/** A file of a name of its own, which becomes the real one when it is whole, or is gone. */
export interface Draft {
  readonly handle: FileHandle;
  /** Makes it the real one: flushed to disk where that is wanted, then renamed. */
  keep(path: string): Promise<void>;
  discard(): Promise<void>;
}

/** Opens a draft in a folder of the same file system. */
export async function draft(folder: string, durable: boolean): Promise<Draft> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, randomUUID());
  const handle = await open(path, "wx");
  return {
    handle,
    async keep(target) {
      if (durable) await handle.sync();
      await handle.close();
      await renameInto(path, target);
    },
    async discard() {
      await handle.close().catch(() => {});
      await unlink(path).catch(() => {});
    },
  };
}

/** Renames a file into a folder that may not exist yet. */
export async function renameInto(path: string, target: string): Promise<void> {
  try {
    await rename(path, target);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    await mkdir(dirname(target), { recursive: true });
    await rename(path, target);
  }
}

/**
 * Writes all of a chunk.
 * @param position where in the file; the handle's own position unless given
 */
export async function writeAll(handle: FileHandle, chunk: Uint8Array, position?: number): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) {
    const at = position === undefined ? null : position + offset;
    offset += (await handle.write(chunk, offset, chunk.length - offset, at)).bytesWritten;
  }
}
