import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { deflateRawSync, gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { storedMember, storedSize } from "../../../src/build/assemble/member.ts";
import { methodFor } from "../../../src/build/assemble/method.ts";
import { type PackOptions, packed as pack } from "../../../src/build/assemble/pack.ts";
import { digestOf } from "../../../src/oci/index.ts";
import { seededNumbers } from "../../support/seeded.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** All that packing gives; a chunk's memory is used again. */
async function packed(chunks: AsyncIterable<Uint8Array>, options?: PackOptions): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pack(chunks, options), (chunk) => Uint8Array.from(chunk)));
}

/** The same bytes on every machine, neither all alike nor without pattern. */
function someBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, seed = 1; at < length; at++) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    bytes[at] = (seed >> 16) & 0x3f;
  }
  return bytes;
}

const mixedLength = 5 * (1 << 20) + 777;

/** Bytes that nothing makes smaller, the same on every machine. */
function randomBytes(length: number, seed: number): Buffer {
  const next = seededNumbers(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4) bytes.writeUInt32LE(Math.floor(next() * 2 ** 32), at);
  return bytes;
}

/** Something like a program's source. */
function textBytes(length: number): Buffer {
  const next = seededNumbers(7);
  const words = [
    "const",
    "return",
    "function",
    "if",
    "else",
    "export",
    "await",
    "=>",
    "{",
    "}",
    "\n",
    "  ",
    "value",
    "index",
    "length",
    "0",
  ];
  let text = "";
  while (text.length < length) text += `${words[Math.floor(next() * words.length)]} `;
  return Buffer.from(text.slice(0, length));
}

function repeated(bytes: Uint8Array, length: number): Buffer {
  return Buffer.concat(Array.from({ length: Math.ceil(length / bytes.length) }, () => bytes)).subarray(0, length);
}

suite("packing", () => {
  test("gives the same bytes, however they come", async () => {
    const bytes = someBytes(3 * (1 << 20) + 17);
    const one = await packed(pieces(bytes, bytes.length));
    for (const size of [1 << 20, (1 << 20) + 1, 65_536, 1 << 22, 9_999])
      assert.ok(one.equals(await packed(pieces(bytes, size))), `${size}`);
    assert.ok(gunzipSync(one).equals(bytes));
  });

  test("names no time, no file and no machine", async () => {
    const bytes = await packed(pieces(someBytes(10), 3));
    assert.deepEqual([...bytes.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  });

  test("is undone by any reader, at any length", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), fc.integer({ min: 1, max: 999 }), async (bytes, size) => {
        assert.ok(gunzipSync(await packed(pieces(bytes, size))).equals(bytes));
      }),
      { numRuns: 50 },
    );
    for (const length of [0, (1 << 20) - 1, 1 << 20, (1 << 20) + 1]) {
      const bytes = someBytes(length);
      assert.ok(gunzipSync(await packed(pieces(bytes, 1 << 18))).equals(bytes), `${length}`);
    }
  });

  test("fails as what it reads fails", async () => {
    const failing = async function* () {
      yield someBytes(3 << 20);
      throw new Error("no more");
    };
    await assert.rejects(packed(failing()), /no more/);
  });

  test("stores what cannot be made smaller, looks for repetitions where there are some, and else only codes", async () => {
    const random = randomBytes(1 << 20, 1);
    const kinds: readonly (readonly [string, Uint8Array, string])[] = [
      ["random bytes", random, "stored"],
      ["a short random piece", random.subarray(0, 5000), "stored"],
      ["what gzip made", deflateRawSync(textBytes(4 << 20)).subarray(0, 1 << 20), "stored"],
      ["text", textBytes(1 << 20), "repeats"],
      ["what a simple rule makes", someBytes(1 << 20), "repeats"],
      ["random digits", Buffer.from(random.toString("hex").slice(0, 1 << 20)), "huffman"],
      ["nothing but zeros", new Uint8Array(1 << 20), "repeats"],
      ["random bytes that come again after 20 KiB", repeated(random.subarray(0, 20 << 10), 1 << 20), "repeats"],
      [
        "text in the middle of random bytes",
        Buffer.concat([random.subarray(0, 400_000), textBytes(250_000), random.subarray(0, 400_000)]),
        "repeats",
      ],
      ["text at the end", Buffer.concat([random.subarray(0, 900_000), textBytes(100_000)]), "repeats"],
      ["a tiny piece", random.subarray(0, 100), "repeats"],
      ["nothing", new Uint8Array(0), "repeats"],
    ];
    for (const [what, bytes, method] of kinds) assert.equal(methodFor(bytes), method, what);
  });

  test("is hardly larger than what is packed, and no larger where samples mislead", async () => {
    const random = randomBytes(2 << 20, 2);
    // Random where the samples are taken, text in between: it is stored, and so costs what it is.
    const misleading = Buffer.from(random.subarray(0, 1 << 20));
    textBytes(300_000).copy(misleading, 100_000);
    textBytes(300_000).copy(misleading, 600_000);
    assert.equal(methodFor(misleading), "stored");
    for (const bytes of [random, misleading]) {
      const stored = await packed(pieces(bytes, 65_536));
      assert.ok(stored.length < bytes.length * 1.001);
      assert.ok(gunzipSync(stored).equals(bytes));
    }
  });

  test("codes only where that costs hardly anything in size", async () => {
    const digits = Buffer.from(randomBytes(3 << 20, 5).toString("hex"));
    const [ours, usual] = [await packed(pieces(digits, 65_536)), gzipSync(digits, { level: 6 })];
    assert.ok(ours.length < usual.length * 1.02, `${ours.length} against ${usual.length}`);
    assert.ok(gunzipSync(ours).equals(digits));
  });

  test("stores in blocks that any reader takes, of the size that was foretold", () => {
    const bytes = randomBytes(200_000, 4);
    for (const length of [0, 1, 65_534, 65_535, 65_536, 131_070, 131_071, 200_000]) {
      const member = storedMember(bytes.subarray(0, length));
      assert.equal(member.length, storedSize(length), `${length}`);
      assert.ok(gunzipSync(member).equals(bytes.subarray(0, length)), `${length}`);
      assert.deepEqual([...member.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    }
  });

  for (const compression of ["gzip", "zstd"] as const) {
    test(`gives the same ${compression} whatever is packed at once`, async () => {
      const bytes = Buffer.concat([textBytes(3 << 20), randomBytes(3 << 20, 3), someBytes((3 << 20) + 5)]);
      const of = (width: number) => packed(pieces(bytes, 100_000), { compression, width });
      const one = await of(1);
      for (const width of [2, 3, 16]) assert.ok(one.equals(await of(width)), `${width}`);
      const undone = compression === "gzip" ? gunzipSync(one) : zstdDecompressSync(one);
      assert.ok(undone.equals(bytes));
    });
  }

  const golden: readonly (readonly [string, () => Uint8Array, string, string])[] = [
    [
      "random",
      () => randomBytes(mixedLength, 1),
      "60af09ae975a3bb1d631049dfe9eebd7e92373b5975b16422368117b80de3199",
      "33997cfad1f413a913b7a5d7f0790f863abb5606b3a9fffa61841b5e11a7e7d3",
    ],
    [
      "text",
      () => textBytes(mixedLength),
      "26066bc07a0ec74e039cf8dd7f910497a253ca3a7b6e0f87bd5c3f65b22140d6",
      "c907099658c60f06576d60fe05728c779c93ddfa26d2126d389ed577651aea98",
    ],
    [
      "64 values",
      () => someBytes(mixedLength),
      "9f7a601d3b005ed5d4a4823a1188581322c609deed4c3b7abcca52349f052e69",
      "4889122d4e23b9aa6cface11472bb0050705ac4200420f30ca06f6d044e04b9a",
    ],
    [
      "random digits",
      () => Buffer.from(randomBytes(mixedLength, 6).toString("hex")),
      "83b25912db76b00912e42de7dd564d6708b9cb5093b2492354a782ff149d55b6",
      "c6cdf04d7c2c00272918a2c756d9737c181aae91dc7bb83dea4067ec733b7b7c",
    ],
    [
      "zeros",
      () => new Uint8Array(mixedLength),
      "d8f40a577c84a6733bee99764f4ffa72440b07f5e2f329caa861b78ad1f19040",
      "509a447bde1234d1de2f6d653d996d95f2d573a3907cb95bcb9445ab46a3002e",
    ],
    [
      "nothing",
      () => new Uint8Array(0),
      "18cc39fce6d400d61490af9d0ee22138f8e8b0050ae6ef1ba78dc6ca38d611ca",
      "6fb8543883dafcc2ed0934866b8b3f775231f5b0933add08bf502e9e84944cbd",
    ],
  ];
  for (const [what, make, gzip, zstd] of golden) {
    test(`gives the bytes that docs/digests.md promises: ${what}`, async () => {
      const of = async (compression: "gzip" | "zstd") => digestOf(await packed(pieces(make(), 70_001), { compression }));
      assert.deepEqual([await of("gzip"), await of("zstd")], [`sha256:${gzip}`, `sha256:${zstd}`]);
    });
  }
});
