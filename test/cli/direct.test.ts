import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { anApp } from "../publish/app.ts";
import { tagsOf, withStore } from "../publish/support.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { anImage } from "../support/images.ts";

const mib = 1024 * 1024;
/** Says at the end what the process had at most; what getrusage says would be the parent's where that is more. */
const peak = `process.on("exit", () => {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  process.stderr.write("\\npeak " + /VmHWM:\\s*([0-9]+)/.exec(readFileSync("/proc/self/status", "utf8"))[1] + "\\n");
})`;

/** An environment in which there is no place to write: every folder that a program may want is below a file. */
function nowhere(dir: string): Readonly<Record<string, string>> {
  const file = join(dir, "file");
  writeFileSync(file, "");
  const none = join(file, "none");
  return {
    ...Object.fromEntries(
      ["HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "DOCKER_CONFIG"].map((name) => [name, none]),
    ),
    ...(process.platform === "linux" && { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(peak)}` }),
  };
}

/** The most memory that a command had, in bytes. */
function peakOf(said: string): number {
  return Number(/^peak ([0-9]+)$/m.exec(said)?.[1]) * 1024;
}

suite("what a registry has already", () => {
  test("is copied to another without the disk, in memory that does not grow with the image", {
    skip: process.platform !== "linux",
  }, async () => {
    await using here = await anEmbeddedRegistry();
    await using there = await anEmbeddedRegistry();
    await using dir = await aFolder();
    const from = `${here.served.host}/app`;
    const env = nowhere(dir.path);
    const before = readdirSync(dir.path, { recursive: true });
    const copied = async (tag: string, size: number): Promise<number> => {
      await withStore(from, async (store) => await anImage(store, { layers: [{ big: randomBytes(size) }], tag }));
      const run = await waybill(["copy", `${from}:${tag}`, `${there.served.host}/app:${tag}`], { cwd: dir.path, env });
      assert.equal(run.exitCode, 0, run.said);
      return peakOf(run.said);
    };
    const small = await copied("small", 1024);
    const big = await copied("big", 128 * mib);
    assert.ok(big - small < 64 * mib, `${small / mib} MiB for 1 KiB, ${big / mib} MiB for 128 MiB`);
    assert.deepEqual(readdirSync(dir.path, { recursive: true }), before);
  });

  test("is delivered to further destinations without the disk", async () => {
    await using here = await anEmbeddedRegistry();
    await using there = await anEmbeddedRegistry();
    await using dir = await aFolder();
    const { repository, first } = anApp();
    const [primary, other] = [`${here.served.host}/app`, `${there.served.host}/app`];
    const publish = ["publish", "--repo", repository.dir, "--commit", first, "--to", primary];
    assert.equal((await waybill(publish, { cwd: dir.path })).exitCode, 0);
    const env = nowhere(dir.path);
    const run = await waybill([...publish, "--to", other], { cwd: dir.path, env });
    assert.equal(run.exitCode, 0, run.said);
    assert.deepEqual(await tagsOf(other), await tagsOf(primary));
  });
});
