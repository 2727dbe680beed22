import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { digestOf } from "../../src/oci/index.ts";
import { diskRepositories, memoryRepositories } from "../../src/store/index.ts";
import { anEmbeddedRegistry, codesOf } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";

const folder = await aFolder();
after(async () => await folder[Symbol.asyncDispose]());

const content = "0123456789";
const missing = `sha256:${"ab".repeat(32)}`;

for (const [place, repositories] of [
  ["in memory", memoryRepositories()],
  ["on disk", diskRepositories(folder.path, { durable: false })],
] as const) {
  describe(`blobs of a registry ${place}`, async () => {
    const registry = await anEmbeddedRegistry({ repositories });
    after(async () => await registry[Symbol.asyncDispose]());
    const digest = await registry.pushBlob("team/app", content);
    const path = `/v2/team/app/blobs/${digest}`;

    test("are read whole, with their digest, type, size and a validator", async () => {
      const answer = await registry.ask("GET", path);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("docker-content-digest"), digest);
      assert.equal(answer.headers.get("content-type"), "application/octet-stream");
      assert.equal(answer.headers.get("content-length"), "10");
      assert.equal(answer.headers.get("accept-ranges"), "bytes");
      assert.equal(answer.headers.get("docker-distribution-api-version"), "registry/2.0");
      assert.equal(await answer.text(), content);
      const again = await registry.ask("GET", path, { headers: { "if-none-match": answer.headers.get("etag") ?? "" } });
      assert.equal(again.status, 304);
    });

    test("are asked for with HEAD", async () => {
      const answer = await registry.ask("HEAD", path);
      assert.deepEqual(
        [answer.status, answer.headers.get("content-length"), answer.headers.get("docker-content-digest"), await answer.text()],
        [200, "10", digest, ""],
      );
    });

    const ranges: readonly (readonly [string, number, string, string | null])[] = [
      ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
      ["bytes=4-", 206, "456789", "bytes 4-9/10"],
      ["bytes=-2", 206, "89", "bytes 8-9/10"],
      ["bytes=-99", 206, content, "bytes 0-9/10"],
      ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
      ["bytes=9-9", 206, "9", "bytes 9-9/10"],
      ["bytes=5-2", 200, content, null],
      ["bytes=0-1,4-5", 200, content, null],
      ["items=0-1", 200, content, null],
      ["bytes=-", 200, content, null],
    ];
    for (const [range, status, text, contentRange] of ranges) {
      test(`answer Range: ${range} with ${status}`, async () => {
        const answer = await registry.ask("GET", path, { headers: { range } });
        assert.deepEqual([answer.status, await answer.text(), answer.headers.get("content-range")], [status, text, contentRange]);
        assert.equal(answer.headers.get("content-length"), String(text.length));
      });
    }

    test("answer a range outside of them with 416 and their size", async () => {
      for (const range of ["bytes=10-", "bytes=99-100", "bytes=-0"]) {
        const answer = await registry.ask("GET", path, { headers: { range } });
        assert.deepEqual([answer.status, answer.headers.get("content-range")], [416, "bytes */10"], range);
        await answer.text();
      }
    });

    test("give a range only of what the client means", async () => {
      const other = await registry.ask("GET", path, { headers: { range: "bytes=0-1", "if-range": '"other"' } });
      assert.deepEqual([other.status, await other.text()], [200, content]);
      const same = await registry.ask("GET", path, { headers: { range: "bytes=0-1", "if-range": `"${digest}"` } });
      assert.deepEqual([same.status, await same.text()], [206, "01"]);
    });

    test("may be empty", async () => {
      const empty = await registry.pushBlob("team/app", "");
      const answer = await registry.ask("GET", `/v2/team/app/blobs/${empty}`);
      assert.deepEqual([answer.status, answer.headers.get("content-length"), await answer.text()], [200, "0", ""]);
    });

    test("may be larger than any buffer", async () => {
      const large = Buffer.alloc(3_000_001, "abc");
      const answer = await registry.ask("GET", `/v2/team/app/blobs/${await registry.pushBlob("team/app", large)}`);
      assert.equal(digestOf(new Uint8Array(await answer.arrayBuffer())), digestOf(large));
    });

    test("that are not there, or in another repository only, are unknown", async () => {
      for (const path of [`/v2/team/app/blobs/${missing}`, `/v2/team/other/blobs/${digest}`]) {
        const answer = await registry.ask("GET", path);
        assert.equal(answer.status, 404);
        assert.deepEqual(await codesOf(answer), ["BLOB_UNKNOWN"]);
        assert.equal((await registry.ask("HEAD", path)).status, 404);
      }
    });

    test("are refused under what is no digest", async () => {
      for (const bad of [
        "sha256:abc",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        `sha256:${"AB".repeat(32)}`,
        "latest",
        `sha512:${"a".repeat(64)}`,
      ]) {
        const answer = await registry.ask("GET", `/v2/team/app/blobs/${bad}`);
        assert.equal(answer.status, 400, bad);
        assert.deepEqual(await codesOf(answer), ["DIGEST_INVALID"]);
      }
    });

    test("are found under a digest whose colon is escaped", async () => {
      const answer = await registry.ask("GET", path.replace(":", "%3A"));
      assert.equal(await answer.text(), content);
    });

    test("are deleted once", async () => {
      const gone = `/v2/team/app/blobs/${await registry.pushBlob("team/app", `to go ${place}`)}`;
      assert.equal((await registry.ask("DELETE", gone)).status, 202);
      assert.equal((await registry.ask("GET", gone)).status, 404);
      const again = await registry.ask("DELETE", gone);
      assert.equal(again.status, 404);
      assert.deepEqual(await codesOf(again), ["BLOB_UNKNOWN"]);
    });

    test("cannot be posted to", async () => {
      const answer = await registry.ask("POST", path);
      assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET, HEAD, DELETE"]);
      assert.deepEqual(await codesOf(answer), ["UNSUPPORTED"]);
    });
  });
}
