/** Bytes of one buffer. */
export const bufferBytes: number = 512 * 1024;

/** Buffers that nobody uses now are kept up to this number; beyond it they are left to the garbage collector. */
const keptLimit = 32;

const kept: Buffer[] = [];

/**
 * Memory for bytes on their way, of {@link bufferBytes}. Fresh memory costs the system a page fault for every 4 KiB and the
 * garbage collector a run for every few MiB, which together took as long as hashing.
 */
export function takeBuffer(): Buffer {
  return kept.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
}

/** Gives memory back that nobody reads any more. */
export function giveBuffer(buffer: Buffer): void {
  if (kept.length < keptLimit) kept.push(buffer);
}
