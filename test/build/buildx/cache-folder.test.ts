import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { suite, test } from "node:test";
import { openCacheFolder } from "../../../src/build/buildx/cache-folder.ts";
import { aFolder } from "../../support/folder.ts";

/** Writes what looks like a cache, with a word in it. */
async function write(dir: string, word: string): Promise<void> {
  await mkdir(join(dir, "blobs/sha256"), { recursive: true });
  await writeFile(join(dir, "blobs/sha256/a"), word);
  await writeFile(join(dir, "index.json"), `{"word":"${word}"}`);
}

const word = async (dir: string): Promise<string> => await readFile(join(dir, "blobs/sha256/a"), "utf8");

suite("a cache in a folder", () => {
  test("is what it was when a build began, though another build replaces it or it is gone", async () => {
    await using folder = await aFolder();
    const dir = join(folder.path, "cache");
    await write(dir, "one");
    const [reading, writing] = [await openCacheFolder(dir), await openCacheFolder(dir)];
    await write(writing.fresh, "two");
    await writing.keep();
    await writing.drop();
    assert.equal(await word(dir), "two");
    assert.ok(reading.old !== undefined);
    assert.equal(await word(reading.old), "one");
    await rm(dir, { recursive: true });
    assert.equal(await word(reading.old), "one");
    await reading.drop();
    assert.deepEqual(await readdir(folder.path), []);
  });

  test("takes no disk of its own for what is read", async () => {
    await using folder = await aFolder();
    const dir = join(folder.path, "cache");
    await write(dir, "one");
    const { old = "", drop } = await openCacheFolder(dir);
    const [mine, theirs] = await Promise.all([old, dir].map((one) => stat(join(one, "blobs/sha256/a"))));
    assert.equal(mine?.ino, theirs?.ino);
    await drop();
  });

  test("is one of those that are put in its place at once, and whole", async () => {
    await using folder = await aFolder();
    const dir = join(folder.path, "cache");
    await write(dir, "zero");
    const builds = await Promise.all(
      ["a", "b", "c", "d", "e"].map(async (name) => {
        const build = await openCacheFolder(dir);
        await write(build.fresh, name);
        return build;
      }),
    );
    await Promise.all(builds.map(async ({ keep }) => await keep()));
    await Promise.all(builds.map(async ({ drop }) => await drop()));
    assert.deepEqual(await readdir(folder.path), ["cache"]);
    assert.equal(JSON.parse(await readFile(join(dir, "index.json"), "utf8")).word, await word(dir));
  });

  test("stays where nothing whole was written", async () => {
    await using folder = await aFolder();
    const dir = join(folder.path, "cache");
    await write(dir, "one");
    const { fresh, keep, drop } = await openCacheFolder(dir);
    await mkdir(join(fresh, "ingest"), { recursive: true });
    await keep();
    await drop();
    assert.equal(await word(dir), "one");
    assert.deepEqual(await readdir(folder.path), ["cache"]);
  });

  test("is none where there is no index", async () => {
    await using folder = await aFolder();
    const dir = join(folder.path, "cache");
    await mkdir(join(dir, "blobs"), { recursive: true });
    const { old, drop } = await openCacheFolder(dir);
    assert.equal(old, undefined);
    await drop();
    assert.deepEqual(await readdir(folder.path), ["cache"]);
  });

  test("loses what builds left beside it that were killed, and nothing else", async () => {
    await using folder = await aFolder();
    const dir = join(folder.path, "cache");
    const uuid = "01234567-89ab-4cde-8f01-23456789abcd";
    const [left, going, named, other] = [`${dir}.${uuid}`, `${dir}.1${uuid.slice(1)}`, `${dir}.backup`, `${dir}.2${uuid.slice(1)}`];
    for (const one of [left, going, named, other]) await write(one, "x");
    await writeFile(join(other, "precious"), "");
    const old = new Date(Date.now() - 25 * 60 * 60_000);
    for (const one of [left, named, other]) await utimes(one, old, old);
    await (await openCacheFolder(dir)).drop();
    assert.deepEqual((await readdir(folder.path)).sort(), [named, going, other].map((one) => basename(one)).sort());
  });
});
