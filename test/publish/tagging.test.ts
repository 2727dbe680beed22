import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { annotationKeys, type Descriptor } from "../../src/oci/index.ts";
import type { Report } from "../../src/report/index.ts";
import type { RegistryStore } from "../../src/store/index.ts";
import { anEmbeddedRegistry, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aClone } from "../support/git-repository.ts";
import { anImage } from "../support/images.ts";
import { keep } from "../support/keep.ts";
import { anApp } from "./app.ts";
import { latest, outcomeOf, publish, tagsOf, withStore } from "./support.ts";

const program = { layers: [{ "bin/true": "#!/bin/true\n" }] } as const;
const failureOf = (report: Report): string | undefined => report.failures[0]?.code;
const places = (registry: EmbeddedRegistry): [string, string, string] => {
  const of = (name: string): string => `${registry.served.host}/${name}`;
  return [of("one"), of("two"), of("three")];
};

/** Does something before the tag is written at one place; once. */
function before(place: string, tag: string, work: (store: RegistryStore) => Promise<unknown>): (store: RegistryStore) => RegistryStore {
  let done = false;
  return (store) => ({
    ...store,
    tag: async (name, descriptor, options) => {
      if (!done && store.name === place && name === tag) {
        done = true;
        await work(store);
      }
      return await store.tag(name, descriptor, options);
    },
  });
}

/** Lists what is asked of and written to tags, in order. */
function listening(lines: string[]): (store: RegistryStore) => RegistryStore {
  return (store) => {
    const line = (what: string, tag: string): void =>
      void lines.push(`${what} ${store.name.split("/")[1]} ${tag === "latest" ? tag : "sha"}`);
    return {
      ...store,
      tag: async (name, descriptor, options) => {
        line(options?.ifAbsent ? "create" : "write", name);
        const tagged = await store.tag(name, descriptor, options);
        line("written", name);
        return tagged;
      },
      resolve: async (reference, options) => {
        if (!reference.includes(":")) line("read", reference);
        return await store.resolve(reference, options);
      },
    };
  };
}

suite("the release tag", () => {
  test("is created at the primary first, only if absent, and read back, before any other destination gets it; latest comes after", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    const lines: string[] = [];
    const report = await publish({ repo: repository.dir, to: places(registry), around: listening(lines) });
    assert.equal(report.exitCode, 0);
    const from = lines.indexOf("create one sha");
    assert.deepEqual(lines.slice(from, from + 3), ["create one sha", "written one sha", "read one sha"]);
    for (const other of ["two", "three"]) {
      assert.ok(lines.indexOf(`create ${other} sha`) > from + 2, other);
      assert.ok(lines.indexOf(`written ${other} sha`) < lines.indexOf("write one latest"), other);
    }
    assert.equal(lines.filter((line) => line.startsWith("write ") && line.endsWith(" sha")).length, 0);
  });

  for (const [kind, options] of Object.entries({ mutable: {}, immutable: { immutable: true, mutableTags: ["latest"] } })) {
    test(`of a publisher that was faster at a ${kind} primary wins: its image replaces ours everywhere`, async () => {
      await using registry = await anEmbeddedRegistry(options);
      const { repository, first } = anApp();
      const to = places(registry);
      const labels = { [annotationKeys.revision]: first };
      let theirs: Descriptor | undefined;
      const around = before(to[0], first, async (store) => {
        theirs = await anImage(store, { ...program, labels, tag: first });
      });
      const report = await publish({ repo: repository.dir, to, around });
      assert.deepEqual([report.exitCode, report.images[0]?.digest], [0, theirs?.digest]);
      assert.equal(outcomeOf(report, first), "kept");
      assert.match(report.images[0]?.destinations[0]?.tags[0]?.why ?? "", /another publisher of this commit was faster/);
      for (const place of to) assert.deepEqual(await tagsOf(place), { [first]: theirs?.digest, latest: theirs?.digest });
    });
  }

  for (const [kind, labels, platform, exit, code] of [
    ["is another commit's", { [annotationKeys.revision]: "b".repeat(40) }, "linux/amd64", 4, "TAG_CONFLICT"],
    ["does not pass the checks", undefined, "linux/arm64", 3, "CHECK_FAILED"],
    ["names no commit", {}, "linux/amd64", 3, "CHECK_FAILED"],
  ] as const) {
    test(`of a publisher that was faster with an image that ${kind} stops the run, and goes nowhere else`, async () => {
      await using registry = await anEmbeddedRegistry();
      const { repository, first } = anApp();
      const to = places(registry);
      const image = { ...program, platform, labels: labels ?? { [annotationKeys.revision]: first }, tag: first };
      let theirs: Descriptor | undefined;
      const around = before(to[0], first, async (store) => {
        theirs = await anImage(store, image);
      });
      const report = await publish({ repo: repository.dir, to, around });
      assert.deepEqual([report.exitCode, failureOf(report)], [exit, code]);
      assert.ok(report.failures[0]?.message.includes(theirs?.digest ?? "none"));
      assert.match(report.failures[0]?.hint ?? "", new RegExp(`Delete the tag ${first} there`));
      assert.deepEqual(await Promise.all(to.map(tagsOf)), [{ [first]: theirs?.digest }, {}, {}]);
    });
  }

  test("goes to no other destination where the primary fails to take it: they keep the bytes by digest, exit 6", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    const to = places(registry);
    const down = async (): Promise<never> => {
      throw new Failure("REGISTRY_UNREACHABLE", "the primary went down");
    };
    const report = await publish({ repo: repository.dir, to, around: before(to[0], repository.git("rev-parse", "HEAD"), down) });
    assert.deepEqual([report.exitCode, failureOf(report)], [6, "REGISTRY_UNREACHABLE"]);
    const digest = report.images[0]?.digest;
    assert.ok(digest);
    for (const place of to) {
      assert.deepEqual(await tagsOf(place), {});
      assert.ok(await withStore(place, (store) => store.resolve(digest)), place);
    }
    for (const { failure } of report.images[0]?.destinations.slice(1) ?? []) {
      assert.match(failure?.message ?? "", /has the image by digest but not its release tag, because .*one, the primary, comes first/);
    }
    const again = await publish({ repo: repository.dir, to });
    assert.equal(again.exitCode, 0);
    for (const place of to) assert.equal((await tagsOf(place))["latest"], digest);
  });

  test("that a replica got for another image meanwhile is left there, exit 4, and the others are served", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const to = places(registry);
    let theirs: Descriptor | undefined;
    const around = before(to[1], first, async (store) => {
      theirs = await anImage(store, { ...program, labels: { [annotationKeys.revision]: first }, tag: first });
    });
    const report = await publish({ repo: repository.dir, to, around });
    assert.deepEqual([report.exitCode, failureOf(report)], [4, "TAG_CONFLICT"]);
    assert.deepEqual(await tagsOf(to[1]), { [first]: theirs?.digest });
    const digest = report.images[0]?.digest;
    assert.deepEqual(await tagsOf(to[2]), { [first]: digest, latest: digest });
  });
});

suite("latest, after the write,", () => {
  test("goes on to what was released meanwhile, again and again until nothing changes", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const [to] = places(registry);
    const commits = [first];
    // Each time that latest is written somebody pushes and releases another commit, three times.
    const around = (store: RegistryStore): RegistryStore => ({
      ...store,
      tag: async (name, descriptor, options) => {
        const tagged = await store.tag(name, descriptor, options);
        if (name === latest && commits.length < 4) {
          const next = repository.commit({ a: String(commits.length) });
          commits.push(next);
          await publish({ repo: repository.dir, to: [to], commit: next, latest: false });
        }
        return tagged;
      },
    });
    const report = await publish({ repo: repository.dir, to: [to], commit: first, around });
    assert.equal(report.exitCode, 0);
    const tags = await tagsOf(to);
    assert.equal(commits.length, 4);
    assert.equal(tags["latest"], tags[commits.at(-1) ?? ""]);
    const tagging = report.images[0]?.destinations[0]?.tags.find(({ tag }) => tag === "latest");
    assert.equal(tagging?.why, `latest went on to ${commits.at(-1)?.slice(0, 12)}, which was released meanwhile`);
  });

  test("passes over commits that have no image", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const [to] = places(registry);
    const second = repository.commit({ a: "2" });
    repository.commit({ a: "3" });
    await publish({ repo: repository.dir, to: [to], commit: second, latest: false });
    await publish({ repo: repository.dir, to: [to], commit: first });
    const tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[second]);
  });

  test("of a destination that fails keeps its failure, and does not stop the others", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    const to = places(registry);
    const down = async (): Promise<never> => {
      throw new Failure("REGISTRY_UNREACHABLE", "it went down");
    };
    const report = await publish({ repo: repository.dir, to, around: before(to[1], latest, down) });
    assert.equal(report.exitCode, 6);
    assert.deepEqual(await Promise.all(to.map(async (place) => "latest" in (await tagsOf(place)))), [true, false, true]);
    assert.ok(report.images[0]?.destinations.every(({ released }) => released));
  });
});

suite("the branch that latest follows", () => {
  test("is known by the head that was pushed where the remote cannot be asked, and that is said", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository } = anApp();
    const [to] = places(registry);
    const clone = keep(aClone(repository));
    const pushed = clone.commit({ a: "pushed" });
    clone.git("remote", "set-url", "origin", "file:///nonexistent/repository");
    const environment = { commit: pushed, branch: "main", from: "GITHUB_SHA" };
    const report = await publish({ repo: clone.dir, to: [to], environment });
    assert.deepEqual([report.exitCode, outcomeOf(report, "latest")], [0, "created"]);
    assert.match(report.warnings.map(({ text }) => text).join("\n"), /main could not be fetched, so what is known of it here counts/);
    const tags = await tagsOf(to);
    assert.equal(tags["latest"], tags[pushed]);
  });

  test("is the local one without a remote, and nothing is followed where there is neither", async () => {
    await using registry = await anEmbeddedRegistry();
    const { repository, first } = anApp();
    const [one, two] = places(registry);
    assert.equal(outcomeOf(await publish({ repo: repository.dir, to: [one] }), "latest"), "created");
    repository.git("checkout", "--quiet", "--detach");
    repository.git("branch", "--quiet", "-D", "main");
    const report = await publish({ repo: repository.dir, to: [two] });
    assert.deepEqual(await tagsOf(two), { [first]: report.images[0]?.digest });
    assert.match(report.warnings.map(({ text }) => text).join("\n"), /there is no branch main here to follow/);
  });
});
