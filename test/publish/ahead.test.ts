import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { type Descriptor, mediaTypes } from "../../src/oci/index.ts";
import { type Ahead, sendAhead } from "../../src/publish/ahead.ts";
import type { Event } from "../../src/report/index.ts";
import { can, type MemoryStore, memoryStore, type Store } from "../../src/store/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";
import { publish, tagsOf } from "./support.ts";

async function* bytes(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text);
}

/** Puts a layer together in an upload session, as assemble does. */
async function layer({ store }: Ahead, text: string): Promise<Descriptor> {
  assert.ok(can(store, "uploading"));
  const upload = await store.startUpload();
  await upload.append(bytes(text));
  return await upload.commit(undefined);
}

function ahead(
  own: Store,
  targets: readonly Store[],
  options: { readonly signal?: AbortSignal; readonly emit?: (event: Event) => void } = {},
) {
  return sendAhead(own, targets, mediaTypes.ociLayerGzip, { emit: () => {}, ...options });
}

/** A store that takes nothing, and counts who tries. */
function full(): MemoryStore & { tries: number } {
  const store = {
    ...memoryStore({ name: "full" }),
    tries: 0,
    write: async (): Promise<never> => {
      store.tries++;
      throw new Failure("STORE_FAILED", "no room");
    },
  };
  return store;
}

suite("Layers that are whole", () => {
  test("are at every target before the next one is begun", async () => {
    const targets = [memoryStore(), memoryStore()];
    const sending = ahead(memoryStore(), targets);
    const first = await layer(sending, "first");
    for (const to of targets) {
      assert.deepEqual(await sending.sent(to), { ...(await sending.sent(to)), bytes: 5, layers: new Set([first.digest]) });
      assert.ok(await to.has(first));
    }
    const second = await layer(sending, "second one");
    for (const to of targets) {
      assert.equal((await sending.sent(to)).bytes, 15);
      assert.ok(await to.has(second));
    }
  });

  test("are not counted as sent where they were there", async () => {
    const [own, to] = [memoryStore(), memoryStore()];
    await layer(ahead(to, []), "same");
    const sending = ahead(own, [to]);
    const { digest } = await layer(sending, "same");
    const { bytes: sent, layers } = await sending.sent(to);
    assert.deepEqual([sent, layers], [0, new Set([digest])]);
  });

  test("are not sent again to a target that failed, and the others go on", async () => {
    const [bad, good] = [full(), memoryStore()];
    const events: Event[] = [];
    const sending = ahead(memoryStore(), [bad, good], { emit: (event) => void events.push(event) });
    for (const text of ["one", "two", "three"]) {
      await layer(sending, text);
      await sending.sent(bad);
    }
    assert.equal(bad.tries, 1);
    assert.deepEqual([(await sending.sent(bad)).layers.size, (await sending.sent(good)).layers.size], [0, 3]);
    const told = events.flatMap((event) => (event.kind === "detail" ? event.text : []));
    assert.deepEqual(told, ["full takes nothing before all is built: no room"]);
  });

  test("are let go of when nobody wants them any more", { timeout: 10_000 }, async () => {
    const hanging: Store = {
      ...memoryStore(),
      write: (_layer, _source, options) =>
        new Promise((_, reject) => options?.signal?.addEventListener("abort", () => reject(options.signal?.reason))),
    };
    const sending = ahead(memoryStore(), [hanging]);
    await layer(sending, "one");
    await sending.stop();
    assert.equal((await sending.sent(hanging)).layers.size, 0);
    const interrupted = new AbortController();
    const other = ahead(memoryStore(), [hanging], { signal: interrupted.signal });
    await layer(other, "one");
    interrupted.abort();
    assert.equal((await other.sent(hanging)).bytes, 0);
  });

  test("of a build that fails leave neither a manifest nor a tag", async () => {
    await using registry = await anEmbeddedRegistry();
    const repository = keep(aRepository());
    repository.commit({ Dockerfile: "FROM scratch\nCOPY there /\nCOPY missing /\n", there: "there" });
    const to = `${registry.served.host}/app`;
    const sent: string[] = [];
    const emit = (event: Event): void => {
      if (event.kind === "transfer" && event.state === "written") sent.push(event.descriptor.mediaType);
    };
    const report = await publish({ repo: repository.dir, to: [to], emit });
    assert.equal(report.exitCode, 7);
    assert.ok(sent.every((mediaType) => mediaType === mediaTypes.ociLayerGzip));
    assert.deepEqual(await tagsOf(to), {});
  });
});
