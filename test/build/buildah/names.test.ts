import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { namedImages } from "../../../src/build/buildah/names.ts";
import { type BuildRequest, parseDockerfile } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";
import { formatPlatform } from "../../../src/oci/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { aBaseImage, imagesOf } from "../../support/base-image.ts";
import { aBuildRequest } from "../../support/context.ts";

async function named(text: string, more: Partial<BuildRequest> = {}) {
  const store = memoryStore();
  const image = await aBaseImage(store);
  const images = imagesOf(store, Object.fromEntries(["a:1", "b:1", "c:1", "d:1", "pinned"].map((name) => [name, image])));
  const request = { ...aBuildRequest(text, { images }), ...more };
  return (await namedImages(request, parseDockerfile(request.dockerfile))).map(({ base, texts, platform }) => [
    base.name,
    texts,
    formatPlatform(platform),
  ]);
}

suite("the images that buildah needs", () => {
  test("are those that the target reaches: bases, what is copied from, what is mounted", async () => {
    const text = `FROM a:1 AS one
FROM d:1 AS unwanted
FROM b:1
COPY --from=one /x /x
RUN --mount=from=c:1,target=/c true
`;
    assert.deepEqual(
      (await named(text)).map(([name]) => name),
      ["a:1", "b:1", "c:1"],
    );
  });

  test("are known by their names, and by what the names are made from", async () => {
    assert.deepEqual(await named("ARG V=1\nFROM a:$V\nCOPY --from=a:1 /x /\n"), [["a:1", ["a:1", "a:$V"], "linux/amd64"]]);
    assert.deepEqual(await named("ARG V=1\nFROM $V:1\n", { args: { V: "b" } }), [["b:1", ["b:1", "$V:1"], "linux/amd64"]]);
  });

  test("are taken as they were pinned", async () => {
    assert.deepEqual(await named("FROM moved:1\n", { pins: { "moved:1": "pinned" } }), [["moved:1", ["moved:1"], "linux/amd64"]]);
  });

  test("are refused under one name for two platforms, at the line", async () => {
    const text = "FROM --platform=linux/arm64 a:1 AS one\nFROM a:1\nCOPY --from=one /x /\n";
    await assert.rejects(named(text), (thrown) => {
      assert.ok(thrown instanceof Failure);
      assert.equal(thrown.code, "ENGINE_UNFIT");
      assert.match(thrown.message, /^Dockerfile:2: buildah takes a:1 for one platform/);
      return true;
    });
  });
});
