import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { annotationKeys, digestOf, parseTag } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { readConfig, readManifest } from "../../src/store/index.ts";
import { recordType } from "../../src/trace/index.ts";
import { elfProgram } from "../support/elf.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { anApp } from "./app.ts";
import { outcomeOf, publish, seen, tagsOf, withStore } from "./support.ts";

suite("publishing a commit", () => {
  test("builds, stamps, checks, tags and records it", async () => {
    await using registry = await anEmbeddedRegistry({ immutable: true, mutableTags: ["latest"] });
    const { repository, first } = anApp();
    repository.git("remote", "add", "nowhere", "/nonexistent");
    repository.git("remote", "remove", "nowhere");
    const to = `${registry.served.host}/team/app`;
    const report = await publish({ repo: repository.dir, to: [to] });
    assert.equal(report.exitCode, 0);
    assert.equal(report.images[0]?.status, "published");
    assert.equal(report.images[0]?.uri, `${to}:${first}`);
    assert.deepEqual([outcomeOf(report, first), outcomeOf(report, "latest")], ["created", "created"]);
    const tags = await seen(to);
    const digest = report.images[0]?.digest;
    assert.deepEqual(tags, { [first]: { digest, referrers: [recordType] }, latest: { digest, referrers: [recordType] } });
    await withStore(to, async (store) => {
      const root = await store.resolve(parseTag(first));
      assert.ok(root);
      const manifest = await readManifest(store, root);
      assert.ok(manifest.kind === "manifest");
      const config = await readConfig(store, manifest.config);
      assert.equal(manifest.annotations?.[annotationKeys.revision], first);
      assert.equal(config.config?.Labels?.[annotationKeys.revision], first);
      assert.equal(config.config?.Labels?.[annotationKeys.version], first);
    });
  });

  test("again builds and uploads nothing, and leaves the tags", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = `${registry.served.host}/team/app`;
    await publish({ repo: repository.dir, to: [to] });
    const before = await seen(to);
    const events: Event[] = [];
    const report = await publish({ repo: repository.dir, to: [to], emit: (event) => events.push(event) });
    assert.equal(report.images[0]?.status, "present");
    assert.equal(report.images[0]?.built, false);
    assert.deepEqual([outcomeOf(report, first), outcomeOf(report, "latest")], ["kept", "kept"]);
    assert.equal(
      events.some((event) => event.kind === "transfer" && event.state === "written"),
      false,
    );
    assert.deepEqual(await seen(to), before);
  });

  test("gives the same digest from another clone, whatever is edited there", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    const [one, other] = [`${registry.served.host}/one`, `${registry.served.host}/other`];
    const first = await publish({ repo: repository.dir, to: [one] });
    repository.write({ app: "edited", more: "x" });
    const events: Event[] = [];
    const second = await publish({ repo: repository.dir, to: [other], emit: (event) => events.push(event) });
    assert.equal(second.images[0]?.digest, first.images[0]?.digest);
    assert.ok(events.some((event) => event.kind === "message" && /2 local edits are not in the commit/.test(event.text)));
  });

  test("is planned only with a dry run: nothing is written", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    const to = `${registry.served.host}/team/app`;
    const report = await publish({ repo: repository.dir, to: [to], dryRun: true });
    assert.deepEqual(
      report.images[0]?.destinations[0]?.foreseen?.map(({ outcome }) => outcome),
      ["created", "created"],
    );
    assert.deepEqual([report.exitCode, report.images[0]?.status, report.images[0]?.engine], [0, "planned", "assemble"]);
    assert.deepEqual(await tagsOf(to), {});
    assert.equal(
      ((await registry.ask("GET", "/v2/_catalog").then((answer) => answer.json())) as { repositories: string[] }).repositories.length,
      0,
    );
  });

  test("a dry run foresees every tag at every destination, and why", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const second = repository.commit({ a: "2" });
    const [one, two] = [`${registry.served.host}/one`, `${registry.served.host}/two`];
    await publish({ repo: repository.dir, to: [one], commit: second });
    const foreseen = async (commit: string) => {
      const { images } = await publish({ repo: repository.dir, to: [one, two], commit, dryRun: true });
      return images[0]?.destinations.map((destination) =>
        destination.foreseen?.map(({ tag, outcome }) => `${tag === commit ? "sha" : tag} ${outcome}`),
      );
    };
    assert.deepEqual(await foreseen(second), [
      ["sha kept", "latest kept"],
      ["sha created", "latest created"],
    ]);
    assert.deepEqual(await foreseen(first), [
      ["sha created", "latest kept"],
      ["sha created", "latest created"],
    ]);
    assert.deepEqual(await foreseen(repository.commit({ a: "3" })), [
      ["sha created", "latest moved"],
      ["sha created", "latest created"],
    ]);
    assert.deepEqual(Object.keys(await tagsOf(two)), []);
  });

  test("writes no tag for an image that fails its checks", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    repository.commit({ app: { content: elfProgram("arm64", "no\n").toString("latin1"), executable: true } });
    const to = `${registry.served.host}/team/app`;
    const report = await publish({ repo: repository.dir, to: [to] });
    assert.equal(report.exitCode, 3);
    assert.deepEqual(
      report.images[0]?.findings.map(({ code }) => code),
      ["program-architecture"],
    );
    assert.deepEqual(await tagsOf(to), {});
    assert.equal(report.images[0]?.uri, undefined);
  });

  test("of several images goes on after one that fails, and ends with the worst", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const config = `
images:
  - name: team/broken
    build: { file: none/Dockerfile }
  - name: team/good
destinations: [{ registry: "${registry.served.host}" }]
`;
    const report = await publish({ repo: repository.dir, config });
    assert.deepEqual(
      report.images.map(({ name, status, exitCode }) => [name, status, exitCode]),
      [
        ["team/broken", "failed", 2],
        ["team/good", "published", 0],
      ],
    );
    assert.equal(report.exitCode, 2);
    assert.ok((await tagsOf(`${registry.served.host}/team/good`))[first]);
    assert.deepEqual(await tagsOf(`${registry.served.host}/team/broken`), {});
    const one = await publish({ repo: repository.dir, config, image: ["team/good"] });
    assert.deepEqual([one.exitCode, one.images.length], [0, 1]);
  });

  test("puts what the configuration says into the stamp, and nothing of the run", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const config = `
image: team/app
build: { stamp: { env: { BUILD_VERSION: "{sha}" }, labels: { note: "of {short}" } } }
destinations: [{ registry: "${registry.served.host}" }]
source: https://git.example/team/app
`;
    const report = await publish({ repo: repository.dir, config });
    assert.equal(report.exitCode, 0, JSON.stringify(report.failures));
    await withStore(`${registry.served.host}/team/app`, async (store) => {
      const root = await store.resolve(parseTag(first));
      assert.ok(root);
      const manifest = await readManifest(store, root);
      assert.ok(manifest.kind === "manifest");
      const { config: runtime, created } = await readConfig(store, manifest.config);
      assert.ok(runtime?.Env?.includes(`BUILD_VERSION=${first}`));
      assert.equal(runtime?.Labels?.["note"], `of ${first.slice(0, 12)}`);
      assert.equal(runtime?.Labels?.[annotationKeys.source], "https://git.example/team/app");
      assert.equal(Date.parse(created ?? "") / 1000, Number(repository.git("show", "--no-patch", "--format=%ct", first)));
      assert.equal(digestOf(JSON.stringify(manifest)).includes("127.0.0.1"), false);
    });
  });
});
