import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { growingFile } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";

/** Reads to the end; a copy of each chunk, because its memory is used again. */
async function read(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(chunks, (chunk) => Uint8Array.from(chunk))).toString();
}

suite("A file that grows", () => {
  test("is read as it comes, by several, from its start, also after it has another name", async () => {
    await using folder = await aFolder();
    const path = join(folder.path, "file");
    await writeFile(path, "one ");
    await using growing = growingFile(path);
    const early = read(growing.open());
    const text = "two ".repeat(300_000);
    await appendFile(path, text);
    growing.grew();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const late = read(growing.open());
    await appendFile(path, "three");
    await rename(path, join(folder.path, "other"));
    growing.whole(text.length + 9);
    const whole = `one ${text}three`;
    assert.ok((await early) === whole && (await late) === whole && (await read(growing.open())) === whole);
    assert.ok(!growing.isBroken());
  });

  test("is given out in whole chunks, however little is written at once", async () => {
    await using folder = await aFolder();
    const path = join(folder.path, "file");
    const bytes = randomBytes(1_300_000);
    await writeFile(path, "");
    await using growing = growingFile(path);
    const lengths: number[] = [];
    const kept: Uint8Array[] = [];
    const reading = (async () => {
      // What is asked for one chunk later must still be as it was.
      let last: Uint8Array | undefined;
      for await (const chunk of growing.open()) {
        lengths.push(chunk.length);
        if (last !== undefined) kept.push(Uint8Array.from(last));
        last = chunk;
      }
      if (last !== undefined) kept.push(last);
    })();
    for (let at = 0; at < bytes.length; at += 7_919) {
      await appendFile(path, bytes.subarray(at, at + 7_919));
      growing.grew();
    }
    growing.whole(bytes.length);
    await reading;
    assert.deepEqual(lengths, [524_288, 524_288, 1_300_000 - 2 * 524_288]);
    assert.ok(Buffer.concat(kept).equals(bytes));
  });

  test("ends those who read when no more will come, or less than was said", async () => {
    await using folder = await aFolder();
    const path = join(folder.path, "file");
    await writeFile(path, "some");
    await using broken = growingFile(path);
    const reading = read(broken.open());
    broken.broken(new Error("given up"));
    await assert.rejects(reading, /given up/);
    await assert.rejects(read(broken.open()), /given up/);
    assert.ok(broken.isBroken());
    await using short = growingFile(path);
    short.whole(5);
    await assert.rejects(read(short.open()), /put together in ends after 4 of its 5 bytes/);
    await rm(path);
    await using missing = growingFile(path);
    await assert.rejects(read(missing.open()), /that a layer is put together in cannot be read/);
  });
});
