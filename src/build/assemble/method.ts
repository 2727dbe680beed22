/**
 * What DEFLATE can do for a piece: nothing, so that it is stored; give frequent bytes short codes; or find what repeats as well
 * (RFC 1951, section 3.2).
 */
export type Method = "stored" | "huffman" | "repeats";

/** Bytes of each sample: three are a little more than the window in which repetitions are found (RFC 1951, section 2: 32 KiB). */
const sampleBytes = 12 << 10;
/** Shorter pieces are not worth a trial. */
const trialBytes = 1024;
/** The longest repetition, the shortest one that is looked for, and the farthest (RFC 1951, sections 2 and 3.2.5). */
const [longest, shortest, farthest] = [258, 4, 1 << 15];
/** After two to the power of so many places without a repetition every second one is looked at, then every third. */
const patience = 6;
/** What a block's tables of codes take, about. */
const tableBytes = 80;
/** The symbol of a repetition, beside the 256 bytes. */
const repetition = 256;
/** Where four bytes were seen last, by 13 bits of their hash. */
const seen = new Int32Array(1 << 13);

/**
 * How a piece is to be compressed, by what samples of its beginning, middle and end would take. What cannot be made smaller is stored, which
 * costs no time; where looking for repetitions gains less than a fiftieth, it is left out, which takes a third of the time. All in whole
 * numbers, so that the answer is the same everywhere, whatever zlib there is.
 */
export function methodFor(piece: Uint8Array): Method {
  if (piece.length < trialBytes) return "repeats";
  const sample = samplesOf(piece);
  const { coded, matched } = estimate(sample);
  // A thirtieth saved is the least that pays for the time of who packs and of all who unpack.
  if (Math.min(coded, matched) * 30 > sample.length * 29) return "stored";
  return coded * 50 <= matched * 51 ? "huffman" : "repeats";
}

function samplesOf(piece: Uint8Array): Uint8Array {
  if (piece.length <= 3 * sampleBytes) return piece;
  const samples = new Uint8Array(3 * sampleBytes);
  for (let sample = 0; sample < 3; sample++) {
    const start = Math.floor(((piece.length - sampleBytes) * sample) / 2);
    samples.set(piece.subarray(start, start + sampleBytes), sample * sampleBytes);
  }
  return samples;
}

/** About how many bytes a sample takes with codes alone, and with the repetitions that are found at the first try. */
function estimate(sample: Uint8Array): { readonly coded: number; readonly matched: number } {
  const [bytes, symbols] = [new Uint32Array(256), new Uint32Array(repetition + 1)];
  seen.fill(0);
  let extra = 0;
  let at = 0;
  let misses = 0;
  for (const end = sample.length - shortest; at <= end; ) {
    const four = (sample[at] ?? 0) | ((sample[at + 1] ?? 0) << 8) | ((sample[at + 2] ?? 0) << 16) | ((sample[at + 3] ?? 0) << 24);
    const slot = Math.imul(four, 0x9e3779b1) >>> 19;
    const before = (seen[slot] ?? 0) - 1;
    seen[slot] = at + 1;
    const length = before < 0 || at - before > farthest ? 0 : alike(sample, before, at);
    if (length >= shortest) {
      count(symbols, repetition);
      extra += extraBits(length, at - before);
      at += length;
      misses = 0;
      continue;
    }
    // Where nothing repeats for long, it is looked for in fewer places.
    const next = Math.min(at + 1 + (misses++ >> patience), sample.length);
    for (; at < next; at++) count(symbols, sample[at] ?? 0);
  }
  for (; at < sample.length; at++) count(symbols, sample[at] ?? 0);
  for (const byte of sample) count(bytes, byte);
  return { coded: bytesFor(bytes), matched: bytesFor(symbols) + (extra >>> 3) };
}

function count(counts: Uint32Array, symbol: number): void {
  counts[symbol] = (counts[symbol] ?? 0) + 1;
}

/** How many bytes are alike from two places on. */
function alike(sample: Uint8Array, one: number, two: number): number {
  const most = Math.min(longest, sample.length - two);
  let length = 0;
  while (length < most && sample[one + length] === sample[two + length]) length++;
  return length;
}

/** Bits of a repetition beside its symbol: what tells lengths apart, about, a distance's code, and its extra bits (RFC 1951, section 3.2.5). */
function extraBits(length: number, distance: number): number {
  return 2 + (length > 10 ? log2(length) - 2 : 0) + 4 + log2(distance) - 1;
}

function log2(number: number): number {
  return 31 - Math.clz32(number);
}

/** Bytes that codes of the best lengths take (Shannon's entropy), of no symbol less than one bit. */
function bytesFor(counts: Uint32Array): number {
  const all = finely(counts.reduce((sum, one) => sum + one, 0));
  let parts = 0;
  for (const one of counts) if (one > 0) parts += one * Math.max(256, all - finely(one));
  return Math.ceil(parts / (256 * 8)) + tableBytes;
}

/** The binary logarithm in 256ths, rounded down: bit by bit, by squaring. */
function finely(number: number): number {
  if (number === 0) return 0;
  const whole = log2(number);
  let rest = whole > 15 ? number >>> (whole - 15) : number << (15 - whole);
  let found = whole << 8;
  for (let bit = 128; bit > 0; bit >>= 1) {
    rest = Math.floor((rest * rest) / (1 << 15));
    if (rest < 1 << 16) continue;
    found += bit;
    rest >>>= 1;
  }
  return found;
}
