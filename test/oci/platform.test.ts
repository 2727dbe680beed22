import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { Failure } from "../../src/failure/index.ts";
import { formatPlatform, parsePlatform, platformMatches } from "../../src/oci/index.ts";

/** What is written, and what it means. */
const same: Readonly<Record<string, string>> = {
  "linux/amd64": "linux/amd64",
  "linux/x86_64": "linux/amd64",
  "linux/amd64/v1": "linux/amd64",
  "linux/amd64/v3": "linux/amd64/v3",
  "linux/aarch64": "linux/arm64",
  "linux/arm64/v8": "linux/arm64",
  "linux/arm": "linux/arm/v7",
  "linux/armhf": "linux/arm/v7",
  "linux/armel": "linux/arm/v6",
  "linux/arm/6": "linux/arm/v6",
  "linux/i386": "linux/386",
  "Linux/AMD64": "linux/amd64",
};

suite("a platform", () => {
  for (const [text, meaning] of Object.entries(same)) {
    test(`${text} is ${meaning}`, () => assert.equal(formatPlatform(parsePlatform(text)), meaning));
  }

  test("matches another with the same variant, or with any where none is asked for", () => {
    const matches = (wanted: string, actual: string) => platformMatches(parsePlatform(wanted), parsePlatform(actual));
    assert.ok(matches("linux/amd64", "linux/amd64/v3"));
    assert.ok(matches("linux/arm64", "linux/arm64/v8"));
    assert.ok(!matches("linux/arm/v6", "linux/arm/v7"));
    assert.ok(!matches("linux/amd64", "linux/arm64"));
    assert.ok(!matches("linux/amd64", "windows/amd64"));
  });

  test("is parsed or refused with a hint, whatever it is", () => {
    const parts = fc.constantFrom("linux", "amd64", "constructor", "__proto__", "toString", "v8", "", "/", " ", "ä");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(parts).map((all) => all.join("/")),
          fc.string({ unit: "binary" }),
        ),
        (text) => {
          try {
            assert.deepEqual(parsePlatform(formatPlatform(parsePlatform(text))), parsePlatform(text));
          } catch (thrown) {
            assert.ok(thrown instanceof Failure && thrown.code === "PLATFORM_INVALID" && thrown.hint, String(thrown));
          }
        },
      ),
    );
  });
});
