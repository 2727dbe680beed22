import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseTag } from "../../src/oci/index.ts";
import { openLayout } from "../../src/store/index.ts";
import { aFolder } from "../support/folder.ts";

const processes = 4;
const tags = 12;

test("several processes write one layout at once, and no tag of any is lost", async () => {
  await using folder = await aFolder();
  const dir = join(folder.path, "layout");
  const program = fileURLToPath(import.meta.resolve("../support/layout-writer.ts"));
  const exits = Array.from({ length: processes }, async (_, at) => {
    const writer = spawn(process.execPath, [program, dir, `p${at}`, String(tags)], { stdio: "inherit" });
    const [code] = (await once(writer, "exit")) as [number];
    return code;
  });
  assert.deepEqual(await Promise.all(exits), Array(processes).fill(0));
  const store = await openLayout(dir);
  const found = await Array.fromAsync(store.tags());
  assert.equal(found.filter((tag) => tag !== "shared").length, processes * tags);
  for (const tag of found) assert.ok(await store.resolve((await store.resolve(tag))?.digest ?? parseTag("none")), tag);
  assert.ok(await store.resolve(parseTag("shared")));
});
