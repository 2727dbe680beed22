// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { packedGaps } from "../../../src/build/assemble/packed-gaps.ts";
import { chooseEngine, engineFor, explainEngine, type GapInputs, parseDockerfile } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";
import { parsePlatform } from "../../../src/oci/index.ts";
import { aContext, type ContextFiles } from "../../support/context.ts";

const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]);
const files: ContextFiles = {
  "rootfs.tar": xz,
  "old.tar": "BZh91AY&SY",
  "named.tar.xz": gzipSync("nothing of xz"),
  "a.txt": "a",
  "dir/in.tar": xz,
  "arm64.tar": xz,
  "first.tar": xz,
  link: { link: "rootfs.tar" },
};

function inputs(more: Partial<GapInputs> = {}): GapInputs {
  return { context: aContext(files), ignore: undefined, args: {}, platform: parsePlatform("linux/amd64"), ...more };
}

const gaps = async (body: string, given: GapInputs | undefined = inputs(), target?: string) =>
  (await packedGaps(parseDockerfile({ name: "Dockerfile", text: `FROM scratch AS first\n${body}\n` }), target, given)).map(
    ({ line, why, text }) => [line, why, text],
  );

suite("what is packed with bzip2 or xz", () => {
  test("is told by its first bytes, whatever it is called", async () => {
    assert.deepEqual(await gaps("ADD rootfs.tar /\nADD old.tar /\nADD named.tar.xz /\nADD a.txt dir /x/"), [
      [2, "rootfs.tar is packed with xz", "ADD rootfs.tar /"],
      [3, "old.tar is packed with bzip2", "ADD old.tar /"],
    ]);
  });

  test("is found behind links, patterns, variables and triggers", async () => {
    assert.deepEqual((await gaps("ADD link /")).length, 1);
    assert.deepEqual((await gaps('ADD ["*.tar", "/"]'))[0]?.[1], "arm64.tar is packed with xz");
    assert.deepEqual((await gaps("ARG NAME=rootfs\nENV EXT=tar\nADD $NAME.${EXT} /"))[0]?.[0], 4);
    assert.deepEqual(
      (await gaps("ARG NAME=a\nADD $NAME.tar /", inputs({ args: { NAME: "old" } })))[0]?.[1],
      "old.tar is packed with bzip2",
    );
    assert.deepEqual((await gaps("ARG TARGETARCH\nADD $TARGETARCH.tar /", inputs({ platform: parsePlatform("linux/arm64") }))).length, 1);
    // The last stage is the target where none is named.
    assert.deepEqual((await gaps("ARG TARGETSTAGE\nADD $TARGETSTAGE.tar /")).length, 1);
    assert.deepEqual((await gaps("ENV A=rootfs\nFROM first\nADD $A.tar /"))[0]?.[0], 4);
    assert.deepEqual((await gaps("ONBUILD ADD rootfs.tar /\nFROM first\nCOPY a.txt /"))[0]?.[0], 2);
  });

  test("does not matter where it is not unpacked, not sent, or not reached", async () => {
    for (const body of [
      "COPY rootfs.tar /",
      "ADD --unpack=false rootfs.tar /",
      "ADD dir /",
      "ADD nothing.tar /",
      "ADD <<rootfs.tar /x\nrootfs.tar",
      "ADD $UNKNOWN /",
    ])
      assert.deepEqual(await gaps(body), [], body);
    assert.deepEqual(await gaps("ADD rootfs.tar /", inputs({ ignore: "*.tar\n" })), []);
    assert.deepEqual(await gaps("COPY a.txt /\nFROM scratch\nADD rootfs.tar /", inputs(), "first"), []);
  });

  test("is told by its name where the context is not at hand", async () => {
    const found = await packedGaps(
      parseDockerfile({ name: "Dockerfile", text: "FROM scratch\nADD a.tar.xz b.tar /\nADD c.tar /\n" }),
      undefined,
    );
    assert.deepEqual(
      found.map(({ line, why }) => [line, why]),
      [[2, "a.tar.xz is packed with bzip2 or xz, by its name"]],
    );
  });

  test("goes to a builder, and the choice says why", async () => {
    const dockerfile = { name: "Dockerfile", text: "FROM scratch\nCOPY a.txt /\nADD rootfs.tar /\n" };
    assert.deepEqual(await engineFor("auto", dockerfile, { inputs: inputs() }), {
      name: "buildx",
      why: "Dockerfile:3 is ADD: rootfs.tar is packed with xz",
    });
    const nowhere = { env: { PATH: "/nowhere", HOME: "/nowhere" }, tempDir: "/nowhere", inputs: inputs() };
    await assert.rejects(
      chooseEngine("assemble", dockerfile, nowhere),
      (thrown) =>
        thrown instanceof Failure &&
        thrown.code === "ENGINE_UNFIT" &&
        /^Dockerfile:3: .*rootfs\.tar is packed with xz\n {2}3 \| ADD rootfs\.tar \/$/.test(thrown.message),
    );
    const { engine, lines } = await explainEngine("auto", dockerfile, nowhere);
    assert.deepEqual([engine, lines[0]], [undefined, "Dockerfile:3 is ADD: rootfs.tar is packed with xz"]);
  });
});
