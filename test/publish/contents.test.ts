import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { aBaseImage } from "../support/base-image.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";
import { publish, readRelease } from "./support.ts";

const dockerfile = (base: string): string => `FROM ${base}\nCOPY lib /lib\nCOPY app /app\nENTRYPOINT ["/app"]\n`;

/** A registry with a base image of one layer, and a repository whose image has two more. */
async function aPlace() {
  const registry = await anEmbeddedRegistry();
  const { host } = registry.served;
  const base = await aBaseImage(registry.repositories.open("team/base"), {
    layers: [[{ name: "etc/motd", content: "hello" }]],
    config: {},
    tag: "1",
  });
  const repository = keep(aRepository());
  const first = repository.commit({
    Dockerfile: dockerfile(`${host}/team/base:1`),
    app: { content: elfProgram("amd64", "hello\n").toString("latin1"), executable: true },
    ".gitattributes": "app -text\n",
    "lib/a": "a",
  });
  const to = `${host}/app`;
  const image = async (commit: string, spec = {}) => {
    const report = await publish({ repo: repository.dir, to: [to], commit, ...spec });
    assert.deepEqual(report.failures, []);
    return report.images[0];
  };
  const sizeOf = async (commit: string): Promise<number> => {
    const { manifest } = await readRelease(to, commit);
    return manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size);
  };
  return { base, repository, first, host, to, image, sizeOf, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

suite("What a report says of an image", () => {
  test("is its digests, its size, its base, and what was sent of it", async () => {
    await using place = await aPlace();
    const { first, to, host, base } = place;
    const image = await place.image(first);
    const { root, manifest } = await readRelease(to, first);
    assert.deepEqual(image?.contents, {
      manifest: root.digest,
      config: manifest.config.digest,
      layers: 3,
      bytes: await place.sizeOf(first),
    });
    assert.deepEqual(image?.bases, [{ name: `${host}/team/base:1`, digest: base.digest }]);
    // Two layers, the configuration and the manifest; the base's layer is in the registry.
    assert.deepEqual(image?.destinations[0]?.pieces, { written: 4, existed: 0, mounted: 1 });
    assert.deepEqual([image?.layersTaken, image?.previous], [0, undefined]);
  });

  test("is what latest named before, with its commit and size", async () => {
    await using place = await aPlace();
    const { first, to, repository } = place;
    await place.image(first);
    const second = repository.commit({ app: `${elfProgram("amd64", "hello\n").toString("latin1")}${"more ".repeat(5000)}` });
    const image = await place.image(second);
    const { root } = await readRelease(to, first);
    assert.deepEqual(image?.previous, { tag: "latest", digest: root.digest, commit: first, bytes: await place.sizeOf(first) });
    assert.equal(image?.layersTaken, 1);
    const again = await place.image(second);
    assert.deepEqual([again?.status, again?.contents, again?.previous], ["present", image?.contents, undefined]);
  });

  test("is which commit its content was really built from, through twins of twins", async () => {
    await using place = await aPlace();
    const { first, repository, to } = place;
    await place.image(first);
    const second = repository.commit({ "README.md": "1" });
    await place.image(second);
    const image = await place.image(repository.commit({ "README.md": "2" }));
    assert.deepEqual(image?.reused, { commit: second, digest: (await readRelease(to, second)).root.digest, origin: first });
    assert.equal(image?.previous?.commit, second);
    // The layers are there; the configuration and the manifest are new.
    assert.deepEqual(image?.destinations[0]?.pieces, { written: 2, existed: 3, mounted: 0 });
  });

  test("compares a commit of another branch with the latest that stays", async () => {
    await using place = await aPlace();
    const { first, repository, to } = place;
    await place.image(first);
    repository.git("checkout", "--quiet", "-b", "topic");
    const topic = repository.commit({ "lib/a": "b" });
    const image = await place.image(topic, { config: "branches: [topic]\ntags: { latest: { branch: main } }\n" });
    const { root } = await readRelease(to, first);
    assert.deepEqual(image?.previous, { tag: "latest", digest: root.digest, commit: undefined, bytes: await place.sizeOf(first) });
  });
});
