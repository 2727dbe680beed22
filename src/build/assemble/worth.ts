/** Bytes of each sample; longer than the window in which DEFLATE finds repetitions (RFC 1951, section 2: 32 KiB). */
const sampleBytes = 72 << 10;
const samples = 3;
const hashBits = 14;
/** Of this many positions one that repeats an earlier one is enough to compress. */
const positionsPerRepeat = 100;

/**
 * Whether compressing a chunk is worth its time: not where its bytes are spread evenly over all values and nothing repeats, as in what
 * is compressed or encrypted already. Samples of the beginning, the middle and the end decide, in whole numbers only, so that every
 * machine decides the same.
 */
export function worthPacking(chunk: Uint8Array): boolean {
  if (chunk.length < 1024) return true;
  const length = Math.min(sampleBytes, chunk.length);
  for (let sample = 0; sample < samples; sample++) {
    const start = Math.floor(((chunk.length - length) * sample) / (samples - 1));
    const bytes = chunk.subarray(start, start + length);
    if (!isSpread(bytes) || repeats(bytes)) return true;
    if (length === chunk.length) return false;
  }
  return false;
}

/** Whether two bytes taken at random agree hardly more often than they would if all values were as frequent. */
function isSpread(bytes: Uint8Array): boolean {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let agreeing = 0;
  for (const count of counts) agreeing += count * (count - 1);
  // At 256 even values: n(n-1)/256. A tenth more is what a few bits of a thousand would save.
  return agreeing * 2560 <= bytes.length * (bytes.length - 1) * 11;
}

/** Whether four bytes in a row often stand there once more. */
function repeats(bytes: Uint8Array): boolean {
  const seen = new Int32Array(1 << hashBits).fill(-1);
  let found = 0;
  const last = bytes.length - 4;
  const enough = Math.ceil(last / positionsPerRepeat);
  for (let at = 0; at <= last; at++) {
    const word = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const slot = Math.imul(word, 0x9e3779b1) >>> (32 - hashBits);
    const before = seen[slot] ?? -1;
    seen[slot] = at;
    if (before < 0) continue;
    const same =
      bytes[before] === bytes[at] &&
      bytes[before + 1] === bytes[at + 1] &&
      bytes[before + 2] === bytes[at + 2] &&
      bytes[before + 3] === bytes[at + 3];
    if (same && ++found >= enough) return true;
  }
  return false;
}
