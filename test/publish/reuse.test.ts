import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { annotationKeys, encodeManifest, mediaTypes, parseTag } from "../../src/oci/index.ts";
import type { Event, Report } from "../../src/report/index.ts";
import { memoryRepositories, type Repositories } from "../../src/store/index.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aClone } from "../support/git-repository.ts";
import { anImage, anIndex, put } from "../support/images.ts";
import { keep } from "../support/keep.ts";
import { anApp } from "./app.ts";
import { type PublishSpec, publish, readRelease, withStore } from "./support.ts";

/** A registry, a repository with a program, and how a commit of it is published there. */
async function aPlace() {
  const registry = await anEmbeddedRegistry();
  const { repository, first } = anApp();
  const to = `${registry.served.host}/app`;
  return {
    registry,
    repository,
    first,
    to,
    publish: async (commit: string, spec: Partial<PublishSpec> = {}) => await publish({ repo: repository.dir, to: [to], commit, ...spec }),
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  };
}

/** How the first image came to be: `built`, or the commit whose content it has. */
function how(report: Report): string | undefined {
  assert.deepEqual(report.failures, []);
  const [image] = report.images;
  return image?.built ? "built" : image?.reused?.commit;
}

const warningsOf = (report: Report): string => report.warnings.map(({ text, hint }) => `${text} ${hint}`).join("\n");

suite("A commit whose content an ancestor has", () => {
  test("is stamped and not built: the same layers, a tag, a configuration and a manifest of its own", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    const second = repository.commit({ "README.md": "not in the image" });
    const third = repository.commit({ "README.md": "nor this" });
    assert.equal(how(await place.publish(first)), "built");
    const report = await place.publish(second);
    assert.equal(how(report), first);
    assert.equal(how(await place.publish(third)), second);
    const [one, two, three] = [await readRelease(to, first), await readRelease(to, second), await readRelease(to, third)];
    assert.deepEqual(two.manifest.layers, one.manifest.layers);
    assert.notEqual(two.root.digest, one.root.digest);
    assert.equal(two.config.config?.Labels?.[annotationKeys.revision], second);
    const noted = ({ annotations }: typeof one) => [
      annotations[annotationKeys.revision],
      annotations[annotationKeys.originRevision],
      annotations[annotationKeys.originDigest],
    ];
    assert.deepEqual(noted(one), [first, first, undefined]);
    assert.deepEqual(noted(two), [second, first, one.root.digest]);
    // Carried through: the second is no origin.
    assert.deepEqual(noted(three), [third, first, one.root.digest]);
    for (const key of [annotationKeys.contentKey, annotationKeys.contentDigest, annotationKeys.originCreated]) {
      assert.deepEqual([two.annotations[key], three.annotations[key]], [one.annotations[key], one.annotations[key]]);
      assert.ok(one.annotations[key]);
    }
    assert.deepEqual(report.images[0]?.reused, { commit: first, digest: one.root.digest, origin: first });
    // Config and manifest, and nothing of the layers.
    assert.ok((report.images[0]?.destinations[0]?.bytes ?? Number.NaN) < 4000);
  });

  test("has the configuration that a build would have given it", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    const config = "build:\n  stamp:\n    env: { COMMIT: '{sha}', DATE: '{date}' }\n    labels: { team: a }\n";
    await place.publish(first, { config });
    const second = repository.commit({ "README.md": "x" });
    assert.equal(how(await place.publish(second, { config })), first);
    const elsewhere = `${to}-built`;
    assert.equal(how(await place.publish(second, { config: `${config}  reuse: false\n`, to: [elsewhere] })), "built");
    assert.equal((await readRelease(to, second)).manifest.config.digest, (await readRelease(elsewhere, second)).manifest.config.digest);
  });

  test("is built where something that goes in has changed, and finds an older ancestor after a revert", async () => {
    await using place = await aPlace();
    const { repository, first } = place;
    await place.publish(first);
    const changed = repository.commit({ Dockerfile: 'FROM scratch\nCOPY app /app\nENTRYPOINT ["/app", "-v"]\n' });
    assert.equal(how(await place.publish(changed)), "built");
    repository.git("revert", "--no-edit", changed);
    const reverted = repository.git("rev-parse", "HEAD");
    assert.equal(how(await place.publish(reverted)), first);
  });

  test("is looked for only where git cannot tell that a file which goes in was another one", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    const asked = (): readonly string[] =>
      place.registry.events.splice(0).flatMap((event) => {
        const sha = event.kind === "detail" ? /manifests\/([0-9a-f]{40})\b/.exec(event.text)?.[1] : undefined;
        return sha === undefined ? [] : [sha];
      });
    await place.publish(first);
    const document = repository.commit({ "README.md": "1" });
    const changed = repository.commit({ app: { content: elfProgram("amd64", "changed\n").toString("latin1"), executable: true } });
    const more = repository.commit({ "README.md": "2" });
    asked();
    assert.equal(how(await place.publish(more)), "built");
    // The newest is asked for before the key is known, the next ones for layers: and the one that has an image is the last of these.
    assert.deepEqual([...new Set(asked())].sort(), [more, changed, document, first].sort());
    const again = repository.commit({ app: { content: elfProgram("amd64", "again\n").toString("latin1"), executable: true } });
    assert.equal(how(await place.publish(again)), "built");
    assert.deepEqual([...new Set(asked())], [again, more]);
    // Back at the first content, which only a commit far back has.
    repository.git("checkout", "--quiet", first, "--", "app");
    repository.git("commit", "--quiet", "-m", "back");
    const back = repository.git("rev-parse", "HEAD");
    assert.equal(how(await place.publish(back)), first);
    assert.deepEqual([...new Set(asked())].sort(), [back, again, document, first].sort());
    assert.equal((await readRelease(to, back)).manifest.layers[0]?.digest, (await readRelease(to, first)).manifest.layers[0]?.digest);
  });

  test("is built where the stamp sets other names, and stamped where it sets other values", async () => {
    await using place = await aPlace();
    const { repository, first } = place;
    const stamping = (labels: string) => ({ config: `build: { stamp: { labels: { ${labels} } } }\n` });
    await place.publish(first, stamping("a: one"));
    const second = repository.commit({ r: "1" });
    assert.equal(how(await place.publish(second, stamping("b: one"))), "built");
    const third = repository.commit({ r: "2" });
    assert.equal(how(await place.publish(third, stamping("b: two"))), second);
    assert.equal((await readRelease(place.to, third)).config.config?.Labels?.["b"], "two");
  });

  test("is built where reuse is off, or the ancestor is too far away", async () => {
    await using place = await aPlace();
    const { repository, first } = place;
    await place.publish(first);
    const shas = [1, 2, 3].map((number) => repository.commit({ "README.md": `${number}` }));
    assert.equal(how(await place.publish(shas[2] ?? "", { config: "build: { reuse: { depth: 2 } }\n" })), "built");
    assert.equal(how(await place.publish(shas[0] ?? "", { config: "build: { reuse: false }\n" })), "built");
    assert.equal(how(await place.publish(shas[1] ?? "", { config: "build: { reuse: { depth: 2 } }\n" })), shas[0]);
  });

  test("follows first parents only", async () => {
    await using place = await aPlace();
    const { repository, first } = place;
    repository.git("checkout", "--quiet", "-b", "topic");
    const topic = repository.commit({ app: "other" }, "topic");
    const back = repository.commit({ Dockerfile: "FROM scratch\nCOPY app /app\n" });
    await place.publish(topic, { config: "branches: [topic]\n" });
    repository.git("checkout", "--quiet", "main");
    repository.git("merge", "--quiet", "--no-ff", "-m", "merge", topic);
    const merge = repository.git("rev-parse", "HEAD");
    assert.ok(first && back);
    assert.equal(how(await place.publish(merge, { config: "branches: [topic]\n" })), "built");
  });

  test("is found in a shallow clone too", async () => {
    await using place = await aPlace();
    const { repository, first } = place;
    await place.publish(first);
    for (const text of ["1", "2", "3"]) repository.commit({ "README.md": text });
    const clone = aClone(repository, "--depth=1");
    keep(clone);
    const head = clone.git("rev-parse", "HEAD");
    assert.equal(how(await place.publish(head, { repo: clone.dir })), first);
  });

  test("is built where a base image has moved", async () => {
    await using place = await aPlace();
    const base = `${place.registry.served.host}/base`;
    const push = async () => await withStore(base, (store) => anImage(store, { tag: "1" }));
    await push();
    const { repository } = place;
    const one = repository.commit({ Dockerfile: `FROM ${base}:1\nCOPY app /app\nENTRYPOINT ["/app"]\n` });
    assert.equal(how(await place.publish(one)), "built");
    const two = repository.commit({ r: "2" });
    assert.equal(how(await place.publish(two)), one);
    await push();
    const three = repository.commit({ r: "3" });
    assert.equal(how(await place.publish(three)), "built");
  });

  test("is built, once more, where the ancestor's image has lost a layer", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    await place.publish(first);
    const { manifest } = await readRelease(to, first);
    const [layer] = manifest.layers;
    assert.ok(layer);
    assert.equal((await place.registry.ask("DELETE", `/v2/app/blobs/${layer.digest}`)).status, 202);
    assert.equal(how(await place.publish(repository.commit({ r: "1" }))), "built");
  });

  test("is built without a word where what the ancestor's tag holds is damaged below", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    await place.publish(first);
    const { annotations } = await readRelease(to, first);
    await withStore(to, async (store) => {
      // Called something else than it is.
      const child = await anIndex(store, [await anImage(store)]);
      const manifests = [{ ...child, mediaType: mediaTypes.ociManifest }];
      const bytes = encodeManifest({ kind: "index", mediaType: mediaTypes.ociIndex, manifests, annotations });
      await store.tag(parseTag(first), await put(store, mediaTypes.ociIndex, bytes));
    });
    const report = await place.publish(repository.commit({ r: "1" }), { config: "tags: { latest: false }\n" });
    assert.deepEqual([how(report), warningsOf(report)], ["built", ""]);
  });

  test("goes to every destination, with the layers from the primary", async () => {
    await using place = await aPlace();
    const { repository, first, to } = place;
    await place.publish(first);
    const second = repository.commit({ r: "1" });
    await using far = await anEmbeddedRegistry();
    const all = [to, `${to}/mirror`, `${far.served.host}/app`];
    const moved = new Map<string, string>();
    const emit = (event: Event): void => {
      if (event.kind === "transfer" && event.descriptor.mediaType === mediaTypes.ociLayerGzip && event.state !== "started")
        moved.set(event.to, event.state);
    };
    assert.equal(how(await place.publish(second, { to: all, emit })), first);
    const digests = await Promise.all(all.map(async (one) => (await readRelease(one, second)).root.digest));
    assert.equal(new Set(digests).size, 1);
    assert.deepEqual(
      all.map((one) => moved.get(one)),
      ["existed", "mounted", "written"],
    );
  });

  test("is built with a warning where a build argument carries the commit", async () => {
    await using place = await aPlace();
    const { repository } = place;
    const one = repository.commit({ Dockerfile: "FROM scratch\nARG VERSION\nCOPY app /app\nLABEL v=$VERSION\n" });
    const of = (value: string) => ({ config: `build:\n  args: { VERSION: "${value}" }\n` });
    const report = await place.publish(one, of(`v-${one.slice(0, 9)}`));
    assert.equal(how(report), "built");
    assert.match(warningsOf(report), /the build argument VERSION carries the commit.*build\.stamp/s);
    const two = repository.commit({ r: "1" });
    const fine = await place.publish(two, of("1.2.3"));
    assert.deepEqual(fine.warnings, []);
  });

  test("with files that a build step made is told apart by them", async () => {
    await using place = await aPlace();
    const { repository } = place;
    const config = "build:\n  generated: [made]\n";
    const one = repository.commit({ Dockerfile: "FROM scratch\nCOPY app made /\n", ".gitignore": "made\n" });
    repository.write({ made: "1" });
    assert.equal(how(await place.publish(one, { config })), "built");
    const two = repository.commit({ r: "1" });
    assert.equal(how(await place.publish(two, { config })), one);
    repository.write({ made: "2" });
    const three = repository.commit({ r: "2" });
    assert.equal(how(await place.publish(three, { config })), "built");
  });

  test("is built with a warning where the primary cannot be asked for ancestors", async () => {
    const inner = memoryRepositories();
    let broken: string | undefined;
    const repositories: Repositories = {
      ...inner,
      open(name) {
        const store = inner.open(name);
        return {
          ...store,
          resolve: async (reference) => (reference === broken ? Promise.reject(new Error("broken")) : await store.resolve(reference)),
        };
      },
    };
    await using registry = await anEmbeddedRegistry({ repositories });
    const { repository, first } = anApp();
    const to = [`${registry.served.host}/app`];
    await publish({ repo: repository.dir, to, commit: first });
    broken = first;
    const report = await publish({ repo: repository.dir, to, commit: repository.commit({ r: "1" }) });
    assert.equal(how(report), "built");
    assert.match(warningsOf(report), /no ancestor's content could be looked for/);
  });
});
