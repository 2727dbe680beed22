import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import type { BuildRequest } from "../../src/build/index.ts";
import type { Descriptor } from "../../src/oci/index.ts";
import type { Event } from "../../src/report/index.ts";
import { openLayout, readBytes, readManifest } from "../../src/store/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { listening } from "../support/http-service.ts";
import { aBuildkitd } from "./support/buildkitd.ts";
import { aBuildxUser, type BuildxBuilt, type BuildxUser, shell } from "./support/buildx.ts";
import { aDistribution } from "./support/distribution.ts";

const dockerfile = `${shell}RUN busybox mkdir /made\nRUN echo it ran; echo hello > /made/greeting\n`;
const usual = { timeoutMs: 60_000, mode: "max" } as const;

suite("the buildx engine's cache", { concurrency: false, timeout: 300_000 }, () => {
  let stack: AsyncDisposableStack;
  let user: BuildxUser;
  /** A daemon that has built it, and others that have built nothing. */
  let one: string;
  const daemon = async (): Promise<string> => stack.use(await aBuildkitd()).address;

  before(async () => {
    stack = new AsyncDisposableStack();
    user = stack.use(await aBuildxUser());
    one = await daemon();
  });
  after(async () => await stack[Symbol.asyncDispose]());

  const build = async (builder: string, cache: BuildRequest["cache"], events: Event[] = []): Promise<BuildxBuilt> =>
    await user.build(dockerfile, { builder, cache }, events);
  const warnings = (events: readonly Event[]): readonly string[] =>
    events.flatMap((event) => (event.kind === "message" && event.level === "warning" ? [event.text] : []));
  /** Two daemons, the second of which has from a cache what the first one built. */
  const shared = async (cache: BuildRequest["cache"]): Promise<void> => {
    const first = await build(one, cache);
    assert.deepEqual(warnings(first.events), []);
    assert.ok((first.built.stats?.cacheExportMs ?? 0) > 0);
    const second = await build(await daemon(), cache);
    const ran = (events: readonly Event[]): boolean => events.some((event) => event.kind === "build" && event.log === "it ran");
    assert.equal(ran(second.events), false);
    // A step that was loaded from a folder is not always told of as cached.
    assert.ok((second.built.stats?.cached ?? 0) >= 2);
    assert.equal(second.built.stats?.steps, 3);
    assert.deepEqual(second.built.content, first.built.content);
  };

  test("a registry's: distribution 3", async () => {
    await using registry = await aDistribution({ version: "3" });
    await shared({ ...usual, type: "registry", ref: `${registry.host}/team/cache:main` });
  });

  test("a registry's: the embedded one", async () => {
    await using registry = await anEmbeddedRegistry();
    await shared({ ...usual, type: "registry", ref: `${registry.served.host}/team/cache:main` });
    const answer = await registry.ask("GET", "/v2/team/cache/manifests/main");
    assert.equal(answer.headers.get("content-type"), "application/vnd.oci.image.manifest.v1+json");
  });

  test("a local folder's, which is replaced at every build and does not grow", async () => {
    await using folder = await aFolder();
    const cache = { ...usual, type: "local", dir: join(folder.path, "a, b") } as const;
    await shared(cache);
    const blobs = async (): Promise<number> => (await readdir(join(cache.dir, "blobs/sha256"))).length;
    const before = await blobs();
    await build(one, cache);
    assert.equal(await blobs(), before);
    assert.deepEqual(await readdir(folder.path), ["a, b"]);
  });

  test("a local folder's, which several builds use at once: none is spoilt, and none spoils it", async () => {
    await using folder = await aFolder();
    const cache = { ...usual, type: "local", dir: join(folder.path, "cache") } as const;
    const fresh = await daemon();
    for (const round of [1, 2, 3]) {
      const builds = await Promise.all(
        ["a", "b", "c", "d"].map((word, at) =>
          user.build(`${dockerfile}RUN echo ${round}${word} > /word\n`, { builder: at % 2 === 0 ? one : fresh, cache }),
        ),
      );
      assert.deepEqual(
        builds.map(({ files }) => files.get("word")?.content),
        ["a", "b", "c", "d"].map((word) => `${round}${word}\n`),
      );
      assert.deepEqual(
        builds.flatMap(({ events }) => warnings(events)),
        [],
      );
      assert.deepEqual(await readdir(folder.path), ["cache"]);
    }
    await wholeCache(cache.dir);
    const { built } = await build(await daemon(), cache);
    assert.ok((built.stats?.cached ?? 0) >= 2, JSON.stringify(built.stats));
  });

  test("a folder with something else in it is left alone", async () => {
    await using folder = await aFolder();
    await writeFile(join(folder.path, "precious"), "");
    const { events } = await build(one, { ...usual, type: "local", dir: folder.path });
    assert.match(warnings(events).join(), /has precious in it, so it is no cache folder/);
    assert.deepEqual(await readdir(folder.path), ["precious"]);
  });

  test("an export that is refused, as by an immutable tag, is a warning", async () => {
    await using registry = await anEmbeddedRegistry({ immutable: true });
    const cache = { ...usual, type: "registry", ref: `${registry.served.host}/team/cache:main` } as const;
    await build(one, { ...cache, mode: "min" });
    const { built, events } = await user.build(`${dockerfile}RUN echo more > /more\n`, { builder: one, cache });
    assert.match(warnings(events).join(), /the build cache was not written: .*(?:immutable|TAG_INVALID|DENIED)/i);
    assert.equal(built.stats?.steps, 4);
  });

  test("an export that hangs is given up after its time, and the image is there all the same", async () => {
    // Says that it has nothing, and never answers to a push.
    const server = createServer((request, response) => {
      if (request.method === "GET" && request.url === "/v2/") response.end("{}");
      else if (request.method === "GET" || request.method === "HEAD") response.writeHead(404).end();
    });
    await using listens = await listening(server);
    const ref = `${new URL(listens.url).host}/team/cache:main`;
    const fresh = `${dockerfile}RUN echo ${Date.now()} > /now\n`;
    const { built, events, files } = await user.build(fresh, {
      builder: one,
      cache: { ...usual, type: "registry", ref, timeoutMs: 1_000 },
    });
    assert.match(warnings(events).join(), /the build cache was not written: its export took longer than 1\.0 s/);
    assert.ok(files.has("now"));
    // What the first run did, not what the second one found.
    assert.deepEqual([built.stats?.steps, built.stats?.cached], [4, 3]);
  });

  test("GitHub's, where a job's step was not given what it needs, is left with a warning", async () => {
    const { events } = await build(one, { ...usual, type: "gha", scope: "main" });
    assert.match(warnings(events).join(), /the build cache is left: ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL are not set/);
  });
});

/** Looks whether a folder has every blob that its index leads to, with the content that its name says. */
async function wholeCache(dir: string): Promise<void> {
  const store = await openLayout(dir);
  const index = JSON.parse(await readFile(join(dir, "index.json"), "utf8")) as { readonly manifests: readonly Descriptor[] };
  assert.ok(index.manifests.length > 0);
  for (const root of index.manifests) {
    const manifest = await readManifest(store, root);
    const below = manifest.kind === "manifest" ? [manifest.config, ...manifest.layers] : manifest.manifests;
    for (const blob of below) await readBytes(store, blob, 1 << 28);
  }
}
