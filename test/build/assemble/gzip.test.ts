import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { gzipMembers } from "../../../src/build/assemble/gzip.ts";
import { digestOf } from "../../../src/oci/index.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const packed = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => Buffer.concat(await Array.fromAsync(gzipMembers(chunks)));

/** The same bytes on every machine, neither all alike nor without pattern. */
function someBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0, seed = 1; at < length; at++) {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    bytes[at] = (seed >> 16) & 0x3f;
  }
  return bytes;
}

suite("packing", () => {
  test("gives the same bytes, however they come", async () => {
    const bytes = someBytes(3 * (1 << 20) + 17);
    const one = await packed(pieces(bytes, bytes.length));
    for (const size of [1 << 20, (1 << 20) + 1, 65_536, 1 << 22, 9_999])
      assert.ok(one.equals(await packed(pieces(bytes, size))), `${size}`);
    assert.ok(gunzipSync(one).equals(bytes));
  });

  test("gives the bytes that it always gave, with the zlib of this Node", {
    skip: process.versions.zlib !== "1.3.2.1-motley-8002e91",
  }, async () => {
    assert.equal(
      digestOf(await packed(pieces(someBytes((1 << 20) + 1000), 4096))),
      "sha256:5c2d3ad120009a312c356501bbc576dbbfdbc584f80b844be4a384f333a3af57",
    );
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
});
