import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { imageSource } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";
import { mediaTypes, parsePlatform } from "../../../src/oci/index.ts";
import { memoryStore, openLayout, type Store } from "../../../src/store/index.ts";
import { aBaseImage, type BaseOptions, imagesOf } from "../../support/base-image.ts";
import { assemble, listing } from "../../support/built.ts";
import { aFolder } from "../../support/folder.ts";
import { anImage, anIndex } from "../../support/images.ts";

const files = { "a.txt": "a" };

async function upon(body: string, base: BaseOptions, store: Store = memoryStore()) {
  return await assemble(`FROM base\n${body}\n`, { files, images: imagesOf(store, { base: await aBaseImage(store, base) }) });
}

suite("an image to build upon", () => {
  test("keeps its layers as they are, under what is built", async () => {
    const store = memoryStore();
    const base = await aBaseImage(store, { layers: [[{ name: "one", content: "1" }], [{ name: "two", content: "2" }]] });
    const { manifest, config, built, layers } = await assemble("FROM base\nCOPY a.txt /\n", { files, images: imagesOf(store, { base }) });
    const inherited = await assemble("FROM base\n", { images: imagesOf(store, { base }) });
    assert.deepEqual(manifest.layers.slice(0, 2), inherited.manifest.layers);
    assert.deepEqual(
      layers.map((layer) => [...layer.keys()]),
      [["one"], ["two"], ["a.txt"]],
    );
    assert.deepEqual(config.rootfs.diff_ids.slice(0, 2), inherited.config.rootfs.diff_ids);
    assert.deepEqual(
      config.history?.map(({ created_by }) => created_by),
      ["layer 0", "layer 1", "COPY a.txt /"],
    );
    assert.deepEqual(built.bases, [{ name: "base", digest: base.digest }]);
  });

  test("gives its settings, and what its config says beside", async () => {
    const { config } = await upon("ENV B=2\nLABEL c=d\n", {
      config: { Env: ["PATH=/bin", "A=1"], Cmd: ["x"], Labels: { a: "b" }, WorkingDir: "/w", Unknown: true },
      more: { author: "someone", extra: { kept: true }, created: "1999-01-01T00:00:00Z" },
    });
    assert.deepEqual(config.config, {
      Env: ["PATH=/bin", "A=1", "B=2"],
      Cmd: ["x"],
      Labels: { a: "b", c: "d" },
      WorkingDir: "/w",
      Unknown: true,
    });
    assert.deepEqual([config["author"], config["extra"], config.created], ["someone", { kept: true }, "1980-01-01T00:00:00Z"]);
  });

  test("may be packed in any way, and named as Docker does", async () => {
    for (const options of [{ packing: "zstd" }, { packing: "none" }, { packing: "gzip" }, { docker: true }] as const) {
      const { files: found, manifest } = await upon("COPY --from=base /tool /copied", {
        ...options,
        layers: [[{ name: "tool", content: "tool", mode: 0o755 }]],
      });
      assert.equal(listing(found)["copied"], "file 755 tool", JSON.stringify(options));
      assert.ok(
        manifest.layers.every(({ mediaType }) => mediaType.startsWith("application/vnd.oci.")),
        JSON.stringify(options),
      );
      assert.equal(manifest.config.mediaType, mediaTypes.ociConfig);
    }
  });

  test("shows its files layer over layer: removed, replaced, linked", async () => {
    const layers: BaseOptions["layers"] = [
      [
        { name: "./d/", type: "directory", mode: 0o755 },
        { name: "./d/gone", content: "gone" },
        { name: "./d/kept", content: "kept", mode: 0o600, uid: 5, gid: 6 },
        { name: "opaque/", type: "directory", mode: 0o700 },
        { name: "opaque/old", content: "old" },
        { name: "was-file", content: "file" },
        { name: "was-dir/", type: "directory", mode: 0o755 },
        { name: "was-dir/inside", content: "inside" },
        { name: "twin", type: "link", linkname: "./d/kept", mode: 0o600, uid: 5, gid: 6 },
        { name: "pipe", type: "fifo" },
      ],
      [
        { name: "d/.wh.gone" },
        { name: "opaque/new", content: "new" },
        { name: "opaque/.wh..wh..opq" },
        { name: "was-file/", type: "directory", mode: 0o755 },
        { name: "was-dir", content: "now a file" },
        { name: "../outside", content: "outside" },
      ],
    ];
    const { layers: written } = await upon(
      "COPY --from=base /d /opaque /1/\nCOPY --from=base /was-file /2/\nCOPY --from=base /was-dir /twin /3/",
      { layers },
    );
    assert.deepEqual(listing(new Map(written.slice(2).flatMap((layer) => [...layer]))), {
      "1": "dir",
      "1/kept": "file 600 5:6 kept",
      "1/new": "file new",
      "2": "dir",
      "3": "dir",
      "3/twin": "file 600 5:6 kept",
      "3/was-dir": "file now a file",
    });
    const { files } = await upon("COPY --from=base --chmod=600 /pipe /x", { layers });
    assert.deepEqual([files.get("x")?.type, files.get("x")?.mode], ["fifo", 0o600]);
    await assert.rejects(upon("COPY --from=base /d/gone /x", { layers }), /the image base has no d\/gone/);
  });

  test("knows the owners that COPY names", async () => {
    const layers: BaseOptions["layers"] = [
      [
        { name: "real/passwd", content: "root:x:0:0::/:/sh\napp:x:1000:1001::/:/sh\nbroken\n:::\n" },
        { name: "etc/passwd", type: "symlink", linkname: "../real/passwd" },
        { name: "etc/group", content: "root:x:0:\nstaff:x:50:app\n" },
      ],
    ];
    const { layers: written } = await upon(
      "COPY --chown=app a.txt /1\nCOPY --chown=app:staff a.txt /2\nCOPY --chown=7:staff a.txt /3\nCOPY --chown=root:9 a.txt /4\nCOPY --chown=12 a.txt /5",
      { layers },
    );
    assert.deepEqual(
      written.slice(1).map((layer) => [...layer.values()].map(({ uid, gid }) => [uid, gid])),
      [[[1000, 1001]], [[1000, 50]], [[7, 50]], [[0, 9]], [[12, 12]]],
    );
    await assert.rejects(upon("COPY --chown=nobody a.txt /1", { layers }), /Dockerfile:2: .*user "nobody".*\/etc\/passwd/);
    await assert.rejects(upon("COPY --chown=app:nobody a.txt /1", { layers }), /Dockerfile:2: .*group "nobody".*\/etc\/group/);
  });

  test("is the one of the platform, attestations aside", async () => {
    const store = memoryStore();
    const base = await anIndex(store, ["linux/amd64", "linux/arm64", "linux/arm/v7"], { attested: true });
    for (const platform of ["linux/amd64", "linux/arm64", "linux/arm/v7"]) {
      const { config, built } = await assemble("FROM base\nCOPY a.txt /\n", { files, platform, images: imagesOf(store, { base }) });
      assert.equal([config.os, config.architecture, config.variant].filter(Boolean).join("/"), platform);
      assert.deepEqual(built.bases, [{ name: "base", digest: base.digest }]);
    }
    await assert.rejects(
      assemble("FROM base\n", { platform: "linux/s390x", images: imagesOf(store, { base }) }),
      (thrown) =>
        thrown instanceof Failure &&
        thrown.code === "BASE_MISSING" &&
        /linux\/s390x; it has linux\/amd64, linux\/arm64, linux\/arm\/v7/.test(thrown.message),
    );
  });

  test("may be of another platform where FROM says so", async () => {
    const store = memoryStore();
    const base = await anIndex(store, ["linux/amd64", "linux/arm64"]);
    const { config } = await assemble("FROM --platform=linux/arm64 base AS other\nFROM scratch\nCOPY --from=other / /\n", {
      images: imagesOf(store, { base }),
    });
    assert.equal(config.architecture, "amd64");
  });

  test("runs its triggers first, and passes none on", async () => {
    const { config, files: found } = await upon("ENV C=3", { config: { OnBuild: ["ENV A=1", "COPY a.txt /triggered/", "ARG X=2"] } });
    assert.deepEqual(config.config?.Env?.slice(1), ["A=1", "C=3"]);
    assert.equal(config.config?.OnBuild, undefined);
    assert.equal(listing(found)["triggered/a.txt"], "file a");
    await assert.rejects(
      upon("ENV C=3", { config: { OnBuild: ["RUN make"] } }),
      (thrown) => thrown instanceof Failure && thrown.code === "ENGINE_UNFIT" && thrown.facts["line"] === 1,
    );
    await assert.rejects(
      upon("ENV C=3", { config: { OnBuild: ["garbage"] } }),
      (thrown) => thrown instanceof Failure && thrown.code === "DOCKERFILE_INVALID",
    );
  });

  test("is found in a layout on disk, by path, tag or further context", async () => {
    await using folder = await aFolder();
    const layout = await openLayout(join(folder.path, "bases"), { create: true, durable: false });
    const base = await anImage(layout, { layers: [{ tool: "tool" }], tag: "v1" });
    const client = { repository: () => assert.fail("no registry is asked") };
    for (const [name, contexts] of [
      ["oci:bases:v1", {}],
      ["oci:bases", {}],
      [`oci:bases@${base.digest}`, {}],
      ["python:3.12", { "python:3.12": "oci:bases" }],
      ["docker.io/library/python:3.12", { "python:3.12": "oci-layout://bases" }],
    ] as const) {
      const images = imageSource({ client, contexts, root: folder.path });
      const { built, files: found } = await assemble(`FROM ${name}\nCOPY --from=${name} /tool /copied\n`, { images });
      assert.deepEqual(built.bases, [{ name, digest: base.digest }]);
      assert.equal(listing(found)["copied"], "file tool");
    }
  });

  test("fails the build where it is not there, or is no archive", async () => {
    await assert.rejects(assemble("FROM nowhere\n"), (thrown) => thrown instanceof Failure && thrown.code === "BASE_MISSING");
    const store = memoryStore();
    const base = await aBaseImage(store, { packing: "none", layers: [[{ name: "x", content: "x".repeat(600) }]] });
    const images = {
      image: async () => ({
        pinned: "x",
        root: base,
        store: {
          ...store,
          read: (of: Parameters<Store["read"]>[0]) => (of.mediaType === mediaTypes.ociLayer ? garbage() : store.read(of)),
        },
      }),
    };
    await assert.rejects(assemble("FROM base\nCOPY --from=base /x /y\n", { images }), Failure);
  });
});

async function* garbage(): AsyncIterable<Uint8Array> {
  yield Buffer.alloc(2048, "garbage");
}

suite("the layers of an image to build upon", () => {
  /** An image of two layers, and how often each was read. */
  async function counted() {
    const store = memoryStore();
    const passwd = { name: "etc/passwd", content: "app:x:1000:1001::/:/sh\n" };
    const root = await aBaseImage(store, { layers: [[{ name: "tool", content: "tool" }, passwd], [{ name: "more", content: "more" }]] });
    const reads: string[] = [];
    const counting: Store = {
      ...store,
      read: (of, options) => {
        if (of.mediaType === mediaTypes.ociLayerGzip) reads.push(of.digest);
        return store.read(of, options);
      },
    };
    return { reads, images: { image: async () => ({ pinned: "base", root, store: counting }) } };
  }

  const cases: readonly (readonly [string, string, number])[] = [
    ["stay where they are where nothing is copied", "FROM base\nENV A=1\nLABEL b=c\n", 0],
    ["are looked through once for what stands where files go", "FROM base\nCOPY a.txt /\nCOPY a.txt /b\nWORKDIR /c\n", 2],
    ["need not be fetched for owners", "FROM base\nCOPY --chown=app a.txt /\n", 2],
    [
      "are fetched once where files are copied out of them",
      "FROM scratch\nCOPY --from=base /tool /more /\nCOPY --from=base /more /again\n",
      2,
    ],
    [
      "are fetched once for a stage that adds nothing",
      "FROM base AS one\nFROM scratch\nCOPY --from=one /tool /\nCOPY --from=one /tool /again\n",
      3,
    ],
  ];
  for (const [what, dockerfile, expected] of cases) {
    test(what, async () => {
      const { reads, images } = await counted();
      const { built, store } = await assemble(dockerfile, { files, images });
      // Reading what was built reads the base's layers too, which are not in the store.
      const own = built.elsewhere?.size ?? 0;
      assert.equal(reads.length - own, expected);
      for (const digest of built.elsewhere?.keys() ?? []) assert.equal(await store.locate(digest), undefined, digest);
    });
  }

  test("are not packed for a stage that is only copied from", async () => {
    const { built, store, manifest } = await assemble(
      "FROM scratch AS one\nCOPY a.txt /x/\nFROM one AS two\nCOPY a.txt /y/\nFROM scratch\nCOPY --from=two / /\n",
      { files },
    );
    assert.equal(manifest.layers.length, 1);
    const alone = await assemble("FROM scratch\nCOPY a.txt /x/\n", { files });
    const [layer] = alone.manifest.layers;
    assert.ok(layer !== undefined && (await alone.store.has(layer)));
    assert.equal(await store.has(layer), false);
    assert.equal(built.elsewhere?.size, 0);
  });
});

suite("stages", () => {
  test("give files and settings to those upon them, and files to those that copy", async () => {
    const {
      files: found,
      config,
      manifest,
    } = await assemble(
      'FROM scratch AS one\nARG V=v\nCOPY --chown=3:4 --chmod=700 a.txt /x/\nENV A=1\nCMD ["c"]\nFROM one AS two\nENV B=$A$V\nENTRYPOINT ["e"]\nFROM two\nCOPY --from=one /x /y\nCOPY --from=1 x/a.txt /z\n',
      { files },
    );
    assert.deepEqual(listing(found), {
      x: "dir 700 3:4",
      "x/a.txt": "file 700 3:4 a",
      y: "dir",
      "y/a.txt": "file 700 3:4 a",
      z: "file 700 3:4 a",
    });
    assert.deepEqual(config.config?.Env?.slice(1), ["A=1", "B=1v"]);
    assert.deepEqual([config.config?.Cmd, config.config?.Entrypoint], [undefined, ["e"]]);
    assert.equal(manifest.layers.length, 3);
  });

  test("are not built where the target does not need them", async () => {
    const { files: found, events } = await assemble("FROM nowhere AS a\nRUN make\nFROM scratch AS b\nCOPY a.txt /\nFROM a\nCOPY c /\n", {
      files,
      target: "b",
    });
    assert.deepEqual(listing(found), { "a.txt": "file a" });
    assert.ok(events.every((event) => event.kind !== "build" || event.id === "Dockerfile:4"));
  });

  test("change apart from one another", async () => {
    const { files: found } = await assemble(
      "FROM scratch AS a\nCOPY a.txt /1\nFROM a AS b\nCOPY a.txt /2\nFROM a AS c\nCOPY a.txt /3\nFROM scratch\nCOPY --from=c / /c/\nCOPY --from=b / /b/\nCOPY --from=a / /a/\n",
      { files },
    );
    assert.deepEqual(Object.keys(listing(found)), ["a", "a/1", "b", "b/1", "b/2", "c", "c/1", "c/3"]);
  });

  test("of the platform's own arguments know what they are built for", async () => {
    const { config } = await assemble(
      "FROM scratch\nARG TARGETARCH TARGETVARIANT TARGETPLATFORM\nENV A=$TARGETARCH B=$TARGETVARIANT C=$TARGETPLATFORM D=$TARGETOS\n",
      { platform: "linux/arm/v7" },
    );
    assert.deepEqual(config.config?.Env?.slice(1), ["A=arm", "B=v7", "C=linux/arm/v7", "D="]);
    assert.deepEqual(parsePlatform("linux/arm/v7").variant, "v7");
  });
});
