import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { type Deflating, deflated, pieceLimit } from "../../../src/build/assemble/deflating.ts";

const kinds: readonly Deflating[] = ["repeats", "huffman"];

/** A piece by itself: a copy, because a compressor's memory is its own. */
async function one(piece: Uint8Array, how: Deflating): Promise<Buffer> {
  return Buffer.concat(await deflated(piece, how));
}

/** Content of many kinds, from nothing to whole pieces that nothing makes smaller. */
const pieces = fc.oneof(
  fc.constantFrom(0, 1, 1000, pieceLimit - 1, pieceLimit).map((size) => randomBytes(size)),
  fc.constantFrom(0, 7, 70_000, pieceLimit).map((size) => Buffer.alloc(size, "waybill")),
  fc.integer({ min: 1, max: pieceLimit / 2 }).map((size) => Buffer.from(randomBytes(size).toString("hex"))),
  fc.uint8Array({ maxLength: 3000 }),
);

suite("A piece that is compressed", () => {
  test("gives the same bytes whatever was compressed before it and beside it, and they are undone", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 12 }), fc.constantFrom(...kinds), async (some, how) => {
        const alone: Buffer[] = [];
        for (const piece of some) alone.push(await one(piece, how));
        const backwards = await Promise.all([...some].reverse().map((piece) => one(piece, how)));
        for (const [at, piece] of some.entries()) {
          assert.ok(inflateRawSync(alone[at] ?? Buffer.alloc(0)).equals(piece));
          assert.ok(backwards[some.length - 1 - at]?.equals(alone[at] ?? Buffer.alloc(0)), `${at} of ${some.length}`);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("of random bytes is stored by zlib itself, within the room that is kept for it", async () => {
    for (const how of kinds) {
      for (let times = 0; times < 9; times++) assert.ok((await one(randomBytes(pieceLimit), how)).length < pieceLimit * 1.01);
    }
  });
});
