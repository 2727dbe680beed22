import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { digester } from "../../src/oci/index.ts";
import { aFolder } from "../support/folder.ts";
import { aRegistryProcess } from "../support/registry-process.ts";

const mebibyte = 1 << 20;
const pieces = 128;

/** The same bytes each time, never all in memory. */
function* content(): Generator<Uint8Array> {
  const piece = Buffer.alloc(mebibyte);
  for (let at = 0; at < pieces; at++) {
    piece.fill(at);
    yield Uint8Array.from(piece);
  }
}

test("a blob of 128 MiB passes both ways in bounded memory", { skip: process.platform !== "linux" }, async () => {
  await using folder = await aFolder();
  await using registry = await aRegistryProcess(folder.path);
  const hash = digester();
  for (const piece of content()) hash.update(piece);
  const digest = hash.digest();
  const started = await fetch(`${registry.url}/v2/a/blobs/uploads/`, { method: "POST" });
  const body = ReadableStream.from(content());
  const put = await fetch(`${registry.url}${started.headers.get("location")}?digest=${digest}`, {
    method: "PUT",
    body,
    duplex: "half",
  } as RequestInit);
  assert.equal(put.status, 201);
  const answer = await fetch(`${registry.url}/v2/a/blobs/${digest}`);
  const back = digester();
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) back.update(chunk);
  assert.equal(back.digest(), digest);
  const status = await readFile(`/proc/${registry.pid}/status`, "utf8");
  const peak = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  assert.ok(peak < 150, `the registry had ${peak} MiB at most`);
});
