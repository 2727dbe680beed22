import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf, encodeManifest, mediaTypes, parseDigest } from "../../src/oci/index.ts";
import { diskRepositories, readBytes, type Store } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";
import { aRegistryProcess } from "../support/registry-process.ts";

const pushers = 24;
const repository = "team/app";

/** What the registry said that it has. */
interface Acknowledged {
  readonly blobs: Map<string, number>;
  readonly tags: Map<string, string>;
}

/** Pushes small images, one after the other, until the registry is gone. */
async function pushUntilGone(url: string, pusher: number, round: number, said: Acknowledged): Promise<void> {
  const base = `${url}/v2/${repository}`;
  const blob = async (content: Buffer): Promise<{ mediaType: string; digest: ReturnType<typeof digestOf>; size: number }> => {
    const digest = digestOf(content);
    const started = await fetch(`${base}/blobs/uploads/`, { method: "POST" });
    const location = `${url}${started.headers.get("location")}`;
    const half = content.length >> 1;
    await fetch(location, { method: "PATCH", body: content.subarray(0, half) });
    const put = await fetch(`${location}?digest=${digest}`, { method: "PUT", body: content.subarray(half) });
    assert.equal(put.status, 201, await put.text());
    said.blobs.set(digest, content.length);
    return { mediaType: mediaTypes.ociLayer, digest, size: content.length };
  };
  try {
    for (let image = 0; ; image++) {
      const name = `r${round}-p${pusher}-i${image}`;
      const layers = [await blob(Buffer.alloc(20_000 + 997 * pusher, name))];
      const config = { ...(await blob(Buffer.from(JSON.stringify({ name })))), mediaType: mediaTypes.ociConfig };
      const manifest = encodeManifest({ kind: "manifest", mediaType: mediaTypes.ociManifest, config, layers });
      const put = await fetch(`${base}/manifests/${name}`, {
        method: "PUT",
        body: Buffer.from(manifest),
        headers: { "content-type": mediaTypes.ociManifest },
      });
      assert.equal(put.status, 201, await put.text());
      said.tags.set(name, digestOf(manifest));
    }
  } catch (thrown) {
    if (thrown instanceof assert.AssertionError) throw thrown;
  }
}

/** Everything that was acknowledged is there, and everything that is there is whole. */
async function assertWhole(store: Store, said: Acknowledged): Promise<void> {
  for (const [digest, size] of said.blobs) {
    await readBytes(store, { mediaType: mediaTypes.ociLayer, digest: parseDigest(digest), size }, 1 << 20);
  }
  const tags = await Array.fromAsync(store.tags());
  for (const tag of said.tags.keys())
    assert.ok(
      tags.some((one) => one === tag),
      `${tag} is lost`,
    );
  for (const tag of tags) {
    const found = await store.resolve(tag);
    assert.ok(found !== undefined && digestOf(await readBytes(store, found, 1 << 20)) === found.digest, `${tag} is not whole`);
  }
}

test("SIGKILL in the middle of parallel pushes loses no acknowledged write and leaves nothing half", async () => {
  await using folder = await aFolder();
  const said: Acknowledged = { blobs: new Map(), tags: new Map() };
  for (let round = 0; round < 3; round++) {
    const registry = await aRegistryProcess(folder.path);
    const pushing = Promise.all(Array.from({ length: pushers }, (_, pusher) => pushUntilGone(registry.url, pusher, round, said)));
    const before = said.tags.size;
    while (said.tags.size < before + pushers) await sleep(5);
    // Anywhere in what comes then.
    await sleep(17 * round);
    await registry.kill();
    await pushing;
    await assertWhole(diskRepositories(folder.path).open(repository), said);
  }
  assert.ok(said.tags.size >= 3 * pushers, `only ${said.tags.size} images were pushed`);
});
