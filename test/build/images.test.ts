import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { imageSource } from "../../src/build/index.ts";
import { Failure } from "../../src/failure/index.ts";
import { parseTag, type RepositoryName } from "../../src/oci/index.ts";
import { memoryRepositories, openLayout } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";
import { anImage } from "../support/images.ts";

function registries() {
  const repositories = memoryRepositories();
  const asked: string[] = [];
  const open = ({ host, repository }: RepositoryName) => {
    asked.push(`${host}/${repository}`);
    return repositories.open(`${host.replace(/[^a-z.]/g, "")}/${repository}`);
  };
  return { asked, open, client: { repository: open } };
}

const of = (host: string, repository: string): RepositoryName => ({ host, repository });

suite("images that a Dockerfile names", () => {
  test("are found in registries by tag, by digest, or as latest", async () => {
    const { client, open, asked } = registries();
    const store = open(of("registry.example", "team/base"));
    const root = await anImage(store, { tag: "latest" });
    await store.tag(parseTag("12"), root);
    const images = imageSource({ client, contexts: {}, root: "/" });
    for (const name of [
      "registry.example/team/base",
      "registry.example/team/base:12",
      `registry.example/team/base@${root.digest}`,
      `registry.example/team/base:12@${root.digest}`,
    ]) {
      const found = await images.image(name);
      assert.deepEqual([found.root.digest, found.pinned], [root.digest, `registry.example/team/base@${root.digest}`], name);
    }
    assert.deepEqual(new Set(asked), new Set(["registry.example/team/base"]));
  });

  test("are Docker Hub's where they name no registry", async () => {
    const { client, asked } = registries();
    await assert.rejects(imageSource({ client, contexts: {}, root: "/" }).image("debian:12"), Failure);
    assert.equal(asked.length, 1);
    assert.match(asked[0] ?? "", /docker\.io\/library\/debian$/);
  });

  test("are further contexts' first, by the name as it stands or in full", async () => {
    const { client, open } = registries();
    const root = await anImage(open(of("mirror.example", "debian")), { tag: "12" });
    for (const [name, wanted] of [
      ["debian:12", "debian:12"],
      ["debian:12", "docker.io/library/debian:12"],
      ["docker.io/library/debian:12", "debian:12"],
      ["base", "base"],
    ] as const) {
      const images = imageSource({ client, contexts: { [name]: "docker-image://mirror.example/debian:12" }, root: "/" });
      assert.equal((await images.image(wanted)).pinned, `mirror.example/debian@${root.digest}`, `${name} ${wanted}`);
    }
  });

  test("are found in layouts, relative to the repository", async () => {
    await using folder = await aFolder();
    const layout = await openLayout(join(folder.path, "bases/one"), { create: true, durable: false });
    const root = await anImage(layout, { tag: "v1" });
    const images = imageSource({ ...registries(), contexts: { base: "oci-layout://bases/one" }, root: folder.path });
    for (const name of ["oci:bases/one", "oci:bases/one:v1", `oci:bases/one@${root.digest}`, "base"])
      assert.equal((await images.image(name)).root.digest, root.digest, name);
    await anImage(layout, { tag: "v2" });
    await assert.rejects(images.image("oci:bases/one"), /no image latest/);
  });

  test("fail as missing bases, with the reason", async () => {
    const { client } = registries();
    const images = imageSource({ client, contexts: { alias: "registry.example/none:1" }, root: "/" });
    const cases: readonly (readonly [string, RegExp])[] = [
      ["registry.example/none:1", /registry\.example\/none:1 cannot be had/],
      ["alias", /alias \(registry\.example\/none:1\) cannot be had/],
      ["oci:/does/not/exist", /oci:\/does\/not\/exist cannot be had/],
      ["NOT A NAME", /cannot be had/],
      ["constructor", /constructor cannot be had/],
      ["__proto__", /cannot be had/],
      ["", /cannot be had/],
    ];
    for (const [name, message] of cases) {
      await assert.rejects(
        images.image(name),
        (thrown) =>
          thrown instanceof Failure && thrown.code === "BASE_MISSING" && message.test(thrown.message) && thrown.hint !== undefined,
        name,
      );
    }
  });
});
