import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { constants as zlib, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { unpacked } from "../../src/validate/archive.ts";

const skippable = (length: number): Buffer => {
  const head = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
  head.writeUInt32LE(length, 4);
  return Buffer.concat([head, Buffer.alloc(length, 7)]);
};

async function unpack(bytes: Uint8Array, chunk: number): Promise<Buffer> {
  const chunks = async function* (): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  };
  return Buffer.concat(await Array.fromAsync(unpacked(chunks(), "zstd")));
}

suite("a file of zstd", () => {
  test("is unpacked with all its frames, however they are made and come in chunks", async () => {
    const frame = fc
      .tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 2_000 }), fc.boolean(), fc.boolean())
      .map(([head, zeros, sized, checked]) => {
        const plain = Buffer.concat([head, Buffer.alloc(zeros)]);
        const params = { [zlib.ZSTD_c_checksumFlag]: checked ? 1 : 0, [zlib.ZSTD_c_contentSizeFlag]: sized ? 1 : 0 };
        return { plain, packed: zstdCompressSync(plain, { params, ...(sized ? { pledgedSrcSize: plain.length } : {}) }) };
      });
    const part = fc.oneof(
      frame,
      fc.nat(20).map((length) => ({ plain: Buffer.alloc(0), packed: skippable(length) })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 700 }), async (parts, chunk) => {
        const found = await unpack(Buffer.concat(parts.map(({ packed }) => packed)), chunk);
        assert.ok(found.equals(Buffer.concat(parts.map(({ plain }) => plain))));
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  test("of blocks of many kinds is unpacked, too", async () => {
    const plain = Buffer.concat([Buffer.alloc(400_000), Buffer.from("text ".repeat(60_000)), Buffer.alloc(200_000, "x")]);
    const packed = Buffer.concat([zstdCompressSync(plain), skippable(9), zstdCompressSync(plain)]);
    for (const chunk of [50, 1_000, packed.length]) assert.ok((await unpack(packed, chunk)).equals(Buffer.concat([plain, plain])));
  });

  test("that is cut off, or has something else behind a frame, is refused", async () => {
    const packed = Buffer.concat([zstdCompressSync(Buffer.from("one")), zstdCompressSync(Buffer.from("two".repeat(500)))]);
    for (const chunk of [7, packed.length]) {
      for (const cut of [1, 2, packed.length - 3]) await assert.rejects(unpack(packed.subarray(0, -cut), chunk), /unexpected end of file/);
      await assert.rejects(unpack(Buffer.concat([packed, Buffer.from("nonsense")]), chunk), /no frame of zstd/);
      await assert.rejects(unpack(Buffer.concat([packed, Buffer.from("no")]), chunk), /unexpected end of file/);
    }
  });
});
