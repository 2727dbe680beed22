import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { digestOf, mediaTypes } from "../../src/oci/index.ts";
import { bytesSource, openLayout } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";

/** Larger than all memory that is used again, and no multiple of it. */
const bytes = randomBytes((1 << 22) + 12_345);
const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes), size: bytes.length };

test("A layout's source that uses its memory again gives each chunk whole until the second one after it is asked for", async () => {
  await using folder = await aFolder();
  const layout = await openLayout(join(folder.path, "layout"), { create: true, durable: false });
  await layout.write(descriptor, bytesSource(bytes));
  const source = await layout.source(descriptor);
  assert.ok(source);
  for (const offset of [0, 1, 1 << 19, bytes.length - 1]) {
    const seen: Buffer[] = [];
    let held: Uint8Array | undefined;
    for await (const chunk of source.open(offset, { recycle: true })) {
      // Read late: after the next one came.
      if (held !== undefined) seen.push(Buffer.from(held));
      held = chunk;
    }
    if (held !== undefined) seen.push(Buffer.from(held));
    assert.ok(Buffer.concat(seen).equals(bytes.subarray(offset)), `from ${offset}`);
  }
});

test("A source that is left early closes its file", async () => {
  await using folder = await aFolder();
  const path = join(folder.path, "layout");
  const layout = await openLayout(path, { create: true, durable: false });
  await layout.write(descriptor, bytesSource(bytes));
  const source = await layout.source(descriptor);
  for (let count = 0; count < 50; count++) {
    for await (const chunk of source?.open(0, { recycle: true }) ?? []) {
      assert.ok(chunk.length > 0);
      break;
    }
  }
  writeFileSync(join(path, "after"), "there are file handles left");
});
