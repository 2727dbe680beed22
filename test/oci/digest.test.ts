import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { suite, test } from "node:test";
import fc from "fast-check";
import { algorithmOf, digester, digestOf, encodedOf, isDigest, parseDigest } from "../../src/oci/index.ts";

suite("a digest", () => {
  for (const algorithm of ["sha256", "sha512"] as const) {
    test(`of ${algorithm} is that of the bytes, in one piece or many`, () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array()), (pieces) => {
          const bytes = Buffer.concat(pieces);
          const hash = digester(algorithm);
          for (const piece of pieces) hash.update(piece);
          const digest = hash.digest();
          assert.equal(digest, `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`);
          assert.equal(digest, digestOf(bytes, algorithm));
          assert.deepEqual([algorithmOf(parseDigest(digest)), `${algorithm}:${encodedOf(digest)}`], [algorithm, digest]);
        }),
      );
    });
  }

  test("of another algorithm, length, case or alphabet is none", () => {
    const hex = "a".repeat(64);
    const wrong = [hex, `sha256:${hex}a`, `sha256:${hex.slice(1)}`, `sha256:${hex.toUpperCase()}`, `sha256:${"g".repeat(64)}`];
    for (const text of [
      ...wrong,
      `sha512:${hex}`,
      `sha384:${"a".repeat(96)}`,
      `md5:${"a".repeat(32)}`,
      ` sha256:${hex}`,
      `sha256:${hex}\n`,
      "",
    ]) {
      assert.equal(isDigest(text), false, text);
      assert.throws(() => parseDigest(text), { code: "DIGEST_INVALID" });
    }
  });
});
