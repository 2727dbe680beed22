import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { type Descriptor, digestOf, encodedOf, type Manifest, mediaTypes, parseTag } from "../../src/oci/index.ts";
import {
  bytesSource,
  type Credentials,
  copy,
  type MemoryStore,
  memoryStore,
  type RegistryClientOptions,
  type RegistryStore,
  readManifest,
} from "../../src/store/index.ts";
import { anImage } from "./images.ts";
import { allOf, aManifest, clientOf } from "./registry-client.ts";
import type { RegistryServer } from "./registry-server.ts";

/** A registry that behaves as one that people use. */
export interface Vendor extends AsyncDisposable {
  readonly server: RegistryServer;
  /** As references name it. */
  readonly host: string;
  readonly repository: string;
  /** How requests to the registry itself are signed; undefined where nobody signs in. */
  readonly scheme: "Basic" | "Bearer" | undefined;
  /** Other servers that take part, such as object storage: no sign-in is for them. */
  readonly elsewhere: readonly RegistryServer[];
  readonly options: Partial<RegistryClientOptions>;
}

/** Who signs in everywhere here. */
export const user: Extract<Credentials, { kind: "basic" }> = { kind: "basic", username: "ann", password: "pass:word/of+ann" };

/** Opens the vendor's repository, and looks at the end that every sign-in stayed where it belongs. */
export async function using(
  start: () => Promise<Vendor>,
  work: (store: RegistryStore, vendor: Vendor) => Promise<void>,
  options: Partial<RegistryClientOptions> = {},
): Promise<void> {
  await using vendor = await start();
  await using under = clientOf(vendor.host, { ...vendor.options, ...options });
  await work(under.client.repository({ host: vendor.host, repository: vendor.repository }), vendor);
  for (const { headers } of vendor.server.requests.filter(({ url }) => url.startsWith("/v2/"))) {
    const [scheme] = (headers.authorization ?? "").split(" ");
    assert.ok(scheme === "" || scheme === vendor.scheme, `${scheme} was sent to the registry`);
  }
  for (const { headers, url } of vendor.elsewhere.flatMap(({ requests }) => requests)) {
    assert.equal(headers.authorization, undefined, url);
    assert.ok(![user.password, encodeURIComponent(user.password)].some((secret) => url.includes(secret)));
  }
}

/** What each registry has to be good for, whatever its ways. */
export function compatible(name: string, start: () => Promise<Vendor>, { referrers }: { readonly referrers: "api" | "tag" }): void {
  test(`${name}: an image is pushed, moved no second time, and pulled the same`, async () => {
    await using(start, async (store, { server }) => {
      const { source, image, manifest } = await aSource();
      assert.equal((await copy(source, store, image)).written, 4);
      const before = server.requests.length;
      assert.equal((await copy(source, store, image)).written, 0);
      assert.deepEqual([...new Set(server.requests.slice(before).map(({ method }) => method))], ["HEAD"]);
      const back = memoryStore();
      await copy(store, back, image);
      for (const content of [image, ...contentOf(manifest)]) {
        assert.deepEqual(await allOf(back.read(content)), await allOf(source.read(content)));
      }
    });
  });

  test(`${name}: an image is pushed in pieces`, async () => {
    const piecemeal = { chunkBytes: 30_000 };
    const work = async (store: RegistryStore, { server }: Vendor): Promise<void> => {
      const { source, image, manifest } = await aSource();
      await copy(source, store, image);
      for (const content of contentOf(manifest)) {
        assert.deepEqual(server.blobs.get(content.digest), await allOf(source.read(content)));
      }
      assert.ok(server.requests.some(({ method }) => method === "PATCH"));
    };
    await using(start, work, piecemeal);
  });

  test(`${name}: latest moves from image to image, and all tags are listed`, async () => {
    await using(start, async (store) => {
      const latest = parseTag("latest");
      assert.deepEqual(await Array.fromAsync(store.tags()), []);
      assert.equal(await store.resolve(latest), undefined);
      const images = [await pushed(store), await pushed(store)] as const;
      assert.deepEqual(await store.tag(latest, images[0]), { outcome: "created" });
      assert.deepEqual(await store.tag(latest, images[1]), { outcome: "moved" });
      assert.deepEqual(await store.tag(latest, images[1]), { outcome: "kept" });
      assert.deepEqual(await store.resolve(latest), images[1]);
      for (const tag of ["v1", "v2", "v3"]) await store.tag(parseTag(tag), images[0], { ifAbsent: true });
      assert.deepEqual(await Array.fromAsync(store.tags()), ["latest", "v1", "v2", "v3"]);
    });
  });

  test(`${name}: what is attached to an image is listed`, async () => {
    await using(start, async (store, { server }) => {
      const image = await pushed(store);
      assert.deepEqual(await store.referrers(image.digest), []);
      const record = aManifest({ note: "record", subject: image, artifactType: "application/vnd.test.record" });
      await store.write({ mediaType: mediaTypes.ociEmpty, digest: digestOf(empty), size: empty.length }, bytesSource(empty));
      assert.equal(await store.write(record.descriptor, bytesSource(record.bytes)), "written");
      const listed = await store.referrers(image.digest, { artifactType: "application/vnd.test.record" });
      assert.deepEqual(
        listed.map(({ digest }) => digest),
        [record.descriptor.digest],
      );
      assert.equal(server.manifests.has(`sha256-${encodedOf(image.digest)}`), referrers === "tag");
    });
  });
}

const empty = Buffer.from("{}");

/** An image of two layers in memory. */
async function aSource(): Promise<{ readonly source: MemoryStore; readonly image: Descriptor; readonly manifest: Manifest }> {
  const source = memoryStore();
  const image = await anImage(source, { layers: [{ a: randomBytes(70_000) }, { b: randomBytes(100) }] });
  return { source, image, manifest: await readManifest(source, image) };
}

function contentOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === "manifest" ? [manifest.config, ...manifest.layers] : [];
}

/** Pushes a new image by its digest. */
export async function pushed(store: RegistryStore): Promise<Descriptor> {
  const source = memoryStore();
  const image = await anImage(source);
  await copy(source, store, image);
  return image;
}
