import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { RuntimeConfig } from "../../src/oci/index.ts";
import { validate } from "../../src/validate/index.ts";
import type { TarEntry } from "../support/tar.ts";
import { anImage, type ImageParts } from "./support.ts";

/** The first bytes of a 64-bit little-endian ELF program for a machine. */
function elf(machine: number): Uint8Array {
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head.writeUInt16LE(machine, 18);
  return head;
}

const amd64 = elf(62);
const arm64 = elf(183);

async function seen(
  config: RuntimeConfig,
  layers: readonly (readonly TarEntry[])[],
  parts: Partial<ImageParts> = {},
): Promise<readonly string[]> {
  const { store, root } = await anImage({ ...parts, config, layers });
  return (await validate({ store, root, expected: {} })).map(({ code, message }) => `${code}: ${message}`);
}

const wrong = (path: string): readonly string[] => [`program-architecture: the image says linux/amd64, but ${path} is a program for arm64`];

suite("the program that an image starts", () => {
  test("must be made for the image's platform", async () => {
    assert.deepEqual(await seen({ Entrypoint: ["/app"] }, [[{ name: "app", content: amd64 }]]), []);
    assert.deepEqual(await seen({ Entrypoint: ["/app"] }, [[{ name: "app", content: arm64 }]]), wrong("/app"));
  });

  test("may be one that the platform's kernel also runs", async () => {
    assert.deepEqual(await seen({ Entrypoint: ["/app"] }, [[{ name: "app", content: elf(3) }]]), []);
  });

  test("is the entrypoint's before the command's", async () => {
    const layer = [
      { name: "good", content: amd64 },
      { name: "bad", content: arm64 },
    ];
    assert.deepEqual(await seen({ Entrypoint: ["/good"], Cmd: ["/bad"] }, [layer]), []);
    assert.deepEqual(await seen({ Entrypoint: [], Cmd: ["/bad"] }, [layer]), wrong("/bad"));
  });

  test("is found through PATH, in the order of its folders", async () => {
    const layer = [
      { name: "a/app", content: arm64 },
      { name: "b/app", content: amd64 },
    ];
    assert.deepEqual(await seen({ Cmd: ["app"], Env: ["PATH=/b:/a"] }, [layer]), []);
    assert.deepEqual(await seen({ Cmd: ["app"], Env: ["PATH=/a:/b"] }, [layer]), wrong("/a/app"));
    assert.deepEqual(await seen({ Cmd: ["app"] }, [[{ name: "usr/bin/app", content: arm64 }]]), wrong("/usr/bin/app"));
  });

  test("is found from the working directory where its name has a slash", async () => {
    assert.deepEqual(await seen({ Cmd: ["./app"], WorkingDir: "/srv" }, [[{ name: "srv/app", content: arm64 }]]), wrong("/srv/app"));
  });

  test("is found through symbolic and hard links, relative and absolute, of folders and of files", async () => {
    const layer: readonly TarEntry[] = [
      { name: "bin", symlink: "usr/bin" },
      { name: "usr/bin/real", content: arm64 },
      { name: "usr/bin/hard", link: "usr/bin/real" },
      { name: "usr/bin/app", symlink: "../bin/hard" },
    ];
    assert.deepEqual(await seen({ Cmd: ["/bin/app"] }, [layer]), wrong("/usr/bin/hard"));
  });

  test("does not make waybill follow links for ever", async () => {
    const layer: readonly TarEntry[] = [
      { name: "a", symlink: "b" },
      { name: "b", symlink: "a" },
    ];
    assert.deepEqual(await seen({ Cmd: ["/a"] }, [layer]), ["program-missing: the image starts /a, which is in none of its layers"]);
  });

  test("is the upper layer's where two have it", async () => {
    const [good, bad] = [[{ name: "app", content: amd64 }], [{ name: "app", content: arm64 }]];
    assert.deepEqual(await seen({ Cmd: ["/app"] }, [bad, good]), []);
    assert.deepEqual(await seen({ Cmd: ["/app"] }, [good, bad]), wrong("/app"));
  });

  test("is gone where an upper layer removed it, and there again where one put it back", async () => {
    const missing = ["program-missing: the image starts /d/app, which is in none of its layers"];
    const there = [{ name: "d/app", content: arm64 }];
    assert.deepEqual(await seen({ Cmd: ["/d/app"] }, [there, [{ name: "d/.wh.app", content: "" }]]), missing);
    assert.deepEqual(await seen({ Cmd: ["/d/app"] }, [there, [{ name: ".wh.d", content: "" }]]), missing);
    assert.deepEqual(await seen({ Cmd: ["/d/app"] }, [there, [{ name: "d/.wh..wh..opq", content: "" }]]), missing);
    assert.deepEqual(await seen({ Cmd: ["/d/app"] }, [there, [{ name: ".wh.d", content: "" }, ...there]]), wrong("/d/app"));
  });

  test("is the interpreter where it is a script", async () => {
    const layer = [
      { name: "run", content: "#!/usr/bin/env -S node --flag\n" },
      { name: "usr/bin/env", content: amd64 },
      { name: "usr/bin/node", content: arm64 },
    ];
    assert.deepEqual(await seen({ Cmd: ["/run"] }, [layer]), wrong("/usr/bin/node"));
    assert.deepEqual(
      await seen({ Cmd: ["/run"] }, [
        [
          { name: "run", content: "#! /bin/sh\n" },
          { name: "bin/sh", content: arm64 },
        ],
      ]),
      wrong("/bin/sh"),
    );
  });

  test("is looked at in every compression that OCI knows", async () => {
    for (const compression of ["gzip", "zstd", "none"] as const) {
      assert.deepEqual(await seen({ Cmd: ["/app"] }, [[{ name: "app", content: arm64 }]], { compression }), wrong("/app"));
    }
  });

  test("may be none, which is noted", async () => {
    assert.deepEqual(await seen({}, [[]]), ["program-none: the image names no program to start"]);
  });
});
