import assert from "node:assert/strict";
import { createHash, randomFillSync } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Failure } from "../../src/failure/index.ts";
import { packedBlob } from "../../src/git/tree/packed.ts";
import { aRepository, type TestRepository } from "../support/git-repository.ts";
import { keep } from "../support/keep.ts";

const size = 5 << 20;

function random(bytes: number): Buffer {
  return randomFillSync(Buffer.alloc(bytes));
}

/** A repository whose objects are in packs: one for each commit. */
function packedRepository(
  commits: readonly Readonly<Record<string, Buffer>>[],
  objectFormat: "sha1" | "sha256" = "sha1",
): { readonly repository: TestRepository; readonly folders: readonly string[] } {
  const repository = keep(aRepository({ objectFormat }));
  repository.git("config", "core.compression", "1");
  for (const files of commits) {
    repository.commit(files);
    repository.git("repack", "--quiet", "-d");
  }
  return { repository, folders: [join(repository.dir, ".git/objects")] };
}

function packFile(repository: TestRepository, suffix: string): string {
  const dir = join(repository.dir, ".git/objects/pack");
  const file = join(dir, readdirSync(dir).find((name) => name.endsWith(suffix)) ?? "none");
  chmodSync(file, 0o644);
  return file;
}

async function contentOf(id: string, folders: readonly string[], recycle = false): Promise<string | undefined> {
  const blob = await packedBlob(id, folders, { recycle });
  if (blob === undefined) return undefined;
  const hash = createHash("sha256");
  for await (const chunk of blob) hash.update(chunk);
  return hash.digest("hex");
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

suite("A file in a pack", () => {
  test("is read as git has it, from whichever pack has it, also where its memory is used again", async () => {
    for (const objectFormat of ["sha1", "sha256"] as const) {
      const contents = [random(size), Buffer.from(random(size).toString("base64")), Buffer.alloc(size, "0123456789"), Buffer.alloc(0)];
      const { repository, folders } = packedRepository(
        contents.map((large, at) => ({ large, [`small-${at}`]: random(10) })),
        objectFormat,
      );
      for (const [at, large] of contents.entries()) {
        const id = repository.git("rev-parse", `HEAD~${contents.length - 1 - at}:large`);
        for (const recycle of [false, true]) assert.equal(await contentOf(id, folders, recycle), digest(large), `${objectFormat} ${at}`);
      }
    }
  });

  test("is left to git where there is no pack that has it, or as a difference to another one only", async () => {
    const base = random(100_000);
    const { repository, folders } = packedRepository([{ one: base }, { one: Buffer.concat([base, Buffer.from("more")]) }]);
    repository.git("repack", "--quiet", "-a", "-d", "-f");
    const ids = [repository.git("rev-parse", "HEAD:one"), repository.git("rev-parse", "HEAD~1:one")];
    const found = await Promise.all(ids.map((id) => contentOf(id, folders)));
    assert.equal(found.filter((one) => one === undefined).length, 1);
    assert.equal(await contentOf("0".repeat(40), folders), undefined);
    assert.equal(await contentOf(ids[0] ?? "", [join(repository.dir, "nowhere")]), undefined);
    // A commit is no file.
    assert.equal(await contentOf(repository.git("rev-parse", "HEAD"), folders), undefined);
  });

  test("is left to git where the index is another one's, or its pack is gone", async () => {
    const one = random(size);
    const { repository, folders } = packedRepository([{ one }]);
    const id = repository.git("rev-parse", "HEAD:one");
    const index = packFile(repository, ".idx");
    const bytes = readFileSync(index);
    const short = [0, 500, 1032, 1040, 1090, 1100, bytes.length - 45].map((length) => bytes.subarray(0, length));
    for (const other of [...short, Buffer.alloc(bytes.length, 0xff), Buffer.from("not an index of any kind")]) {
      writeFileSync(index, other);
      // What is cut off may be about another object.
      assert.ok(
        [undefined, ...(other.length < 1090 || other.length === bytes.length ? [] : [digest(one)])].includes(await contentOf(id, folders)),
      );
    }
    writeFileSync(index, bytes);
    rmSync(packFile(repository, ".pack"));
    assert.equal(await contentOf(id, folders), undefined);
  });

  test("is left to git where something else stands in a pack's place", async () => {
    const one = random(size);
    const { repository, folders } = packedRepository([{ one }]);
    const id = repository.git("rev-parse", "HEAD:one");
    mkdirSync(join(repository.dir, ".git/objects/pack/a.idx"));
    assert.equal(await contentOf(id, folders), digest(one));
    const pack = packFile(repository, ".pack");
    rmSync(pack);
    mkdirSync(pack);
    assert.equal(await contentOf(id, folders), undefined);
  });

  test("is found beyond two gigabytes, by the table of long offsets", async () => {
    const { repository, folders } = packedRepository([{ one: random(1000) }]);
    const content = readFileSync(join(repository.dir, "one"));
    const id = repository.git("rev-parse", "HEAD:one");
    const pack = packFile(repository, ".pack");
    repository.git("index-pack", "--index-version=2,0x1", "-o", packFile(repository, ".idx"), pack);
    assert.equal(await contentOf(id, folders), digest(content));
  });

  test("that is damaged is told, wherever the damage is", async () => {
    const large = random(size);
    const { repository, folders } = packedRepository([{ large }]);
    const id = repository.git("rev-parse", "HEAD:large");
    const pack = packFile(repository, ".pack");
    const bytes = readFileSync(pack);
    const damages = [
      bytes.subarray(0, bytes.length >> 1),
      Buffer.concat([bytes.subarray(0, 200_000), random(50_000), bytes.subarray(250_000)]),
    ];
    for (const damaged of damages) {
      writeFileSync(pack, damaged);
      await assert.rejects(contentOf(id, folders), (failure) => failure instanceof Failure && failure.code === "GIT_FAILED");
    }
  });

  test("can be left in its middle", async () => {
    const { repository, folders } = packedRepository([{ large: random(size) }]);
    const blob = await packedBlob(repository.git("rev-parse", "HEAD:large"), folders, { recycle: true });
    assert.ok(blob !== undefined);
    let bytes = 0;
    for await (const chunk of blob) {
      bytes += chunk.length;
      if (bytes > 1 << 20) break;
    }
    assert.ok(bytes < size);
  });
});
