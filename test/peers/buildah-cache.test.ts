import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { aFolder } from "../support/folder.ts";
import { buildahBuild } from "./support/buildah.ts";
import { must } from "./support/run.ts";

const usual = { type: "local", timeoutMs: 60_000, mode: "max" } as const;
const common = "FROM base AS made\nRUN busybox mkdir /made && echo common > /made/a\n";
/** Takes a while, with a mount that another build must leave alone. */
const slow = (word: string): string =>
  `${common}FROM base\nCOPY --from=made /made /made\nRUN --mount=from=made,target=/mnt busybox sleep 2; echo ${word} > /word; busybox cat /mnt/made/a >> /word\n`;

suite("the buildah engine", { concurrency: false, timeout: 300_000 }, () => {
  test("passes an SSH agent on to the steps that ask for one, and to no others", async () => {
    await using folder = await aFolder();
    const socket = join(folder.path, "agent");
    const agent = createServer().listen(socket);
    await once(agent, "listening");
    try {
      const asks = 'FROM base\nRUN --mount=type=ssh busybox test -S "$SSH_AUTH_SOCK" && echo yes > /has\n';
      const other = 'RUN --mount=type=ssh,id=other busybox test -S "$SSH_AUTH_SOCK"\nRUN busybox test -z "$SSH_AUTH_SOCK"\n';
      const { files } = await buildahBuild(asks + other, { env: { SSH_AUTH_SOCK: socket }, ssh: ["default", `other=${socket}`] });
      assert.equal(files.get("has")?.content, "yes\n");
      await assert.rejects(buildahBuild(asks, { env: { SSH_AUTH_SOCK: socket } }), { code: "BUILD_FAILED" });
    } finally {
      agent.close();
    }
  });

  test("builds several at once in one local cache, though one of them fails, and has all steps afterwards", async () => {
    await using folder = await aFolder();
    const cache = { ...usual, dir: join(folder.path, "cache") };
    const builds = ["one", "two"].map((word) => buildahBuild(slow(word), { cache }));
    const failing = assert.rejects(buildahBuild("FROM base\nRUN busybox sleep 0.5; exit 4\n", { cache }), { code: "BUILD_FAILED" });
    const images = await Promise.all(builds);
    await failing;
    assert.deepEqual(
      images.map(({ files }) => files.get("word")?.content),
      ["one\ncommon\n", "two\ncommon\n"],
    );
    const again = await buildahBuild(slow("one"), { cache });
    assert.deepEqual(again.built.content, images[0]?.built.content);
    assert.ok((again.built.stats?.cached ?? 0) >= 3, JSON.stringify(again.built.stats));
    assert.deepEqual(await readdir(join(cache.dir, "buildah/waybill-builds")), []);
  });

  test("clears up after a build of its cache that was killed", async () => {
    await using folder = await aFolder();
    const cache = { ...usual, dir: join(folder.path, "cache") };
    await buildahBuild(slow("first"), { cache });
    const driver = (await readdir(join(cache.dir, "buildah"))).includes("overlay") ? "overlay" : "vfs";
    const buildah = async (...argv: readonly string[]): Promise<string> =>
      await must("buildah", [`--root=${cache.dir}/buildah`, `--runroot=${folder.path}/run`, `--storage-driver=${driver}`, ...argv]);
    await buildah("from", "scratch");
    const dead = spawn("true");
    await once(dead, "exit");
    await mkdir(join(cache.dir, "buildah/waybill-builds"), { recursive: true });
    await writeFile(join(cache.dir, "buildah/waybill-builds/killed"), `${hostname()} ${dead.pid}`);
    assert.notEqual(await buildah("containers", "--quiet"), "");
    await buildahBuild(slow("second"), { cache });
    assert.equal(await buildah("containers", "--quiet"), "");
  });
});
