import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Failure, type FailureCode } from "../../src/failure/index.ts";
import { serveRegistry } from "../../src/server/index.ts";
import { memoryRepositories } from "../../src/store/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";

const failsWith = (code: FailureCode) => (thrown: unknown) =>
  thrown instanceof Failure && thrown.code === code && thrown.hint !== undefined;
const basic = { username: "me", password: "pass:wörd" };
const authorization = (username: string, password: string): string => `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
const serve = (listen: string, more: object = {}) =>
  serveRegistry({ listen, repositories: memoryRepositories(), immutable: false, mutableTags: [], emit: () => {}, ...more });

test("an address is HOST:PORT, and port 0 takes a free one", async () => {
  for (const [listen, host] of [
    ["127.0.0.1:0", "127.0.0.1"],
    ["localhost:0", "localhost"],
    ["[::1]:0", "[::1]"],
  ] as const) {
    const served = await serve(listen);
    try {
      assert.equal(served.url, `http://${host}:${served.port}`);
      assert.equal(served.host, `${host}:${served.port}`);
      assert.equal((await fetch(`${served.url}/v2/`)).status, 200);
    } finally {
      await served.close();
    }
  }
});

test("what is no address is a mistake of usage", async () => {
  for (const listen of [
    "",
    "5000",
    ":5000",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:x",
    "127.0.0.1:99999",
    "::1:5000",
    "http://127.0.0.1:0",
  ]) {
    await assert.rejects(serve(listen), failsWith("USAGE"), listen);
  }
});

test("an address that is taken, or not this machine's, is said plainly", async () => {
  await using registry = await anEmbeddedRegistry();
  await assert.rejects(serve(`127.0.0.1:${registry.served.port}`), /cannot listen on .*another program listens there/);
  await assert.rejects(serve("192.0.2.1:0", { basic }), /no such address/);
});

test("other machines are let in with a password only", async () => {
  for (const listen of ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1.example.com:0"]) {
    await assert.rejects(serve(listen), failsWith("USAGE"), listen);
    await assert.rejects(serve(listen, { basic: { username: "me", password: "" } }), failsWith("USAGE"), listen);
  }
  const texts: string[] = [];
  const served = await serve("0.0.0.0:0", { basic, emit: (event: { kind: string; text?: string }) => texts.push(event.text ?? "") });
  await served.close();
  assert.match(texts.join(), /without TLS/);
});

test("the password is asked for everywhere, and taken in no other way", async () => {
  await using registry = await anEmbeddedRegistry({ basic });
  const wrong = [
    {},
    { authorization: authorization("me", "pass") },
    { authorization: authorization("you", basic.password) },
    { authorization: authorization("", "") },
    { authorization: "Basic" },
    { authorization: "Basic !!!" },
    { authorization: `Bearer ${Buffer.from(`me:${basic.password}`).toString("base64")}` },
  ];
  for (const path of ["/v2/", "/v2/_catalog", "/v2/a/manifests/b", "/nowhere"]) {
    for (const headers of wrong) {
      const answer = await registry.ask("GET", path, { headers: headers as Record<string, string> });
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get("www-authenticate"), 'Basic realm="waybill", charset="UTF-8"');
      assert.match(await answer.text(), /"UNAUTHORIZED"/);
    }
  }
  assert.equal((await registry.ask("GET", "/v2/", { headers: { authorization: authorization("me", basic.password) } })).status, 200);
});

test("an idle connection does not hold up the end", async () => {
  const registry = await anEmbeddedRegistry();
  const socket = connect(registry.served.port, "127.0.0.1");
  await once(socket, "connect");
  await registry.ask("GET", "/v2/");
  const began = performance.now();
  await registry.served.close();
  assert.ok(performance.now() - began < 1500);
  socket.destroy();
});

test("a request that runs is cut off after a moment", async () => {
  const registry = await anEmbeddedRegistry();
  const path = await registry.startUpload("a");
  const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("never ends")) });
  const running = registry.ask("PATCH", path, { body }).then(
    () => "answered",
    () => "cut off",
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  await registry.served.close();
  assert.equal(await running, "cut off");
});

test("a client that stands still is cut off, one that is slow is not", async () => {
  await using registry = await anEmbeddedRegistry({ idleMs: 300 });
  const upload = await registry.startUpload("a");
  const send = async (pauseMs: number, pieces: number): Promise<string> => {
    const socket = connect(registry.served.port, "127.0.0.1");
    const heard: Buffer[] = [];
    socket.on("data", (chunk) => heard.push(chunk));
    socket.on("error", () => {});
    const closed = once(socket, "close");
    socket.write(`PATCH ${upload} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${pieces}\r\n\r\n`);
    for (let sent = 0; sent < pieces && !socket.destroyed; sent++) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      socket.write("x");
    }
    await closed;
    return Buffer.concat(heard).toString();
  };
  assert.match(await send(100, 8), /^HTTP\/1.1 202 /);
  assert.equal(await send(700, 2), "");
});

test("headers have a limit", async () => {
  await using registry = await anEmbeddedRegistry();
  assert.equal((await registry.ask("GET", "/v2/", { headers: { "x-large": "x".repeat(40_000) } })).status, 431);
});

test("what is no HTTP is refused", async () => {
  await using registry = await anEmbeddedRegistry();
  const socket = connect(registry.served.port, "127.0.0.1");
  socket.end("SSH-2.0-client\r\n");
  const heard = Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>)).toString();
  assert.match(heard, /^HTTP\/1.1 400 /);
});
