import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { type Descriptor, digestOf, mediaTypes } from "../../src/oci/index.ts";
import { diskRepositories, memoryRepositories, memoryStore, type Store } from "../../src/store/index.ts";
import { anEmbeddedRegistry, codesOf, describing } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { anArtifact, anImage, anIndex } from "../support/images.ts";

const folder = await aFolder();
after(async () => await folder[Symbol.asyncDispose]());

interface Listed {
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

for (const [place, repositories] of [
  ["in memory", memoryRepositories()],
  ["on disk", diskRepositories(folder.path, { durable: false })],
] as const) {
  describe(`referrers in a registry ${place}`, async () => {
    const registry = await anEmbeddedRegistry({ repositories });
    after(async () => await registry[Symbol.asyncDispose]());
    const store = repositories.open("team/app");
    const list = async (path: string) => {
      const answer = await registry.ask("GET", `/v2/team/app/referrers/${path}`);
      return { answer, body: (await answer.json()) as Listed };
    };
    const image = await anImage(store);

    test("are an index, empty where there are none or no such manifest", async () => {
      for (const digest of [image.digest, digestOf("nothing")]) {
        const { answer, body } = await list(digest);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("content-type"), mediaTypes.ociIndex);
        assert.deepEqual(body, { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] });
      }
    });

    test("are listed with type and annotations, and by artifact type", async () => {
      const subject = await anImage(store);
      const sbom = await anArtifact(store, { subject, artifactType: "application/spdx+json", annotations: { a: "b" } });
      const note = await anArtifact(store, { subject });
      const all = await list(subject.digest);
      assert.equal(all.answer.headers.get("oci-filters-applied"), null);
      assert.deepEqual(new Set(all.body.manifests.map(({ digest }) => digest)), new Set([sbom.digest, note.digest]));
      // A plus that no client escaped still means a plus.
      for (const type of ["application/spdx+json", "application%2Fspdx%2Bjson"]) {
        const { answer, body } = await list(`${subject.digest}?artifactType=${type}`);
        assert.equal(answer.headers.get("oci-filters-applied"), "artifactType");
        assert.deepEqual(body.manifests, [{ ...sbom, artifactType: "application/spdx+json", annotations: { a: "b" } }]);
      }
    });

    test("are told to who pushes one, whether its subject is there or not", async () => {
      for (const content of ["{}"]) await registry.pushBlob("team/app", content);
      const config = describing(mediaTypes.ociEmpty, "{}");
      for (const digest of [image.digest, digestOf("later", "sha512")]) {
        const subject = { mediaType: mediaTypes.ociManifest, digest, size: 1 };
        const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType: "a/b", config, layers: [], subject };
        const bytes = JSON.stringify(manifest);
        const pushed = await registry.pushManifest("team/app", digestOf(bytes), bytes);
        assert.deepEqual([pushed.status, pushed.headers.get("oci-subject")], [201, digest]);
        assert.deepEqual(
          (await list(digest)).body.manifests.map((one) => one.digest),
          [digestOf(bytes)],
        );
        await registry.ask("DELETE", `/v2/team/app/manifests/${digestOf(bytes)}`);
        assert.deepEqual((await list(digest)).body.manifests, []);
      }
    });

    test("of an index with a subject have no type unless it says one", async () => {
      const subject = await anImage(store);
      const plain = await anIndex(store, [], { subject });
      const typed = await anIndex(store, [], { subject, artifactType: "application/vnd.example.list" });
      const { body } = await list(subject.digest);
      assert.deepEqual(
        body.manifests.toSorted((a, b) => Number("artifactType" in a) - Number("artifactType" in b)),
        [plain, { ...typed, artifactType: "application/vnd.example.list" }],
      );
    });

    test("come in pages where they are many", async () => {
      const subject = await anImage(store);
      const annotations = { a: "x".repeat(500_000) };
      const digests = new Set<string>();
      for (let at = 0; at < 6; at++) digests.add((await anArtifact(store, { subject, annotations })).digest);
      const seen: string[] = [];
      let pages = 0;
      for (let path: string | undefined = `/v2/team/app/referrers/${subject.digest}`; path !== undefined; pages++) {
        const answer = await registry.ask("GET", path);
        seen.push(...((await answer.json()) as Listed).manifests.map(({ digest }) => digest));
        path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
      }
      assert.deepEqual([new Set(seen), seen.length, pages], [digests, 6, 2]);
    });

    test("are refused under what is no digest", async () => {
      const answer = await registry.ask("GET", "/v2/team/app/referrers/latest");
      assert.deepEqual([answer.status, await codesOf(answer)], [400, ["DIGEST_INVALID"]]);
    });
  });
}

test("a store that lists no referrers makes the endpoint unknown, so that clients fall back to tags", async () => {
  const { referrers: _, ...store } = memoryStore();
  const repositories = { open: (): Store => store, list: async function* () {} };
  await using registry = await anEmbeddedRegistry({ repositories });
  assert.equal((await registry.ask("GET", `/v2/a/referrers/${digestOf("x")}`)).status, 404);
});
