import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { annotationKeys, type Descriptor, type Digest, parseTag } from "../../src/oci/index.ts";
import type { Report } from "../../src/report/index.ts";
import type { RegistryStore } from "../../src/store/index.ts";
import { recordType } from "../../src/trace/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { anImage } from "../support/images.ts";
import { anApp } from "./app.ts";
import { latest, outcomeOf, publish, tagsOf, withStore } from "./support.ts";

const failureOf = (report: Report): string | undefined => report.failures[0]?.code;
const label = (sha: string) => ({ [annotationKeys.revision]: sha });
/** An image with a program that the checks can find. */
const program = { layers: [{ "bin/true": "#!/bin/true\n" }] } as const;

suite("the survey", () => {
  test("ends the run where the release tag holds another commit's image: nothing is written", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const [one, two] = [`${registry.served.host}/one`, `${registry.served.host}/two`];
    const other = "b".repeat(40);
    const held = await withStore(one, async (store) => await anImage(store, { ...program, labels: label(other), tag: first }));
    for (const to of [
      [one, two],
      [two, one],
    ]) {
      const report = await publish({ repo: repository.dir, to });
      assert.equal(report.exitCode, 4);
      assert.equal(failureOf(report), "TAG_CONFLICT");
      assert.ok(report.failures[0]?.message.includes(other) && report.failures[0].message.includes(held.digest));
      assert.match(report.failures[0]?.hint ?? "", new RegExp(`Find out who pushed that image; .* delete the tag ${first} there`));
    }
    assert.deepEqual(await tagsOf(one), { [first]: held.digest });
    assert.deepEqual(await tagsOf(two), {});
  });

  test("takes a base image's inherited label for no claim", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    repository.git("remote", "add", "origin", "https://git.example/team/app.git");
    const to = `${registry.served.host}/app`;
    const labels = { ...label("c".repeat(40)), [annotationKeys.source]: "https://git.example/some/base" };
    await withStore(to, async (store) => await anImage(store, { ...program, labels, tag: first }));
    const report = await publish({ repo: repository.dir, to: [to], latest: false });
    assert.deepEqual([report.exitCode, report.images[0]?.status], [0, "left"]);
  });

  test("leaves an image of an older tool as it is, and adopts it where that is asked for", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = `${registry.served.host}/app`;
    const held = await withStore(to, async (store) => await anImage(store, { ...program, tag: first }));
    const left = await publish({ repo: repository.dir, to: [to] });
    assert.deepEqual([left.exitCode, left.images[0]?.status], [0, "left"]);
    assert.match(left.warnings[0]?.text ?? "", /names no commit/);
    assert.deepEqual(await tagsOf(to), { [first]: held.digest });
    const other = `${registry.served.host}/other`;
    const refused = await publish({ repo: repository.dir, to: [to, other] });
    assert.deepEqual([refused.exitCode, failureOf(refused)], [4, "TAG_CONFLICT"]);
    assert.match(refused.failures[0]?.hint ?? "", /--adopt/);
    const adopted = await publish({ repo: repository.dir, to: [to, other], adopt: true });
    assert.equal(adopted.exitCode, 0, JSON.stringify(adopted.failures));
    assert.equal(adopted.images[0]?.built, false);
    assert.equal((await tagsOf(other))[first], held.digest);
  });

  test("ends the run where what is there fails the checks", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = `${registry.served.host}/app`;
    const held = await withStore(
      to,
      async (store) => await anImage(store, { ...program, platform: "linux/arm64", labels: label(first), tag: first }),
    );
    const report = await publish({ repo: repository.dir, to: [to] });
    assert.deepEqual([report.exitCode, failureOf(report)], [3, "CHECK_FAILED"]);
    assert.match(report.failures[0]?.message ?? "", /linux\/arm64/);
    assert.deepEqual(await tagsOf(to), { [first]: held.digest });
  });

  test("shows two images of one commit side by side, and overwrites neither", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const [one, two] = [`${registry.served.host}/one`, `${registry.served.host}/two`];
    const held = await Promise.all(
      [one, two].map((to) =>
        withStore(
          to,
          async (store) => await anImage(store, { layers: [{ "bin/true": `#!/bin/true ${to}\n` }], labels: label(first), tag: first }),
        ),
      ),
    );
    const report = await publish({ repo: repository.dir, to: [one, two] });
    assert.deepEqual([report.exitCode, failureOf(report)], [4, "DESTINATIONS_DISAGREE"]);
    for (const { digest } of held) assert.ok(report.failures[0]?.message.includes(digest));
    assert.deepEqual(
      [await tagsOf(one), await tagsOf(two)],
      held.map(({ digest }) => ({ [first]: digest })),
    );
  });

  test("asks all destinations at once", { timeout: 30_000 }, async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = ["one", "two", "three"].map((name) => `${registry.served.host}/${name}`);
    // Each answers only when the others have been asked too.
    const asked = new Set<string>();
    const all = Promise.withResolvers<void>();
    const around = (store: RegistryStore): RegistryStore => ({
      ...store,
      resolve: async (reference, options) => {
        if (reference === first) {
          asked.add(store.name);
          if (asked.size === to.length) all.resolve();
          await all.promise;
        }
        return await store.resolve(reference, options);
      },
    });
    const report = await publish({ repo: repository.dir, to, around, dryRun: true });
    assert.deepEqual(
      report.images[0]?.destinations.map(({ found }) => found),
      ["absent", "absent", "absent"],
    );
  });

  test("writes a record that is missing, and does not repeat one that is there", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = ["one", "two"].map((name) => `${registry.served.host}/${name}`);
    await publish({ repo: repository.dir, to });
    const records = async (place: string) =>
      await withStore(place, async (store) => {
        const root = await store.resolve(parseTag(first));
        return await store.referrers(root?.digest as Digest, { artifactType: recordType });
      });
    const [one, two] = [await records(to[0] ?? ""), await records(to[1] ?? "")];
    assert.deepEqual([one.length, two.length], [1, 1]);
    await withStore(to[1] ?? "", async (store) => await store.delete(two[0] as Descriptor));
    assert.deepEqual(await records(to[1] ?? ""), []);
    const report = await publish({ repo: repository.dir, to });
    assert.deepEqual([report.exitCode, report.images[0]?.built], [0, false]);
    assert.equal(report.images[0]?.steps.find(({ step }) => step === "record")?.detail, "attached at 1 destination");
    assert.deepEqual(await records(to[0] ?? ""), one);
    assert.equal((await records(to[1] ?? "")).length, 1);
    const again = await publish({ repo: repository.dir, to });
    assert.equal(again.images[0]?.steps.find(({ step }) => step === "record")?.detail, "every image has its record");
  });

  test("checks an image of an older tool too, and ends the run where it fails", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = `${registry.served.host}/app`;
    const held = await withStore(to, async (store) => await anImage(store, { ...program, platform: "linux/arm64", tag: first }));
    for (const adopt of [false, true]) {
      const report = await publish({ repo: repository.dir, to: [to], adopt });
      assert.deepEqual([report.exitCode, failureOf(report)], [3, "CHECK_FAILED"]);
      assert.ok(report.failures[0]?.message.includes(held.digest));
    }
  });

  test("takes no source that fails the checks, from the primary or a trusted destination", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const { host } = registry.served;
    const bad = { ...program, platform: "linux/arm64", labels: label(first), tag: first };
    await withStore(`${host}/mirror`, async (store) => await anImage(store, bad));
    const config = `
image: app
destinations:
  - { registry: "${host}", repository: primary }
  - { registry: "${host}", repository: mirror, trusted: true }
`;
    const report = await publish({ repo: repository.dir, config });
    assert.deepEqual([report.exitCode, failureOf(report)], [3, "CHECK_FAILED"]);
    assert.match(report.failures[0]?.hint ?? "", /Delete the tag .* there and run the same command again/);
    assert.deepEqual(await tagsOf(`${host}/primary`), {});
  });

  test("lets one that is not trusted be, where it holds what is built for the primary", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    const [one, two] = [`${registry.served.host}/one`, `${registry.served.host}/two`];
    await publish({ repo: repository.dir, to: [two] });
    const report = await publish({ repo: repository.dir, to: [one, two] });
    assert.deepEqual([report.exitCode, report.images[0]?.built], [0, true]);
    assert.deepEqual(await tagsOf(one), await tagsOf(two));
  });
});

suite("several destinations", () => {
  test("get the same digest, and a hole is filled from the primary without a build", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const [one, two, three] = ["one", "two", "three"].map((name) => `${registry.served.host}/${name}`) as [string, string, string];
    const report = await publish({ repo: repository.dir, to: [one, two] });
    assert.equal(report.exitCode, 0);
    assert.deepEqual(await tagsOf(one), await tagsOf(two));
    const filled = await publish({ repo: repository.dir, to: [one, two, three] });
    assert.deepEqual([filled.exitCode, filled.images[0]?.built], [0, false]);
    assert.deepEqual(
      filled.images[0]?.destinations.map(({ found }) => found),
      ["present", "present", "absent"],
    );
    assert.deepEqual(await tagsOf(three), await tagsOf(one));
    assert.equal(outcomeOf(filled, first, 2), "created");
  });

  test("are filled from one that is not the primary only where it is trusted", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const { host } = registry.served;
    await publish({ repo: repository.dir, to: [`${host}/mirror`] });
    // What is there differs from what this repository would build, so that the source can be told.
    const held = await withStore(`${host}/mirror`, async (store) => {
      await store.deleteTag(parseTag(first));
      await store.deleteTag(latest);
      return await anImage(store, { ...program, labels: label(first), tag: first });
    });
    const config = (trusted: boolean): string => `
image: app
destinations:
  - { registry: "${host}", repository: primary }
  - { registry: "${host}", repository: mirror, trusted: ${trusted} }
`;
    const untrusted = await publish({ repo: repository.dir, config: config(false) });
    assert.deepEqual([untrusted.exitCode, failureOf(untrusted)], [4, "DESTINATIONS_DISAGREE"]);
    assert.deepEqual(await tagsOf(`${host}/primary`), {});
    const trusted = await publish({ repo: repository.dir, config: config(true) });
    assert.equal(trusted.exitCode, 0, JSON.stringify(trusted.failures));
    assert.equal((await tagsOf(`${host}/primary`))[first], held.digest);
  });

  test("do not wait for one that is down; the run ends with its failure, and the next fills the hole", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const one = `${registry.served.host}/one`;
    const port = await anEmbeddedRegistry().then(async (gone) => {
      await gone[Symbol.asyncDispose]();
      return gone.served.port;
    });
    const down = `127.0.0.1:${port}/two`;
    const report = await publish({ repo: repository.dir, to: [one, down] });
    assert.equal(report.exitCode, 6);
    assert.equal(outcomeOf(report, first), "created");
    assert.deepEqual(
      report.images[0]?.destinations.map(({ released }) => released),
      [true, false],
    );
    assert.equal(report.images[0]?.destinations[1]?.failure?.code, "REGISTRY_UNREACHABLE");
    await using back = await anEmbeddedRegistry({ listen: `127.0.0.1:${port}` });
    const filled = await publish({ repo: repository.dir, to: [one, down] });
    assert.deepEqual([filled.exitCode, filled.images[0]?.built], [0, false]);
    assert.deepEqual(await tagsOf(`${back.served.host}/two`), await tagsOf(one));
  });

  test("keep the bytes by digest, without a tag, while the primary is down", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const gone = await anEmbeddedRegistry();
    await gone[Symbol.asyncDispose]();
    const other = `${registry.served.host}/other`;
    const report = await publish({ repo: repository.dir, to: [`${gone.served.host}/app`, other] });
    assert.equal(report.exitCode, 6);
    assert.deepEqual(await tagsOf(other), {});
    const digest = report.images[0]?.digest;
    assert.ok(digest && (await withStore(other, async (store) => await store.resolve(digest))));
    assert.equal(report.images[0]?.uri, undefined);
    assert.match(report.images[0]?.destinations[1]?.failure?.hint ?? "", /same command again/);
    assert.equal(first.length, 40);
  });
});
