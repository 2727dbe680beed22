import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { suite, test } from "node:test";
import { annotationKeys, mediaTypes } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { anImage, anIndex } from "../support/images.ts";
import { keep } from "../support/keep.ts";
import { publish, readRelease, withStore } from "./support.ts";

const dockerfile = 'FROM scratch\nCOPY app /app\nCOPY lib /lib\nCOPY late.txt /late.txt\nENTRYPOINT ["/app"]\n';

/** A registry, and a repository whose image has three layers. */
async function aPlace() {
  const registry = await anEmbeddedRegistry();
  const repository = keep(aRepository());
  const first = repository.commit({
    Dockerfile: dockerfile,
    app: { content: elfProgram("amd64", "hello\n").toString("latin1"), executable: true },
    ".gitattributes": "app -text\n",
    "lib/a": "a",
    "lib/b": "b",
    "late.txt": "1",
  });
  return { registry, repository, first, to: `${registry.served.host}/app`, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() };
}

async function read(to: string, sha: string) {
  const release = await readRelease(to, sha);
  return { ...release, layers: release.manifest.layers.map(({ digest }) => digest) };
}

/** Publishes a commit, and gives what became of its layers, in words. */
async function layersOf(repo: string, to: string, commit: string, config?: string): Promise<readonly string[]> {
  const states: string[] = [];
  const emit = (event: Event): void => {
    if (
      event.kind === "transfer" &&
      event.descriptor.mediaType === mediaTypes.ociLayerGzip &&
      ["written", "existed", "mounted"].includes(event.state)
    ) {
      states.push(event.state);
    }
  };
  const report = await publish({ repo, to: [to], commit, emit, ...(config === undefined ? {} : { config }) });
  assert.deepEqual([report.failures, report.images[0]?.built], [[], true]);
  return states.sort();
}

suite("The layers of an ancestor", () => {
  test("are taken over where nothing in them has changed, and are what packing them would give", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    assert.deepEqual(await layersOf(repository.dir, to, first), ["written", "written", "written"]);
    const second = repository.commit({ "late.txt": "2" });
    assert.deepEqual(await layersOf(repository.dir, to, second), ["existed", "existed", "written"]);
    const elsewhere = `${to}-alone`;
    assert.deepEqual(await layersOf(repository.dir, elsewhere, second), ["written", "written", "written"]);
    const [taken, packed] = [await read(to, second), await read(elsewhere, second)];
    assert.equal(taken.root.digest, packed.root.digest);
  });

  test("are taken over where the Dockerfile moves them, and not where a file or a mode in them differs", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    await layersOf(repository.dir, to, first);
    const moved = repository.commit({
      Dockerfile: dockerfile.replace("COPY app /app\nCOPY lib /lib\n", "COPY lib /lib\nENV A=1\nCOPY app /app\n"),
    });
    assert.deepEqual(await layersOf(repository.dir, to, moved), ["existed", "existed", "existed"]);
    const changed = repository.commit({ "lib/b": "B" });
    assert.deepEqual(await layersOf(repository.dir, to, changed), ["existed", "existed", "written"]);
    const owned = repository.commit({ Dockerfile: dockerfile.replace("COPY lib", "COPY --chown=1:1 lib") });
    assert.deepEqual(await layersOf(repository.dir, to, owned), ["existed", "existed", "written"]);
  });

  test("are found as far back as reuse looks", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    await layersOf(repository.dir, to, first);
    for (let at = 0; at < 30; at++) repository.commit({ "README.md": `${at}` });
    const later = repository.commit({ "late.txt": "2" });
    assert.deepEqual(await layersOf(repository.dir, to, later), ["existed", "existed", "written"]);
  });

  test("are packed again where one is gone, or reuse is off", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    await layersOf(repository.dir, to, first);
    const [gone] = (await read(to, first)).layers;
    await place.registry.ask("DELETE", `/v2/app/blobs/${gone}`);
    const second = repository.commit({ "late.txt": "2" });
    assert.deepEqual(await layersOf(repository.dir, to, second), ["existed", "written", "written"]);
    assert.deepEqual((await read(to, second)).layers.slice(0, 2), (await read(to, first)).layers.slice(0, 2));
    const third = repository.commit({ "late.txt": "3" });
    // They are there, so they are not sent again; but they were packed.
    const messages: string[] = [];
    const emit = (event: Event): void => {
      if (event.kind === "message") messages.push(event.text);
    };
    await publish({ repo: repository.dir, to: [to], commit: third, config: "build: { reuse: false }\n", emit });
    assert.doesNotMatch(messages.join("\n"), /not packed again/);
  });

  test("tell which layers are new, and go on to the registry while they are packed", async () => {
    await using place = await aPlace();
    const { repository, registry, to } = place;
    const large = (): string => randomBytes(4 << 20).toString("base64");
    const patches = (): number => registry.events.filter((event) => event.kind === "detail" && /^PATCH .* 202 /.test(event.text)).length;
    const first = repository.commit({ "lib/large": large() });
    // Nobody says that a registry without an image has none of its layers when reuse is off.
    await layersOf(repository.dir, `${to}-alone`, first, "build: { reuse: false }\n");
    assert.equal(patches(), 0);
    assert.deepEqual(await layersOf(repository.dir, to, first), ["written", "written", "written"]);
    assert.equal(patches(), 1);
    const second = repository.commit({ "late.txt": "2" });
    assert.deepEqual(await layersOf(repository.dir, to, second), ["existed", "existed", "written"]);
    assert.equal(patches(), 1);
    const third = repository.commit({ "lib/large": large() });
    assert.deepEqual(await layersOf(repository.dir, to, third), ["existed", "existed", "written"]);
    assert.equal(patches(), 2);
  });

  test("are not what a base image's author says that they are", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    await layersOf(repository.dir, to, first);
    const keys = (await read(to, first)).manifest.annotations?.[annotationKeys.layerKeys] ?? "{}";
    assert.equal(Object.keys(JSON.parse(keys)).length, 3);
    const base = `${place.registry.served.host}/base`;
    await withStore(base, async (store) => {
      const forged = await anImage(store, { annotations: { [annotationKeys.layerKeys]: keys, [annotationKeys.revision]: first } });
      await anIndex(store, [forged], { tag: "1", annotations: { [annotationKeys.layerKeys]: keys } });
    });
    const second = repository.commit({ Dockerfile: `FROM ${base}:1\nCOPY late.txt /late.txt\nENTRYPOINT ["/late.txt"]\n` });
    await layersOf(repository.dir, `${to}-upon`, second);
    const { manifest, layers } = await read(`${to}-upon`, second);
    assert.deepEqual(Object.keys(JSON.parse(manifest.annotations?.[annotationKeys.layerKeys] ?? "{}")), [layers.at(-1)]);
  });
});
