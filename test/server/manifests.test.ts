import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { digestOf, manifestLimit, mediaTypes } from "../../src/oci/index.ts";
import { diskRepositories, memoryRepositories } from "../../src/store/index.ts";
import { anEmbeddedRegistry, codesOf, describing } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";

const folder = await aFolder();
after(async () => await folder[Symbol.asyncDispose]());

const config = describing(mediaTypes.ociConfig, "{}");
const layer = describing(mediaTypes.ociLayerGzip, "layer");
const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const text = JSON.stringify(image);
const digest = digestOf(text);
const index = (manifests: readonly object[], more: object = {}) => ({
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests,
  ...more,
});
const missing = `sha256:${"ab".repeat(32)}`;

for (const [place, repositories] of [
  ["in memory", memoryRepositories()],
  ["on disk", diskRepositories(folder.path, { durable: false })],
] as const) {
  describe(`manifests of a registry ${place}`, async () => {
    const registry = await anEmbeddedRegistry({ repositories });
    after(async () => await registry[Symbol.asyncDispose]());
    const { ask, pushManifest } = registry;
    for (const content of ["{}", "layer"]) await registry.pushBlob("team/app", content);
    const get = async (reference: string, method = "GET") => await ask(method, `/v2/team/app/manifests/${reference}`);

    test("are pushed by tag and read by tag and digest, byte for byte", async () => {
      const spaced = `${text.slice(0, -1)} ,"annotations": {"a":"é"} }`;
      const pushed = await pushManifest("team/app", "v1", spaced);
      const { headers } = pushed;
      assert.deepEqual(
        [pushed.status, headers.get("location"), headers.get("docker-content-digest")],
        [201, `/v2/team/app/manifests/${digestOf(spaced)}`, digestOf(spaced)],
      );
      for (const reference of ["v1", digestOf(spaced)]) {
        const answer = await get(reference);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("content-type"), mediaTypes.ociManifest);
        assert.equal(answer.headers.get("docker-content-digest"), digestOf(spaced));
        assert.equal(await answer.text(), spaced);
        const head = await get(reference, "HEAD");
        assert.deepEqual([head.status, head.headers.get("content-length")], [200, String(Buffer.byteLength(spaced))]);
        assert.equal(head.headers.get("docker-content-digest"), digestOf(spaced));
      }
      const again = await ask("GET", "/v2/team/app/manifests/v1", { headers: { "if-none-match": `"${digestOf(spaced)}"` } });
      assert.equal(again.status, 304);
    });

    test("are pushed by digest, of either algorithm", async () => {
      for (const algorithm of ["sha256", "sha512"] as const) {
        const named = digestOf(text, algorithm);
        const pushed = await pushManifest("team/app", named, text);
        assert.deepEqual([pushed.status, pushed.headers.get("docker-content-digest")], [201, named]);
        assert.equal(await (await get(named)).text(), text);
      }
    });

    test("are pushed by digest with tags beside it", async () => {
      const pushed = await pushManifest("team/app", `${digest}?tag=a1&tag=a2&tag=a1`, text);
      assert.deepEqual([pushed.status, pushed.headers.get("oci-tag")], [201, "a1, a2"]);
      for (const tag of ["a1", "a2"]) assert.equal((await get(tag)).headers.get("docker-content-digest"), digest);
    });

    test("under a digest that is not theirs are refused", async () => {
      const answer = await pushManifest("team/app", missing, text);
      assert.deepEqual([answer.status, await codesOf(answer)], [400, ["DIGEST_INVALID"]]);
    });

    test("have Docker's media types as well as OCI's, with parameters or without a type", async () => {
      const docker = JSON.stringify({ ...image, mediaType: mediaTypes.dockerManifest });
      assert.equal((await pushManifest("team/app", "docker", docker, mediaTypes.dockerManifest)).status, 201);
      assert.equal((await get("docker")).headers.get("content-type"), mediaTypes.dockerManifest);
      assert.equal((await pushManifest("team/app", "parameters", text, `${mediaTypes.ociManifest}; charset=utf-8`)).status, 201);
      const { mediaType: _, ...untyped } = image;
      assert.equal((await pushManifest("team/app", "untyped", untyped)).status, 201);
      assert.equal((await get("untyped")).headers.get("content-type"), mediaTypes.ociManifest);
    });

    const invalid: readonly (readonly [string, string, string])[] = [
      ["no JSON", "{", mediaTypes.ociManifest],
      ["no object", "[]", mediaTypes.ociManifest],
      ["an empty body", "", mediaTypes.ociManifest],
      ["another type than they say", text, mediaTypes.ociIndex],
      ["a type that is no manifest's", text, "application/octet-stream"],
      ["no version", JSON.stringify({ ...image, schemaVersion: 1 }), mediaTypes.ociManifest],
      ["no config", JSON.stringify({ schemaVersion: 2, layers: [] }), mediaTypes.ociManifest],
      ["layers and manifests at once", JSON.stringify({ ...image, manifests: [] }), mediaTypes.ociManifest],
      ["a layer without digest", JSON.stringify({ ...image, layers: [{ mediaType: "a", size: 1 }] }), mediaTypes.ociManifest],
      ["a layer of negative size", JSON.stringify({ ...image, layers: [{ ...layer, size: -1 }] }), mediaTypes.ociManifest],
    ];
    for (const [what, body, type] of invalid) {
      test(`with ${what} are refused`, async () => {
        const answer = await pushManifest("team/app", "invalid", body, type);
        assert.deepEqual([answer.status, await codesOf(answer)], [400, ["MANIFEST_INVALID"]]);
        assert.equal((await get("invalid")).status, 404);
      });
    }

    test("may have 4 MiB and no more", async () => {
      const padded = (size: number): string => {
        const start = `${text.slice(0, -1)},"annotations":{"a":"`;
        return `${start}${"x".repeat(size - start.length - 3)}"}}`;
      };
      assert.equal((await pushManifest("team/app", "large", padded(manifestLimit))).status, 201);
      const answer = await pushManifest("team/app", "larger", padded(manifestLimit + 1));
      assert.deepEqual([answer.status, await codesOf(answer)], [413, ["SIZE_INVALID"]]);
      const body = new ReadableStream({
        start(controller) {
          for (let sent = 0; sent <= manifestLimit; sent += 1 << 20) controller.enqueue(Buffer.alloc(1 << 20, " "));
          controller.close();
        },
      });
      assert.equal((await ask("PUT", "/v2/team/app/manifests/endless", { body })).status, 413);
    });

    test("whose blobs are not there are refused, and each is named", async () => {
      const absent = describing(mediaTypes.ociLayer, "absent");
      const answer = await pushManifest("team/app", "sparse", {
        ...image,
        layers: [layer, absent],
        config: { ...config, digest: missing },
      });
      assert.deepEqual([answer.status, await codesOf(answer)], [404, ["MANIFEST_BLOB_UNKNOWN", "MANIFEST_BLOB_UNKNOWN"]]);
      assert.equal((await get("sparse")).status, 404);
    });

    test("that give a blob another size than it has are refused", async () => {
      const answer = await pushManifest("team/app", "sizes", { ...image, layers: [{ ...layer, size: 99 }] });
      assert.deepEqual([answer.status, await codesOf(answer)], [400, ["SIZE_INVALID"]]);
    });

    test("may name layers that are not distributed, or at an address of their own", async () => {
      const elsewhere = { ...layer, digest: missing, urls: ["https://example.com/layer"] };
      const foreign = { mediaType: mediaTypes.ociNondistributableGzip, digest: missing, size: 5 };
      assert.equal((await pushManifest("team/app", "foreign", { ...image, layers: [elsewhere, foreign] })).status, 201);
    });

    test("may have no layers, unknown fields, and data of a descriptor", async () => {
      const odd = { ...image, layers: [], "org.example.more": [1, 2], config: { ...config, data: "e30=" } };
      assert.equal((await pushManifest("team/app", "odd", odd)).status, 201);
      assert.deepEqual(await (await get("odd")).json(), odd);
    });

    test("may be indexes: of images, of indexes, of nothing", async () => {
      await pushManifest("team/app", digest, text);
      const child = { mediaType: mediaTypes.ociManifest, digest, size: text.length };
      const inner = JSON.stringify(index([child]));
      assert.equal((await pushManifest("team/app", "inner", inner, mediaTypes.ociIndex)).status, 201);
      const outer = index([{ ...describing(mediaTypes.ociIndex, inner) }]);
      assert.equal((await pushManifest("team/app", "outer", outer, mediaTypes.ociIndex)).status, 201);
      assert.equal((await pushManifest("team/app", "empty", index([]), mediaTypes.ociIndex)).status, 201);
      for (const tag of ["inner", "outer", "empty"]) assert.equal((await get(tag)).headers.get("content-type"), mediaTypes.ociIndex);
      assert.equal(await (await get(digest)).text(), text);
    });

    test("that are indexes must have all their manifests, and these must be manifests", async () => {
      const absent = index([{ mediaType: mediaTypes.ociManifest, digest: missing, size: 5 }]);
      const blob = index([{ ...layer, mediaType: mediaTypes.ociManifest }]);
      for (const sparse of [absent, blob]) {
        const answer = await pushManifest("team/app", "sparse", sparse, mediaTypes.ociIndex);
        assert.deepEqual([answer.status, await codesOf(answer)], [404, ["MANIFEST_BLOB_UNKNOWN"]]);
      }
    });

    test("are unknown under a tag, digest or repository that is not there", async () => {
      for (const path of [
        "team/app/manifests/absent",
        `team/app/manifests/${missing}`,
        "team/none/manifests/v1",
        "team/app/manifests/.no-tag",
      ]) {
        const answer = await ask("GET", `/v2/${path}`);
        assert.deepEqual([answer.status, await codesOf(answer)], [404, ["MANIFEST_UNKNOWN"]], path);
      }
    });

    test("are refused under what is neither tag nor digest", async () => {
      for (const [reference, code] of [
        [".no-tag", "TAG_INVALID"],
        ["x".repeat(129), "TAG_INVALID"],
        ["sha256:abc", "DIGEST_INVALID"],
        [`${digest}?tag=.no-tag`, "TAG_INVALID"],
      ] as const) {
        const answer = await pushManifest("team/app", reference, text);
        assert.deepEqual([answer.status, await codesOf(answer)], [400, [code]], reference);
      }
      assert.equal((await get("sha256:abc")).status, 400);
    });

    test("lose a tag and stay, and lose all tags when they go", async () => {
      const body = JSON.stringify({ ...image, annotations: { place } });
      for (const tag of ["d1", "d2"]) await pushManifest("team/app", tag, body);
      assert.equal((await get("d1", "DELETE")).status, 202);
      assert.equal((await get("d1")).status, 404);
      assert.equal((await get("d1", "DELETE")).status, 404);
      assert.equal((await get("d2")).status, 200);
      const blob = await ask("DELETE", `/v2/team/app/blobs/${digestOf(body)}`);
      assert.equal(blob.status, 404, "a manifest is not deleted as a blob");
      assert.equal((await get(digestOf(body), "DELETE")).status, 202);
      for (const reference of ["d2", digestOf(body)]) assert.equal((await get(reference)).status, 404);
      assert.equal((await get(digestOf(body), "DELETE")).status, 404);
    });

    test("move a tag that may move", async () => {
      const next = JSON.stringify({ ...image, annotations: { next: "1" } });
      await pushManifest("team/app", "moving", text);
      await pushManifest("team/app", "moving", next);
      assert.equal((await get("moving")).headers.get("docker-content-digest"), digestOf(next));
    });
  });
}
