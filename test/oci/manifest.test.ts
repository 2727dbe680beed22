import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { Failure } from "../../src/failure/index.ts";
import {
  childrenOf,
  digestOf,
  encodeManifest,
  isAttestation,
  manifestLimit,
  mediaTypes,
  parseConfig,
  parseManifest,
} from "../../src/oci/index.ts";

const descriptor = (mediaType: string, text = mediaType) => ({ mediaType, digest: digestOf(text), size: text.length });
const config = descriptor(mediaTypes.ociConfig);
const layer = descriptor(mediaTypes.ociLayerGzip);
const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

suite("a manifest", () => {
  test("of OCI's and of Docker's types is read, with its children in order", () => {
    for (const mediaType of [mediaTypes.ociManifest, mediaTypes.dockerManifest]) {
      const manifest = parseManifest(bytesOf({ ...image, mediaType }));
      assert.equal(manifest.kind, "manifest");
      assert.deepEqual(
        childrenOf(manifest).map(({ digest }) => digest),
        [layer.digest, config.digest],
      );
    }
    for (const mediaType of [mediaTypes.ociIndex, mediaTypes.dockerIndex]) {
      assert.equal(parseManifest(bytesOf({ schemaVersion: 2, mediaType, manifests: [descriptor(mediaTypes.ociManifest)] })).kind, "index");
    }
  });

  test("without a type of its own has the one that it was given as", () => {
    const { mediaType: _, ...untyped } = image;
    assert.equal(parseManifest(bytesOf(untyped)).mediaType, mediaTypes.ociManifest);
    assert.equal(parseManifest(bytesOf(untyped), mediaTypes.dockerManifest).mediaType, mediaTypes.dockerManifest);
    assert.throws(() => parseManifest(bytesOf(image), mediaTypes.ociIndex), { code: "IMAGE_INVALID" });
  });

  test("may have null where it has nothing, as Go programs write it", () => {
    const parsed = parseManifest(bytesOf({ ...image, layers: null, annotations: null, subject: null }));
    assert.deepEqual(parsed.kind === "manifest" && parsed.layers, []);
    const index = parseManifest(bytesOf({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: null }));
    assert.deepEqual(index.kind === "index" && index.manifests, []);
  });

  test("with layers and manifests at once is refused, because two clients would read two things", () => {
    assert.throws(() => parseManifest(bytesOf({ ...image, manifests: [] })), { code: "IMAGE_INVALID" });
  });

  test("with a digest, size or type that is none is refused", () => {
    const wrong = [
      { ...layer, digest: "sha256:short" },
      { ...layer, size: -1 },
      { ...layer, size: 1.5 },
      { ...layer, size: Number.MAX_SAFE_INTEGER + 1 },
      { ...layer, size: "1" },
      { digest: layer.digest, size: 1 },
    ];
    for (const one of wrong)
      assert.throws(() => parseManifest(bytesOf({ ...image, layers: [one] })), { code: "IMAGE_INVALID" }, JSON.stringify(one));
    for (const value of [{ ...image, schemaVersion: 1 }, [], null, 1, "x", {}])
      assert.throws(() => parseManifest(bytesOf(value)), { code: "IMAGE_INVALID" });
  });

  test("above 4 MiB is refused before it is parsed", () => {
    const large = bytesOf({ ...image, annotations: { a: "x".repeat(manifestLimit) } });
    assert.throws(() => parseManifest(large), { code: "IMAGE_INVALID" });
  });

  test("is parsed or refused, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
          fc.jsonValue().map((value) => bytesOf({ ...image, ...Object(value) })),
        ),
        (bytes) => {
          for (const parse of [parseManifest, parseConfig]) {
            try {
              parse(bytes);
            } catch (thrown) {
              assert.ok(thrown instanceof Failure && thrown.code === "IMAGE_INVALID", String(thrown));
            }
          }
        },
      ),
    );
  });

  test("is written with its fields in the order of the specification, and read as it was", () => {
    const manifest = parseManifest(
      bytesOf({ layers: [layer], config, annotations: { b: "2", a: "1" }, mediaType: mediaTypes.ociManifest, schemaVersion: 2 }),
    );
    const bytes = encodeManifest(manifest);
    assert.match(Buffer.from(bytes).toString(), /^\{"schemaVersion":2,"mediaType":"[^"]+","config":\{.*"layers":\[.*"annotations":/);
    assert.deepEqual(parseManifest(bytes), manifest);
  });

  test("tells a child that is an attestation", () => {
    const child = { ...descriptor(mediaTypes.ociManifest), platform: { os: "unknown", architecture: "unknown" } };
    assert.ok(isAttestation({ ...child, annotations: { "vnd.docker.reference.type": "attestation-manifest" } }));
    assert.ok(!isAttestation(descriptor(mediaTypes.ociManifest)));
  });
});
