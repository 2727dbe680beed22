import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { pack } from "tar-stream";
import { TarError, type TarHeader, tarEntries } from "../../src/tar/index.ts";
import { base256, headerOf, oldSparse, pax, type RawBlock, rawBlocks, sparsePax } from "../support/tar-blocks.ts";

/** How many archives each test makes up, and from which number on; fast-check says both of what fails. */
const numRuns = Number(process.env["WAYBILL_FUZZ_RUNS"] ?? 1_500);
const seed = Number(process.env["WAYBILL_FUZZ_SEED"] ?? 1);

type Found = TarHeader & { readonly content: string };

/** All entries of an archive that comes in chunks of a size. */
async function read(bytes: Uint8Array, chunk = bytes.length): Promise<readonly Found[]> {
  const chunks = async function* (): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += Math.max(chunk, 1)) yield bytes.slice(at, at + Math.max(chunk, 1));
  };
  const found: Found[] = [];
  for await (const { header, content } of tarEntries(chunks()))
    found.push({ ...header, content: Buffer.concat(await Array.fromAsync(content)).toString("latin1") });
  return found;
}

const readBlocks = async (...entries: readonly (RawBlock | Buffer | null)[]): Promise<readonly Found[]> => await read(rawBlocks(entries));
const broken = async (message: RegExp, ...entries: readonly (RawBlock | Buffer | null)[]): Promise<void> =>
  await assert.rejects(readBlocks(...entries), (thrown) => thrown instanceof TarError && message.test(thrown.message), String(message));
const named = (found: readonly Found[]) => found.map(({ name, type, content }) => [name, type, content]);

suite("an archive", () => {
  test("is read as another program wrote it, however it comes in chunks", async () => {
    const archive = pack();
    archive.entry({ name: `${"long/".repeat(50)}ünï`, mode: 0o4755, uid: 5, gid: 6 }, Buffer.alloc(1_500, "x"));
    archive.entry({ name: "dir", type: "directory", mode: 0o711 });
    archive.entry({ name: "link", type: "symlink", linkname: `../${"far/".repeat(40)}` });
    archive.entry({ name: "twin", type: "link", linkname: "a" });
    archive.entry({ name: "null", type: "character-device", devmajor: 1, devminor: 3 });
    archive.finalize();
    const bytes = Buffer.concat(await Array.fromAsync(archive as unknown as AsyncIterable<Uint8Array>));
    const expected = [
      [`${"long/".repeat(50)}ünï`, "file", "x".repeat(1_500)],
      ["dir", "directory", ""],
      ["link", "symlink", ""],
      ["twin", "link", ""],
      ["null", "character-device", ""],
    ];
    for (const chunk of [1, 7, 511, 512, 513, 100_000]) {
      const found = await read(bytes, chunk);
      assert.deepEqual(named(found), expected);
      assert.deepEqual([found[0]?.mode, found[0]?.uid, found[0]?.gid], [0o4755, 5, 6]);
      assert.deepEqual([found[2]?.linkname, found[4]?.devmajor, found[4]?.devminor], [`../${"far/".repeat(40)}`, 1, 3]);
    }
  });

  test("ends at two blocks of zeros, whatever stands behind them; or where its bytes end", async () => {
    const entry = headerOf({ name: "a" });
    assert.deepEqual(named(await read(rawBlocks([{ name: "a" }, Buffer.alloc(1024), { name: "b" }]))), [["a", "file", ""]]);
    for (const bytes of [entry, Buffer.concat([entry, Buffer.alloc(512)])]) assert.equal((await read(bytes)).length, 1);
    assert.deepEqual(await read(Buffer.alloc(0)), []);
    await broken(/zeros stands between/, { name: "a" }, Buffer.alloc(512), { name: "b" });
  });

  test("may lack the padding of its last entry, and nothing else", async () => {
    const whole = rawBlocks([{ content: "x".repeat(600) }, null]);
    assert.equal((await read(whole.subarray(0, 512 + 600))).length, 1);
    for (const length of [1, 100, 511, 512 + 1, 512 + 599])
      await assert.rejects(read(whole.subarray(0, length)), (thrown) => thrown instanceof TarError && /ends early/.test(thrown.message));
  });

  test("of GNU tar has long names in entries of their own, and numbers in base 256", async () => {
    const long = `${"n".repeat(300)}`;
    const [found] = await readBlocks(
      { name: "././@LongLink", flag: "L", magic: "gnu", content: `${long}\0` },
      { name: "././@LongLink", flag: "K", magic: "gnu", content: "to/there\0" },
      { name: "n", flag: "2", magic: "gnu", uid: base256(4_000_000_000n, 8), gid: base256(-2n, 8) },
    );
    assert.deepEqual([found?.name, found?.linkname, found?.uid, found?.gid], [long, "to/there", 4_000_000_000, -2]);
  });

  test("of before ustar is read as well: a name with a slash behind it is a directory", async () => {
    assert.deepEqual(
      named(await readBlocks({ name: "d/", flag: "\0", magic: "v7" }, { name: "d/f", flag: "\0", magic: "v7", content: "f" })),
      [
        ["d/", "directory", ""],
        ["d/f", "file", "f"],
      ],
    );
  });

  test("has names in two fields, in the way of its format", async () => {
    assert.equal((await readBlocks({ name: "f", prefix: "p/q" }))[0]?.name, "p/q/f");
    assert.equal((await readBlocks({ name: "f", prefix: "p", magic: "star" }))[0]?.name, "p/f");
    assert.equal((await readBlocks({ name: "f", prefix: "", magic: "gnu", over: { 345: Buffer.from("00000000001\0") } }))[0]?.name, "f");
  });

  test("has contents only where there is a file: the size of all else counts for nothing", async () => {
    for (const flag of ["1", "2", "3", "4", "5", "6"])
      assert.deepEqual(
        (await readBlocks({ name: "a", flag, size: 700 }, { name: "b" })).map(({ name, size }) => [name, size]),
        [
          ["a", 0],
          ["b", 0],
        ],
      );
  });
});

suite("pax headers", () => {
  test("say more of the next entry, and only of that", async () => {
    const value = Buffer.from([1, 0, 0, 2, 0xff, 0x80, 0, 10]);
    const found = await readBlocks(
      pax([
        ["path", "päth/to"],
        ["uid", "3000000000"],
        ["gid", "7"],
        ["SCHILY.xattr.security.capability", value],
        ["size", "3"],
      ]),
      { name: "f", size: 0, content: "abc" },
      { name: "g", content: "g" },
    );
    assert.deepEqual(named(found), [
      ["päth/to", "file", "abc"],
      ["g", "file", "g"],
    ]);
    assert.deepEqual([found[0]?.uid, found[0]?.gid, found[1]?.uid], [3_000_000_000, 7, 0]);
    assert.deepEqual([...(found[0]?.xattrs ?? [])], [["security.capability", value]]);
  });

  test("that are global say nothing", async () => {
    assert.deepEqual(named(await readBlocks(pax([["path", "other"]], "g"), { name: "f" }, { name: "g" })), [
      ["f", "file", ""],
      ["g", "file", ""],
    ]);
  });

  test("with an empty value take nothing back", async () => {
    assert.equal(
      (
        await readBlocks(
          pax([
            ["path", ""],
            ["uid", ""],
          ]),
          { name: "f", uid: 5 },
        )
      )[0]?.name,
      "f",
    );
  });

  const wrong: Readonly<Record<string, string>> = {
    "a length that is too long": "99 path=a\n",
    "a length that is too short": "7 path=abc\n",
    "a length that is none": "x path=a\n",
    "a length that is negative": "-9 path=a\n",
    "a length of zero": "0 path=a\n",
    "a length of twenty digits": "00000000000000000010 path=a\n",
    "a length in hexadecimal": "0xa path=a\n",
    "no equals sign": "9 patha\n\n",
    "an equals sign in the next record": "5 a\n\n7 b=c\n",
    "no key": "6 =ab\n",
    "no line end": "9 path=ab",
    "a zero byte in its path": "12 path=a\0b\n",
    "a zero byte in its key": "9 p\0=ab\n\n",
    "a size that is no number": "13 size=12x\n",
    "a size that nobody counts to": `${29} size=${"9".repeat(20)}\n`,
    "a size below zero": "11 size=-1\n",
    "an owner that is no number": "9 uid=1.5\n",
  };
  for (const [what, content] of Object.entries(wrong)) {
    test(`with ${what} are refused`, async () => {
      await assert.rejects(readBlocks(pax(content), { name: "f" }), TarError);
    });
  }

  test("of a mebibyte and more are refused before they are read", async () => {
    await broken(/a header says that it has 1073741824 bytes/, { flag: "x", size: 2 ** 30 }, null);
    await broken(/a header says that it has/, { flag: "L", size: base256(-5n, 12) }, null);
  });
});

suite("headers", () => {
  const wrong: Readonly<Record<string, RawBlock | Buffer>> = {
    "another sum": { sum: 1 },
    "a size below zero": { size: base256(-1n, 12) },
    "a size that nobody counts to": { size: base256(2n ** 80n, 12) },
    "a size of eight exbibytes that is not there": { size: base256(2n ** 52n, 12) },
    "a size that is no number": { size: Buffer.from("12x4567890a\0") },
    "a mode that is no number": { mode: Buffer.from("9999999\0") },
    "random bytes": Buffer.from("never a header ".repeat(40)).subarray(0, 512),
  };
  for (const [what, entry] of Object.entries(wrong)) test(`with ${what} are refused`, async () => await broken(/./, entry));

  test("with numbers between spaces are read", async () => {
    assert.equal((await readBlocks({ size: Buffer.from("          3 "), content: "abc" }))[0]?.content, "abc");
  });
});

suite("sparse files", () => {
  const data = "first" + "second" + "3";
  const pieces = [
    [3, 5],
    [1_000, 6],
    [300_000, 1],
  ] as const;
  const size = 700_000;
  const whole = Buffer.alloc(size);
  whole.write("first", 3);
  whole.write("second", 1_000);
  whole.write("3", 300_000);
  const flat = pieces.flat().join(",");
  const after = { name: "after", content: "after" };
  const lines = Buffer.from(`3\n${pieces.flat().join("\n")}\n`);
  const map = Buffer.concat([lines, Buffer.alloc(512 - lines.length)]);
  const many = Array.from({ length: 30 }, (_, at) => [at * 10, 1] as const);

  const formats: Readonly<Record<string, readonly RawBlock[]>> = {
    "GNU's old format": [{ name: "f", flag: "S", magic: "gnu", content: data, over: oldSparse(pieces, false, size) }],
    "pax 0.0": [
      pax([
        ["GNU.sparse.size", String(size)],
        ["GNU.sparse.numblocks", "3"],
        ...pieces.flatMap(([offset, length]) => [
          ["GNU.sparse.offset", String(offset)] as const,
          ["GNU.sparse.numbytes", String(length)] as const,
        ]),
      ]),
      { name: "f", content: data },
    ],
    "pax 0.1": [
      sparsePax({ major: "0", minor: "1", name: "f", size: String(size), numblocks: "3", map: flat }),
      { name: "GNUSparseFile.1/f", content: data },
    ],
    "pax 1.0": [
      sparsePax({ major: "1", minor: "0", name: "f", realsize: String(size) }),
      { name: "GNUSparseFile.1/f", content: Buffer.concat([map, Buffer.from(data)]) },
    ],
  };
  for (const [format, entries] of Object.entries(formats)) {
    test(`of ${format} have zeros in their holes`, async () => {
      const found = await readBlocks(...entries, after);
      assert.deepEqual(
        found.map(({ name, type, size: bytes }) => [name, type, bytes]),
        [
          ["f", "file", size],
          ["after", "file", 5],
        ],
      );
      assert.ok(Buffer.from(found[0]?.content ?? "", "latin1").equals(whole));
    });

    test(`of ${format} may be left unread`, async () => {
      const names: string[] = [];
      for await (const { header } of tarEntries(
        (async function* () {
          yield rawBlocks([...entries, after]);
        })(),
      ))
        names.push(header.name);
      assert.deepEqual(names, ["f", "after"]);
    });
  }

  test("of GNU's old format may have maps that go on in further blocks", async () => {
    const block = (from: number, to: number, more: boolean): Buffer => {
      const bytes = Buffer.alloc(512);
      for (const [at, part] of Object.entries(oldSparse(many.slice(from, to), more))) part.copy(bytes, Number(at));
      return bytes;
    };
    const [found, next] = await readBlocks(
      {
        name: "f",
        flag: "S",
        magic: "gnu",
        content: "x".repeat(30),
        over: oldSparse(many.slice(0, 4), true, 1_000),
        between: Buffer.concat([block(4, 25, true), block(25, 30, false)]),
      },
      after,
    );
    const expected = Buffer.alloc(1_000);
    for (const [offset] of many) expected.write("x", offset);
    assert.ok(Buffer.from(found?.content ?? "", "latin1").equals(expected));
    assert.equal(next?.name, "after");
  });

  const wrong: Readonly<Record<string, readonly RawBlock[]>> = {
    "pieces that overlap": [sparsePax({ size: "100", numblocks: "2", map: "0,5,3,6" }), { content: "x".repeat(11) }],
    "pieces out of order": [sparsePax({ size: "100", numblocks: "2", map: "50,5,3,6" }), { content: "x".repeat(11) }],
    "a piece behind the end": [sparsePax({ size: "100", numblocks: "1", map: "99,5" }), { content: "x".repeat(5) }],
    "a piece below zero": [sparsePax({ size: "100", numblocks: "1", map: "-5,5" }), { content: "x".repeat(5) }],
    "a length below zero": [sparsePax({ size: "100", numblocks: "2", map: "5,-5,5,5" }), { content: "" }],
    "a size below zero": [sparsePax({ major: "0", minor: "1", size: "-100", numblocks: "0" }), { content: "" }],
    "more data than its map has": [sparsePax({ size: "100", numblocks: "1", map: "5,5" }), { content: "x".repeat(6) }],
    "less data than its map has": [sparsePax({ size: "100", numblocks: "1", map: "5,5" }), { content: "x".repeat(4) }],
    "a map of another length": [sparsePax({ size: "100", numblocks: "2", map: "5,5" }), { content: "x".repeat(5) }],
    "a map with a gap": [sparsePax({ size: "100", numblocks: "1", map: "5,,5" }), { content: "x".repeat(5) }],
    "offsets twice": [
      pax([
        ["GNU.sparse.offset", "1"],
        ["GNU.sparse.offset", "2"],
      ]),
      { content: "" },
    ],
    "a count that nobody reads": [sparsePax({ major: "1", minor: "0", realsize: "5" }), { content: "99999999\n" }],
    "a map without end": [sparsePax({ major: "1", minor: "0", realsize: "5" }), { content: "1".repeat(2_000) }],
    "a map that its data is too short for": [sparsePax({ major: "1", minor: "0", realsize: "5" }), { content: "3\n0\n1\n" }],
    "old blocks that never end": [
      {
        flag: "S",
        magic: "gnu",
        over: oldSparse([], true, 5),
        between: Buffer.concat(Array.from({ length: 2_100 }, () => Buffer.alloc(512, 1))),
      },
    ],
    "an old map in an archive that is not GNU's": [{ flag: "S", over: oldSparse([[0, 1]], false, 5), content: "x" }],
    "an old size below zero": [{ flag: "S", magic: "gnu", over: { ...oldSparse([], false, 5), 483: base256(-1n, 12) } }],
  };
  for (const [what, entries] of Object.entries(wrong)) {
    test(`with ${what} are refused`, async () => {
      await assert.rejects(readBlocks(...entries, after), TarError);
    });
  }
});

suite("whatever bytes there are", () => {
  const patience = 5_000;
  const ends = async (bytes: Uint8Array): Promise<void> => {
    const started = performance.now();
    try {
      let total = 0;
      for await (const { header, content } of tarEntries(
        (async function* () {
          yield bytes;
        })(),
      )) {
        assert.ok(Number.isSafeInteger(header.size) && header.size >= 0);
        // A sparse file may say that it is as long as it likes.
        for await (const chunk of content) {
          total += chunk.length;
          if (total > 1e7) break;
        }
      }
    } catch (thrown) {
      assert.ok(thrown instanceof TarError, `${String(thrown)}\n${(thrown as Error).stack}`);
    }
    assert.ok(performance.now() - started < patience);
  };

  test("reading ends, with entries or a TarError", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), ends), { numRuns, seed });
  });

  test("reading an archive ends in which bytes were changed, left out or cut off", async () => {
    const field = (length: number) =>
      fc.oneof(
        fc.nat(600),
        fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes)),
        fc.bigInt(-(2n ** 70n), 2n ** 70n).map((value) => base256(value, length)),
      );
    const block: fc.Arbitrary<RawBlock> = fc.record(
      {
        name: fc.string({ unit: "binary", maxLength: 120 }),
        flag: fc.constantFrom(..."0123456 7SLKxgVMD\0".split("")),
        content: fc.oneof(
          fc.string({ maxLength: 700 }),
          fc.constantFrom("9 path=a\n", "3\n0\n1\n", "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n", "20 GNU.sparse.map=1\n"),
        ),
        size: field(12),
        uid: field(8),
        mode: field(8),
        linkname: fc.string({ maxLength: 20 }),
        magic: fc.constantFrom("ustar", "gnu", "v7", "star"),
        over: fc.dictionary(
          fc.constantFrom("386", "410", "482", "483", "345"),
          fc.uint8Array({ maxLength: 13 }).map((bytes) => Buffer.from(bytes)),
        ) as fc.Arbitrary<Readonly<Record<number, Buffer>>>,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 6 }), fc.nat(4_000), fc.nat(600), fc.nat(255), async (blocks, cut, skip, byte) => {
        const whole = rawBlocks(blocks);
        await ends(whole);
        await ends(Buffer.concat([whole.subarray(0, cut), whole.subarray(cut + skip)]));
        whole[cut % whole.length] = byte;
        await ends(whole);
      }),
      { numRuns, seed },
    );
  });
});
