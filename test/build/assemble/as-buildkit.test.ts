// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ImageSource } from "../../../src/build/index.ts";
import { memoryStore } from "../../../src/store/index.ts";
import { aBaseImage, imagesOf, rawTar } from "../../support/base-image.ts";
import { assemble, listing } from "../../support/built.ts";
import type { ContextFiles } from "../../support/context.ts";

/** What was found by building the same with BuildKit. */
suite("what BuildKit does beyond the reference", () => {
  let images: ImageSource;
  const build = async (dockerfile: string, files: ContextFiles = { a: "a" }) => await assemble(dockerfile, { files, images });

  before(async () => {
    const store = memoryStore();
    const passwd = "root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n";
    const base = await aBaseImage(store, { layers: [[{ name: "etc/passwd", content: passwd }]], config: { Env: ["A=base"] } });
    images = imagesOf(store, { base });
  });

  test("a WORKDIR that is made belongs to the user, and an absolute one is kept as written", async () => {
    const { files, config } = await build("FROM base\nUSER app\nWORKDIR /w/x/\n");
    assert.deepEqual([listing(files)["w"], listing(files)["w/x"], config.config?.WorkingDir], ["dir 1000:1001", "dir 1000:1001", "/w/x/"]);
    const { files: unknown } = await build("FROM base\nUSER nobody\nWORKDIR /w\n");
    assert.equal(listing(unknown)["w"], "dir");
  });

  test("a base without a PATH gets one behind what it has", async () => {
    const { config } = await build("FROM base\nCOPY a /\n");
    assert.deepEqual(
      config.config?.Env?.map((one) => one.split("=", 1)[0]),
      ["A", "PATH"],
    );
  });

  test("of ENV and ARG the last one counts", async () => {
    const { config } = await build(
      "FROM base\nARG A=arg\nENV B=$A\nENV A=env\nENV C=$A\nFROM base\nENV A=env\nARG A=arg\nENV D=$A\nARG A\nENV E=$A\n",
    );
    assert.deepEqual(config.config?.Env?.slice(-2), ["D=arg", "E=arg"]);
    const { config: first } = await build("FROM base\nARG A=arg\nENV B=$A\nENV A=env\nENV C=$A\n");
    assert.deepEqual(first.config?.Env?.slice(-2), ["B=arg", "C=env"]);
  });

  test("triggers of an earlier stage run in the stage upon it, with their here-documents, and no further", async () => {
    const { files, config } = await build(
      "FROM scratch AS one\nONBUILD COPY <<-EOF /x\n\ttabs\nEOF\nFROM one AS two\nFROM two\nCOPY a /\n",
    );
    assert.deepEqual([listing(files)["x"], config.config?.["OnBuild"]], ["file tabs\n", undefined]);
    const { config: kept } = await build("FROM scratch\nONBUILD COPY <<-EOF /x\n\ttabs\nEOF\n");
    assert.deepEqual(kept.config?.["OnBuild"], ["COPY <<-EOF /x\n\ttabs\nEOF"]);
  });

  test("a trigger may need a stage that nobody else does", async () => {
    const { files } = await build(
      "FROM scratch AS files\nCOPY a /made\nFROM scratch AS one\nONBUILD COPY --from=files /made /\nFROM one\nCOPY a /\n",
    );
    assert.equal(listing(files)["made"], "file a");
  });

  test("ADD unpacks each archive that a pattern matches, among other files, those from before ustar, too", async () => {
    const tar = await rawTar([{ name: "in", content: "packed" }]);
    const old = Buffer.from(tar);
    old.fill(0, 257, 345);
    old.fill(" ", 148, 156);
    const sum = old.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    old.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    const { files } = await build("FROM scratch\nADD *.t* /d/\n", { "a.tar": tar, "b.txt": "b", "c.tgz": gzipSync(tar) });
    assert.deepEqual(listing(files), { d: "dir", "d/b.txt": "file b", "d/in": "file packed" });
    for (const z of [old, gzipSync(old)]) {
      assert.deepEqual(listing((await build("FROM scratch\nADD z /old/\n", { z })).files), { old: "dir", "old/in": "file packed" });
    }
    const { files: whole } = await build("FROM scratch\nADD z /\n", { z: gzipSync("no archive at all") });
    assert.equal(whole.get("z")?.type, "file");
  });

  test("a pattern follows links before it, and none in it", async () => {
    const { files } = await build("FROM scratch\nCOPY link/*.txt /one/\nCOPY l*/*.txt d*/*.txt /two/\n", {
      "dir/a.txt": "a",
      link: { link: "dir" },
    });
    assert.deepEqual(Object.keys(listing(files)), ["one", "one/a.txt", "two", "two/a.txt"]);
  });

  test("a directory that is left out, and holds what is not, keeps its mode", async () => {
    const files: ContextFiles = { d: { directory: true, mode: 0o700 }, "d/x.txt": "x", "d/y.md": "y" };
    const { files: found } = await build("FROM scratch\nCOPY --exclude=** --exclude=!**/*.txt . /x/\n", files);
    assert.deepEqual(listing(found), { x: "dir", "x/d": "dir 700", "x/d/x.txt": "file x" });
  });

  test("a variant is the platform's own", async () => {
    const store = memoryStore();
    const arm = await aBaseImage(store, { platform: "linux/arm/v7" });
    const { config } = await assemble("FROM --platform=linux/arm/v7 arm\nCOPY a /\n", {
      files: { a: "a" },
      images: imagesOf(store, { arm }),
    });
    assert.deepEqual([config.architecture, config.variant], ["amd64", undefined]);
  });
});
