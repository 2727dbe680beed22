import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { utimes, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { suite, test } from "node:test";
import { mediaTypes } from "../../src/oci/index.ts";
import { diskRepositories } from "../../src/store/index.ts";
import { waybill } from "../support/cli.ts";
import { aFolder } from "../support/folder.ts";
import { anImage, put } from "../support/images.ts";
import { aCertificate } from "../support/registry-certificate.ts";
import { aWaybillRegistry } from "../support/waybill-registry.ts";

suite("waybill registry serve", { concurrency: 2 }, () => {
  test("with a certificate and a key it speaks TLS, and asks for the user", async () => {
    const tls = aCertificate();
    await using registry = await aWaybillRegistry({ tls, basic: { username: "someone", password: "secret" } });
    assert.match(registry.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    const statusOf = async (auth?: string): Promise<unknown> =>
      await new Promise((resolve, reject) => {
        const asked = request(`${registry.url}/v2/`, { ca: tls.cert, agent: false, ...(auth === undefined ? {} : { auth }) }, (answer) =>
          resolve(answer.resume().statusCode),
        );
        asked.on("error", reject).end();
      });
    assert.equal(await statusOf(), 401);
    assert.equal(await statusOf("someone:secret"), 200);
  });

  test("--verbose shows every request with its status", async () => {
    await using registry = await aWaybillRegistry();
    await fetch(`${registry.url}/v2/`);
    await fetch(`${registry.url}/v2/no/such/manifests/tag`, { method: "HEAD" });
    assert.deepEqual(await registry.requests(), [
      { method: "GET", url: "/v2/", status: 200 },
      { method: "HEAD", url: "/v2/no/such/manifests/tag", status: 404 },
    ]);
  });

  test("a certificate without its key, or that cannot be read, is refused before anything is served", async () => {
    await using folder = await aFolder();
    const file = join(folder.path, "cert.pem");
    await writeFile(file, aCertificate().cert);
    const serve = ["registry", "serve", "--memory", "--listen", "127.0.0.1:0"];
    const alone = await waybill([...serve, "--tls-cert", file], { cwd: folder.path });
    assert.deepEqual([alone.exitCode, alone.out], [2, ""]);
    assert.match(alone.said, /--tls-cert and --tls-key/);
    const missing = await waybill([...serve, "--tls-cert", file, "--tls-key", "nowhere.pem"], { cwd: folder.path });
    assert.deepEqual([missing.exitCode, missing.out], [2, ""]);
    assert.match(missing.said, /nowhere\.pem/);
  });

  test("--read-only serves what is there, and takes nothing", async () => {
    await using folder = await aFolder();
    const store = diskRepositories(folder.path).open("team/app");
    await anImage(store, { tag: "v1" });
    await using registry = await aWaybillRegistry({ argv: ["--read-only"], root: folder.path });
    const statusOf = async (method: string, path: string): Promise<number> =>
      (await fetch(`${registry.url}/v2/team/app/${path}`, { method })).status;
    assert.equal(await statusOf("GET", "manifests/v1"), 200);
    assert.equal(await statusOf("POST", "blobs/uploads/"), 405);
    assert.equal(await statusOf("PUT", "manifests/v2"), 405);
    assert.equal(await statusOf("DELETE", "manifests/v1"), 405);
    assert.equal(await statusOf("GET", "manifests/v1"), 200);
  });
});

suite("waybill registry gc", { concurrency: 2 }, () => {
  const orphan = Buffer.alloc(5000, "orphan");

  /** A registry's folder with one image and one old blob that nothing names. */
  async function rootWithGarbage() {
    const folder = await aFolder();
    const store = diskRepositories(folder.path).open("team/app");
    await anImage(store, { tag: "v1" });
    const { digest } = await put(store, mediaTypes.ociLayer, orphan);
    const file = join(folder.path, "team/app/_layout/blobs/sha256", digest.slice("sha256:".length));
    const then = new Date(Date.now() - 2 * 3_600_000);
    await utimes(file, then, then);
    return { ...folder, isThere: () => existsSync(file) };
  }

  test("says what goes, repository by repository, and removes it", async () => {
    await using root = await rootWithGarbage();
    const gc = ["registry", "gc", "--root", root.path];
    const tried = await waybill([...gc, "--dry-run", "--output", "json"], { cwd: root.path });
    assert.deepEqual(JSON.parse(tried.out), {
      blobs: 1,
      bytes: 5000,
      dryRun: true,
      repositories: [{ repository: "team/app", blobs: 1, bytes: 5000 }],
    });
    assert.equal(root.isThere(), true);
    const later = await waybill([...gc, "--older-than", "3h"], { cwd: root.path });
    assert.deepEqual([later.exitCode, later.out, root.isThere()], [0, "0 blobs removed, 0 B\n", true]);
    const done = await waybill(gc, { cwd: root.path });
    assert.deepEqual([done.exitCode, done.out, root.isThere()], [0, "team/app: 1 (4.9 KiB)\n1 blobs removed, 4.9 KiB\n", false]);
  });

  test("refuses an age that is none, one that is too short, and a folder that is not there", async () => {
    await using folder = await aFolder();
    for (const age of ["yesterday", "0h", "30s", "-1h"]) {
      const run = await waybill(["registry", "gc", "--root", ".", `--older-than=${age}`], { cwd: folder.path });
      assert.deepEqual([run.exitCode, run.out], [2, ""], age);
    }
    const run = await waybill(["registry", "gc", "--root", "nowhere"], { cwd: folder.path });
    assert.match(run.said, /NOT_FOUND/);
    assert.notEqual(run.exitCode, 0);
  });
});
