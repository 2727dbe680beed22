import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { digester } from "../../src/oci/index.ts";
import { aFolder } from "../support/folder.ts";
import { aRegistryProcess } from "../support/registry-process.ts";

const mebibyte = 1 << 20;
const pieces = 256;
/** What the registry may grow by, whatever a blob's size. */
const growthMebibytes = 96;

/** The same bytes each time, never all in memory. */
function* content(): Generator<Uint8Array> {
  const piece = Buffer.alloc(mebibyte);
  for (let at = 0; at < pieces; at++) {
    piece.fill(at);
    yield Uint8Array.from(piece);
  }
}

/** A field of a process's status (proc(5)), in MiB. */
async function memory(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
}

test("a blob of 256 MiB passes both ways in bounded memory", { skip: process.platform !== "linux" }, async () => {
  await using folder = await aFolder();
  await using registry = await aRegistryProcess(folder.path);
  const idle = await memory(registry.pid, "VmRSS");
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
  const growth = (await memory(registry.pid, "VmHWM")) - idle;
  assert.ok(growth < growthMebibytes, `the registry grew by ${growth} MiB`);
});
