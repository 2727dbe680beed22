import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeConfig, encodeManifest, parseConfig, parseManifest } from "../../src/oci/index.ts";

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const digest = `sha256:${"a".repeat(64)}`;
const descriptor = { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: 1 };
const manifest = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: { ...descriptor, mediaType: "application/vnd.oci.image.config.v1+json" },
  layers: [descriptor],
};
const config = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [digest] } };

const wrong: readonly (readonly [what: string, parse: () => unknown, said: RegExp])[] = [
  ["a size that is no number", () => parseManifest(bytes({ ...manifest, layers: [{ ...descriptor, size: "1" }] })), /: layers\.0\.size: /],
  ["a size below zero", () => parseManifest(bytes({ ...manifest, layers: [{ ...descriptor, size: -1 }] })), /layers\.0\.size: /],
  ["a size that cannot be counted", () => parseManifest(bytes({ ...manifest, layers: [{ ...descriptor, size: 2 ** 53 }] })), /size: /],
  [
    "a digest of no known algorithm",
    () => parseManifest(bytes({ ...manifest, config: { ...descriptor, digest: "md5:0" } })),
    /config\.digest: /,
  ],
  ["layers that are no array", () => parseManifest(bytes({ ...manifest, layers: {} })), /layers: not an array/],
  ["another schema version", () => parseManifest(bytes({ ...manifest, schemaVersion: 1 })), /schemaVersion: not 2/],
  ["an annotation that is no text", () => parseManifest(bytes({ ...manifest, annotations: { a: 1 } })), /annotations\.a: not a string/],
  ["a key of 5,000 characters", () => parseManifest(bytes({ ...manifest, annotations: { ["k".repeat(5000)]: "" } })), /annotations/],
  ["no config", () => parseManifest(bytes({ ...manifest, config: undefined })), /config: not an object/],
  ["no platform", () => parseConfig(bytes({ ...config, os: undefined })), /os: not a string/],
  ["no diff_ids", () => parseConfig(bytes({ ...config, rootfs: { type: "layers" } })), /rootfs\.diff_ids: not an array/],
  ["an environment of numbers", () => parseConfig(bytes({ ...config, config: { Env: [1] } })), /config\.Env\.0: not a string/],
  ["an empty_layer that is text", () => parseConfig(bytes({ ...config, history: [{ empty_layer: "no" }] })), /history\.0\.empty_layer: /],
];

for (const [what, parse, said] of wrong) {
  test(`What has ${what} is refused, and the place is named`, () => {
    assert.throws(parse, (thrown) => {
      assert.ok(thrown instanceof Error && "code" in thrown && thrown.code === "IMAGE_INVALID");
      assert.match(thrown.message, said);
      return true;
    });
  });
}

test("null stands for what is absent, and unknown fields of a manifest are dropped, of a config kept", () => {
  const read = parseManifest(bytes({ ...manifest, annotations: null, layers: null, other: 1 }));
  assert.deepEqual(Object.keys(read).toSorted(), ["config", "kind", "layers", "mediaType"]);
  assert.deepEqual(parseConfig(bytes({ ...config, rootfs: { type: "layers", diff_ids: null }, author: null, other: { a: 1 } })), {
    ...config,
    rootfs: { type: "layers", diff_ids: [] },
    other: { a: 1 },
  });
});

test("A field called __proto__ is a field like others", () => {
  const text = JSON.stringify({ ...manifest, annotations: { a: "b" } }).replace('"a":"b"', '"__proto__":"b"');
  const { annotations } = parseManifest(new TextEncoder().encode(text));
  assert.deepEqual(Object.entries(annotations ?? {}), [["__proto__", "b"]]);
  const odd = JSON.stringify(config).replace('"os"', '"__proto__":{"os":"evil"},"os"');
  assert.equal(parseConfig(new TextEncoder().encode(odd)).os, "linux");
});

test("Any JSON is read or refused as invalid, and what was read is written and read the same", () => {
  const bent = (sound: object): fc.Arbitrary<unknown> =>
    fc.record(
      Object.fromEntries(
        Object.entries(sound).map(([key, value]) => [key, fc.oneof({ weight: 8, arbitrary: fc.constant<unknown>(value) }, fc.jsonValue())]),
      ),
    );
  const mixed = fc.oneof(fc.jsonValue(), bent(manifest), bent(config));
  const both = [
    [parseManifest, encodeManifest],
    [parseConfig, encodeConfig],
  ] as const;
  fc.assert(
    fc.property(mixed, (value) => {
      for (const [parse, encode] of both) {
        let read: ReturnType<typeof parse>;
        try {
          read = parse(bytes(value));
        } catch (thrown) {
          assert.equal((thrown as { code?: string }).code, "IMAGE_INVALID");
          continue;
        }
        assert.deepEqual(parse((encode as (value: unknown) => Uint8Array)(read)), read);
      }
    }),
    { numRuns: 500 },
  );
});
