import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { suite, test } from "node:test";
import fc from "fast-check";
import { extract, type Header } from "tar-stream";
import { digestOf } from "../../src/oci/index.ts";
import { archive, type TarEntry } from "../../src/tar/index.ts";

const owner = { uid: 0, gid: 0 };

function aFile(path: string, content: string | Uint8Array, more: { mode?: number; uid?: number; gid?: number } = {}): TarEntry {
  const bytes = Buffer.from(content);
  return {
    kind: "file",
    path,
    mode: 0o644,
    ...owner,
    ...more,
    size: bytes.length,
    open: async function* () {
      yield bytes;
    },
  };
}

async function bytesOf(entries: readonly TarEntry[], mtime = 315_532_800): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(archive(entries, mtime)));
}

/** What a reader that is not ours finds. */
async function read(bytes: Uint8Array): Promise<readonly (Header & { readonly content: string })[]> {
  const found: (Header & { readonly content: string })[] = [];
  for await (const entry of Readable.from([bytes]).pipe(extract()))
    found.push({
      ...(entry.header as Header),
      content: Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Uint8Array>)).toString(),
    });
  return found;
}

suite("a layer's archive", () => {
  test("has the bytes that it always had", async () => {
    const bytes = await bytesOf([
      { kind: "directory", path: "app", mode: 0o755, ...owner },
      aFile("app/hello", "Hello\n", { mode: 0o755, uid: 1000, gid: 1001 }),
      { kind: "symlink", path: "app/link", target: "hello", mode: 0o777, ...owner },
      { kind: "link", path: "app/twin", target: "app/hello", mode: 0o755, ...owner },
      aFile(`${"long/".repeat(60)}ünï`, "x", { uid: 3_000_000_000 }),
    ]);
    assert.equal(digestOf(bytes), "sha256:af06bb040f18b650cb3dd19879b1f440a875c76bd36dbf0e510283961ce3be9f");
  });

  test("is empty blocks where there is nothing", async () => {
    assert.deepEqual(await bytesOf([]), Buffer.alloc(1024));
  });

  test("is read by others as it was written", async () => {
    const names = fc.stringMatching(/^[a-z0-9ä€😀 ._-]{1,120}$/u).filter((name) => name.trim() === name && name !== "." && name !== "..");
    const path = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const attributes = fc.record({ mode: fc.nat(0o7777), uid: fc.nat(0xffffffff), gid: fc.nat(0xffffffff) });
    const entry = fc.oneof(
      fc.tuple(path, attributes, fc.string({ maxLength: 1200 })).map(([name, more, content]) => aFile(name, content, more)),
      fc.tuple(path, attributes).map(([name, more]): TarEntry => ({ kind: "directory", path: name, ...more })),
      fc.tuple(path, attributes, path).map(([name, more, target]): TarEntry => ({ kind: "symlink", path: name, target, ...more })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), fc.nat(2_000_000_000), async (entries, mtime) => {
        const found = await read(await bytesOf(entries, mtime));
        assert.equal(found.length, entries.length);
        for (const [index, one] of entries.entries()) {
          const { name, type, mode, mtime: time, linkname, uid, gid, pax } = found[index] ?? assert.fail();
          const records = pax as Readonly<Record<string, string>> | undefined;
          assert.equal(name.replace(/\/$/, ""), one.path);
          assert.equal(type, one.kind);
          assert.equal((mode ?? 0) & 0o7777, one.mode);
          assert.deepEqual([Number(records?.["uid"] ?? uid), Number(records?.["gid"] ?? gid)], [one.uid, one.gid]);
          assert.equal(time?.getTime(), mtime * 1000);
          if (one.kind === "symlink") assert.equal(linkname, one.target);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("keeps names whole at every length", async () => {
    for (const length of [98, 99, 100, 101, 154, 155, 156, 200, 255, 256, 257, 300]) {
      for (const path of [
        "n".repeat(length),
        `${"d".repeat(length - 2)}/n`,
        `d/${"n".repeat(length - 2)}`,
        `${"ab/".repeat(length / 3)}n`,
      ]) {
        const [found] = await read(await bytesOf([aFile(path, "x")]));
        assert.equal(found?.name, path);
        const [directory] = await read(await bytesOf([{ kind: "directory", path, mode: 0o755, ...owner }]));
        assert.equal(directory?.name.replace(/\/$/, ""), path);
      }
      const target = "t".repeat(length);
      assert.equal((await read(await bytesOf([{ kind: "symlink", path: "l", target, mode: 0o777, ...owner }])))[0]?.linkname, target);
    }
  });

  test("fails where a file is not as long as was said", async () => {
    await assert.rejects(bytesOf([{ ...aFile("a", "abc"), size: 4 } as TarEntry]), /a has 3 bytes, not 4/);
  });
});
