import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, suite, test } from "node:test";
import { type Descriptor, type ImageManifest, isManifestType, parseTag } from "../../src/oci/index.ts";
import {
  can,
  copy,
  createRegistryClient,
  memoryStore,
  type RegistryClient,
  type RegistryStore,
  readManifest,
} from "../../src/store/index.ts";
import { anArtifact, anImage, anIndex } from "../support/images.ts";
import { aBlob, allOf, failureOf } from "../support/registry-client.ts";
import { aDistribution, type Distribution, type DistributionVersion } from "./support/distribution.ts";
import { distributionUser, htpasswd, type SignedTokens, signedTokens } from "./support/distribution-auth.ts";

/** Which of the distribution project's registries, and what each does of what the specification leaves open. */
const versions: readonly { readonly version: DistributionVersion; readonly deletesTags: boolean }[] = [
  { version: "2.8", deletesTags: false },
  { version: "3", deletesTags: true },
];

for (const { version, deletesTags } of versions) {
  for (const auth of ["no sign-in", "htpasswd", "signed tokens"] as const) {
    suite(`waybill's client and distribution ${version} with ${auth}`, { concurrency: false }, () => {
      let stack: AsyncDisposableStack;
      let distribution: Distribution;
      let tokens: SignedTokens | undefined;
      let client: RegistryClient;
      const source = memoryStore();
      const clientWith = (password: string): RegistryClient => {
        const credentials = { kind: "basic", username: distributionUser.username, password } as const;
        const signIn = { credentials: async () => (auth === "no sign-in" ? undefined : credentials) };
        return stack.use(createRegistryClient({ signIn, emit: () => {}, chunkBytes: 1 << 20 }));
      };
      const open = (repository: string): RegistryStore => client.repository({ host: distribution.host, repository });
      const links = async (): Promise<readonly string[]> => (await distribution.files()).filter((file) => file.endsWith("/link"));

      before(async () => {
        stack = new AsyncDisposableStack();
        tokens = auth === "signed tokens" ? stack.use(await signedTokens()) : undefined;
        distribution = stack.use(await aDistribution({ version, auth: auth === "htpasswd" ? htpasswd : tokens }));
        client = clientWith(distributionUser.password);
      });
      after(async () => await stack.disposeAsync());

      if (auth !== "no sign-in") {
        test("a wrong password is told as that, and nothing is written", async () => {
          const image = await anImage(source);
          const store = clientWith("wrong").repository({ host: distribution.host, repository: "team/refused" });
          const failure = await failureOf(copy(source, store, image), "UNAUTHORIZED");
          assert.ok(!`${failure.message}${failure.hint}${JSON.stringify(failure.facts)}`.includes("wrong"));
          assert.equal(await open("team/refused").resolve(image.digest), undefined);
        });
      }

      test("an index is pushed, tagged, pushed again without a write, and pulled with the same bytes", async () => {
        const index = await anIndex(source, ["linux/amd64", "linux/arm64"], { attested: true });
        const store = open("team/app");
        const pushed = await copy(source, store, index);
        assert.ok(pushed.written > 6 && pushed.existed === 0);
        const tag = parseTag("t");
        assert.deepEqual(await store.tag(tag, index), { outcome: "created" });
        assert.equal((await store.resolve(tag))?.digest, index.digest);

        const before = await links();
        const again = await copy(source, store, index);
        assert.deepEqual([again.written, again.bytes], [0, 0]);
        assert.deepEqual(await store.tag(tag, index), { outcome: "kept" });
        assert.deepEqual(await links(), before);

        const back = memoryStore();
        const pulled = await copy(store, back, index);
        assert.deepEqual([pulled.written, pulled.bytes], [pushed.written, pushed.bytes]);
        assert.deepEqual((await readManifest(back, index)).kind, "index");
      });

      test("an image in Docker's format keeps its digest", async () => {
        const image = await anImage(source, { docker: true });
        await copy(source, open("team/docker"), image);
        assert.deepEqual(await open("team/docker").resolve(image.digest), image);
      });

      test("a layer is sent while it is made, also where the sign-in is asked for meanwhile", async () => {
        const bytes = randomBytes((9 << 20) + 5);
        const { descriptor, source: from } = aBlob(bytes);
        const credentials = { kind: "basic", username: distributionUser.username, password: distributionUser.password } as const;
        const signIn = { credentials: async () => (auth === "no sign-in" ? undefined : credentials) };
        const store = stack
          .use(createRegistryClient({ signIn, emit: () => {} }))
          .repository({ host: distribution.host, repository: "team/made" });
        assert.ok(can(store, "streaming"));
        await store.stream(() => from.open(), Promise.resolve(descriptor));
        assert.ok(Buffer.from(await allOf(store.read(descriptor))).equals(bytes));
      });

      test("a layer is sent in pieces, read back whole, and in part", async () => {
        const bytes = randomBytes((5 << 20) + 77);
        const { descriptor, source: from } = aBlob(bytes);
        const store = open("team/pieces");
        assert.equal(await store.write(descriptor, from), "written");
        assert.equal(distribution.log().match(/"PATCH \/v2\/team\/pieces\/blobs\/uploads\//g)?.length, 6);
        assert.equal(await store.write(descriptor, from), "existed");
        assert.ok(bytes.equals(await allOf(store.read(descriptor))));
        const part = await allOf(store.readRange(descriptor, 1_000_000, 1_000_100));
        assert.ok(bytes.subarray(1_000_000, 1_000_100).equals(part));
      });

      test("a copy into another repository mounts every blob", async () => {
        const image = await anImage(source, { layers: 3 });
        await copy(source, open("mount/from"), image);
        const { written, mounted, bytes } = await copy(open("mount/from"), open("mount/to"), image);
        assert.deepEqual([written, mounted, bytes], [1, 4, image.size]);
        const { layers } = (await readManifest(open("mount/to"), image)) as ImageManifest;
        for (const layer of layers) assert.equal(await open("mount/to").has(layer), true);
        if (tokens !== undefined) {
          const both = tokens.given.filter((scopes) => scopes.some((scope) => scope.startsWith("repository:mount/from:")));
          assert.ok(both.some((scopes) => scopes.some((scope) => scope.startsWith("repository:mount/to:"))));
        }
      });

      test("tags are listed, made once, and moved", async () => {
        const store = open("team/tags");
        assert.deepEqual(await Array.fromAsync(store.tags()), []);
        const [first, second] = [await anImage(source), await anImage(source)];
        for (const image of [first, second]) await copy(source, store, image);
        for (const tag of ["b", "a", "latest", "9", "10"]) await store.tag(parseTag(tag), first);
        assert.deepEqual(await Array.fromAsync(store.tags()), ["10", "9", "a", "b", "latest"]);
        const { outcome } = await store.tag(parseTag("a"), second, { ifAbsent: true });
        assert.equal(outcome, "present");
        assert.deepEqual(await store.tag(parseTag("latest"), second), { outcome: "moved" });
        assert.equal((await store.resolve(parseTag("latest")))?.digest, second.digest);
      });

      test("what refers to an image is listed at the fallback tag, filtered, and taken off when it is deleted", async () => {
        const store = open("team/referred");
        const image = await anImage(source);
        await copy(source, store, image);
        assert.deepEqual(await store.referrers(image.digest), []);
        const attached: Descriptor[] = [];
        for (const artifactType of ["application/vnd.example.a", "application/vnd.example.b"]) {
          const artifact = await anArtifact(source, { artifactType, subject: image, annotations: { of: artifactType } });
          await copy(source, store, artifact);
          attached.push(artifact);
        }
        const [a, b] = attached;
        assert.ok(a !== undefined && b !== undefined);
        const listed = await store.referrers(image.digest);
        assert.deepEqual(listed.map(({ digest }) => digest).toSorted(), [a.digest, b.digest].toSorted());
        const [only, ...others] = await store.referrers(image.digest, { artifactType: "application/vnd.example.b" });
        assert.deepEqual([only?.digest, only?.annotations, others], [b.digest, { of: "application/vnd.example.b" }, []]);
        assert.ok((await Array.fromAsync(store.tags())).includes(parseTag(image.digest.replace(":", "-"))));

        assert.equal(await store.delete(a), true);
        assert.deepEqual(
          (await store.referrers(image.digest)).map(({ digest }) => digest),
          [b.digest],
        );
      });

      test(`manifests and blobs are deleted; ${deletesTags ? "a tag alone too" : "a tag alone cannot be, which is told"}`, async () => {
        const store = open("team/deleted");
        const image = await anImage(source, { layers: 1 });
        await copy(source, store, image);
        const [kept, gone] = [parseTag("kept"), parseTag("gone")];
        for (const tag of [kept, gone]) await store.tag(tag, image);
        if (deletesTags) {
          assert.equal(await store.deleteTag(gone), true);
          assert.equal(await store.deleteTag(gone), false);
        } else {
          const failure = await failureOf(store.deleteTag(gone), "REGISTRY_ERROR");
          assert.match(failure.message, /does not delete/);
        }
        assert.deepEqual(await Array.fromAsync(store.tags()), deletesTags ? [kept] : [gone, kept]);
        const { layers } = (await readManifest(store, image)) as ImageManifest;
        assert.equal(await store.delete(image), true);
        assert.equal(await store.delete(image), false);
        assert.equal(await store.resolve(image.digest), undefined);
        assert.equal(await store.resolve(kept), undefined);
        const [layer] = layers;
        assert.ok(layer !== undefined && !isManifestType(layer.mediaType));
        assert.equal(await store.delete(layer), true);
        assert.equal(await store.delete(layer), false);
        assert.equal(await store.has(layer), false);
      });
    });
  }
}
