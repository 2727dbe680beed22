import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { digestOf, mediaTypes } from "../../src/oci/index.ts";
import { anEmbeddedRegistry, codesOf, describing, type EmbeddedRegistry } from "../support/embedded-registry.ts";

async function anImmutableRegistry(mutableTags: readonly string[] = []): Promise<EmbeddedRegistry> {
  const registry = await anEmbeddedRegistry({ immutable: true, mutableTags });
  await registry.pushBlob("team/app", "{}");
  return registry;
}
const manifest = (n: number): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: describing(mediaTypes.ociConfig, "{}"),
    layers: [],
    annotations: { n: String(n) },
  });
const digestOfTag = async (registry: EmbeddedRegistry, tag: string) =>
  (await registry.ask("HEAD", `/v2/team/app/manifests/${tag}`)).headers.get("docker-content-digest");

test("a tag that is there does not move, and the answer is ECR's", async () => {
  await using registry = await anImmutableRegistry();
  assert.equal((await registry.pushManifest("team/app", "v1", manifest(1))).status, 201);
  const answer = await registry.pushManifest("team/app", "v1", manifest(2));
  assert.equal(answer.status, 400);
  const body = (await answer.json()) as { readonly errors: readonly { readonly code: string; readonly message: string }[] };
  assert.equal(body.errors[0]?.code, "TAG_INVALID");
  assert.match(body.errors[0]?.message ?? "", /'v1' already exists in the 'team\/app' repository .*immutable/);
  assert.equal(await digestOfTag(registry, "v1"), digestOf(manifest(1)));
  assert.equal(await digestOfTag(registry, digestOf(manifest(2))), null, "nothing of the refused push is kept");
});

test("pushing what the tag holds already succeeds", async () => {
  await using registry = await anImmutableRegistry();
  for (let times = 0; times < 2; times++) assert.equal((await registry.pushManifest("team/app", "v1", manifest(1))).status, 201);
});

test("of many pushes of one tag at once, one wins", async () => {
  await using registry = await anImmutableRegistry();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => registry.pushManifest("team/app", "v1", manifest(n))));
  const won = answers.filter(({ status }) => status === 201);
  assert.equal(won.length, 1);
  assert.equal(await digestOfTag(registry, "v1"), won[0]?.headers.get("docker-content-digest"));
});

test("tags beside a digest are held to the same rule, all or none", async () => {
  await using registry = await anImmutableRegistry();
  await registry.pushManifest("team/app", "v1", manifest(1));
  const answer = await registry.pushManifest("team/app", `${digestOf(manifest(2))}?tag=v2&tag=v1`, manifest(2));
  assert.deepEqual([answer.status, await codesOf(answer)], [400, ["TAG_INVALID"]]);
  assert.equal(await digestOfTag(registry, "v2"), null);
});

test("tags of a pattern move all the same", async () => {
  await using registry = await anImmutableRegistry(["latest", "edge-*", "*.x"]);
  for (const [tag, moves] of [
    ["latest", true],
    ["edge-", true],
    ["edge-1", true],
    ["1.x", true],
    ["latest-1", false],
    ["1yx", false],
    ["my-edge-1", false],
  ] as const) {
    await registry.pushManifest("team/app", tag, manifest(1));
    assert.equal((await registry.pushManifest("team/app", tag, manifest(2))).status, moves ? 201 : 400, tag);
  }
});

test("what could match no tag is no pattern", async () => {
  for (const pattern of ["", "a b", "la/test", ".x", "(a|b)"]) {
    await assert.rejects(
      anImmutableRegistry([pattern]),
      (thrown) => thrown instanceof Failure && thrown.code === "CONFIG_INVALID",
      pattern,
    );
  }
});

test("a read-only registry is read and not written", async () => {
  await using open = await anImmutableRegistry();
  await open.pushManifest("team/app", "v1", manifest(1));
  await using registry = await anEmbeddedRegistry({ repositories: open.repositories, readOnly: true });
  const blob = `/v2/team/app/blobs/${digestOf("{}")}`;
  assert.equal((await registry.ask("GET", "/v2/team/app/manifests/v1")).status, 200);
  assert.equal((await registry.ask("GET", blob)).status, 200);
  for (const [method, path] of [
    ["PUT", "/v2/team/app/manifests/v2"],
    ["DELETE", "/v2/team/app/manifests/v1"],
    ["DELETE", blob],
    ["POST", "/v2/team/app/blobs/uploads/"],
    ["POST", `/v2/team/app/blobs/uploads/?mount=${digestOf("{}")}`],
  ] as const) {
    const answer = await registry.ask(method, path, method === "PUT" ? { body: manifest(2) } : {});
    assert.deepEqual([answer.status, await codesOf(answer)], [405, ["UNSUPPORTED"]], `${method} ${path}`);
  }
  assert.equal((await registry.ask("GET", "/v2/team/app/manifests/v1")).status, 200);
});
