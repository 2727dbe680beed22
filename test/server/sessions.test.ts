import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { digestOf } from "../../src/oci/index.ts";
import { diskRepositories } from "../../src/store/index.ts";
import { anEmbeddedRegistry, codesOf, type EmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";

/** Sends the beginning of a chunk and leaves the connection standing. */
async function beginChunk(registry: EmbeddedRegistry, path: string, text: string): Promise<{ readonly cut: () => void }> {
  const socket = connect(registry.served.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`PATCH ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n${text}`);
  await arrived(registry, path, text.length);
  return { cut: () => socket.destroy() };
}

async function arrived(registry: EmbeddedRegistry, path: string, bytes: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await registry.ask("GET", path)).headers.get("range") === `0-${bytes - 1}`) return;
    await sleep(10);
  }
  throw new Error(`${bytes} bytes never arrived`);
}

describe("upload sessions", { concurrency: true }, () => {
  for (const place of ["memory", "disk"]) {
    test(`in ${place} go on from the last byte after a broken connection`, async () => {
      await using folder = await aFolder();
      await using registry = await anEmbeddedRegistry(place === "disk" ? { repositories: diskRepositories(folder.path) } : {});
      const path = await registry.startUpload("a");
      const chunk = await beginChunk(registry, path, "abc");
      chunk.cut();
      const next = await registry.ask("PATCH", path, { body: "def", headers: { "content-range": "3-5" } });
      assert.deepEqual([next.status, next.headers.get("range")], [202, "0-5"]);
      assert.equal((await registry.ask("PUT", `${path}?digest=${digestOf("abcdef")}`)).status, 201);
    });

    test(`in ${place} belong to the newest request, while an older one still stands`, async () => {
      await using folder = await aFolder();
      await using registry = await anEmbeddedRegistry(place === "disk" ? { repositories: diskRepositories(folder.path) } : {});
      const path = await registry.startUpload("a");
      const stuck = await beginChunk(registry, path, "abc");
      const next = await registry.ask("PATCH", path, { body: "def", headers: { "content-range": "3-5" } });
      assert.deepEqual([next.status, next.headers.get("range")], [202, "0-5"]);
      stuck.cut();
      assert.equal((await registry.ask("PUT", `${path}?digest=${digestOf("abcdef")}`)).status, 201);
    });
  }

  test("on disk outlive the server", async () => {
    await using folder = await aFolder();
    let path: string;
    {
      await using registry = await anEmbeddedRegistry({ repositories: diskRepositories(folder.path) });
      path = await registry.startUpload("a");
      await registry.ask("PATCH", path, { body: "abc" });
    }
    await using registry = await anEmbeddedRegistry({ repositories: diskRepositories(folder.path) });
    assert.equal((await registry.ask("GET", path)).headers.get("range"), "0-2");
    assert.equal((await registry.ask("PUT", `${path}?digest=${digestOf("abcdef")}`, { body: "def" })).status, 201);
  });

  test("are bounded in number, and say when to come back", async () => {
    await using registry = await anEmbeddedRegistry({ limits: { openUploads: 2 } });
    const [first] = [await registry.startUpload("a"), await registry.startUpload("b")];
    const answer = await registry.ask("POST", "/v2/a/blobs/uploads/");
    assert.deepEqual([answer.status, answer.headers.get("retry-after"), await codesOf(answer)], [429, "5", ["TOOMANYREQUESTS"]]);
    assert.equal((await registry.ask("DELETE", first ?? "")).status, 204);
    const path = await registry.startUpload("a");
    assert.equal((await registry.ask("PUT", `${path}?digest=${digestOf("x")}`, { body: "x" })).status, 201);
    await registry.startUpload("a");
  });

  test("that nobody comes back to make room", async () => {
    await using registry = await anEmbeddedRegistry({ limits: { openUploads: 1, uploadIdleMs: 30 } });
    const path = await registry.startUpload("a");
    await sleep(60);
    await registry.startUpload("a");
    assert.equal((await registry.ask("GET", path)).status, 404);
  });

  test("that fail in one request leave nothing open", async () => {
    await using registry = await anEmbeddedRegistry({ limits: { openUploads: 1 } });
    for (let times = 0; times < 3; times++) {
      const answer = await registry.ask("POST", `/v2/a/blobs/uploads/?digest=${digestOf("right")}`, { body: "wrong" });
      assert.equal(answer.status, 400);
    }
    await registry.startUpload("a");
  });
});
