import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { aCertificate } from "../../support/registry-certificate.ts";
import { aBlob, clientOf, failureOf } from "../../support/registry-client.ts";
import { registryServer } from "../../support/registry-server.ts";

const { descriptor } = aBlob(randomBytes(100));
/** An address for documentation (RFC 5737): no packet goes there. */
const elsewhere = "192.0.2.1";
const certificate = aCertificate(["127.0.0.1", elsewhere]);
const tlsServer = createHttpsServer(certificate, (_, response) => void response.writeHead(200, { "content-length": 0 }).end());
let dir = "";

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "waybill-transport-"));
  await writeFile(join(dir, "ca.pem"), certificate.cert);
  await listen(tlsServer);
});
after(async () => {
  tlsServer.closeAllConnections();
  tlsServer.close();
  await rm(dir, { recursive: true });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const tlsPort = (): number => (tlsServer.address() as AddressInfo).port;

test("A certificate of an authority of one's own is trusted through its file", async () => {
  const url = `https://127.0.0.1:${tlsPort()}`;
  await using under = clientOf("registry.example", { endpoints: { "registry.example": { url } }, caFile: join(dir, "ca.pem") });
  assert.equal(await under.store.has(descriptor), true);
});

test("A certificate that nobody vouches for is refused at once, with what to do", async () => {
  const url = `https://127.0.0.1:${tlsPort()}`;
  await using under = clientOf("registry.example", { endpoints: { "registry.example": { url } } });
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_UNREACHABLE");
  assert.match(failure.message, /the certificate is not trusted/);
  assert.match(failure.hint ?? "", /--ca-file/);
  assert.deepEqual(under.events, []);
});

test("A file of authorities that is missing is a mistake of the configuration", async () => {
  const url = `https://127.0.0.1:${tlsPort()}`;
  await using under = clientOf("registry.example", { endpoints: { "registry.example": { url } }, caFile: join(dir, "none.pem") });
  await failureOf(under.store.has(descriptor), "CONFIG_INVALID");
});

test("A registry elsewhere is reached through the proxy, by a tunnel that is kept", async () => {
  const tunnels: string[] = [];
  const proxy = createHttpServer();
  proxy.on("connect", (request, socket) => {
    tunnels.push(`${request.url} ${request.headers["proxy-authorization"]}`);
    const onward = connect(tlsPort(), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  const port = await listen(proxy);
  await using under = clientOf("registry.example", {
    endpoints: { "registry.example": { url: `https://${elsewhere}` } },
    caFile: join(dir, "ca.pem"),
    proxy: { https: `http://user:secret@127.0.0.1:${port}` },
  });
  assert.equal(await under.store.has(descriptor), true);
  assert.equal(await under.store.has(descriptor), true);
  assert.deepEqual(tunnels, [`${elsewhere}:443 Basic ${Buffer.from("user:secret").toString("base64")}`]);
  proxy.closeAllConnections();
  proxy.close();
});

test("A proxy that refuses is named without its password", async () => {
  const proxy = createHttpServer();
  proxy.on("connect", (_, socket) => void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
  const port = await listen(proxy);
  await using under = clientOf("registry.example", {
    endpoints: { "registry.example": { url: `https://${elsewhere}` } },
    proxy: { https: `http://user:s3cr3t@127.0.0.1:${port}` },
  });
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_UNREACHABLE");
  assert.match(failure.message, /407/);
  assert.doesNotMatch(JSON.stringify([failure.message, failure.facts, under.events]), /s3cr3t/);
  proxy.close();
});

test("A proxy that never answers is a time-out", async () => {
  const silent = createServer((socket) => void socket.on("error", () => {}).resume());
  const port = await listen(silent);
  await using under = clientOf("registry.example", {
    endpoints: { "registry.example": { url: `https://${elsewhere}` } },
    proxy: { https: `http://127.0.0.1:${port}` },
    timeouts: { connectMs: 100 },
    retry: { attempts: 2, baseMs: 1, capMs: 1, deadlineMs: 1000 },
  });
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_TIMEOUT");
  assert.match(failure.message, /no connection within 0\.1 s/);
  // Nothing is left behind that would wait for the proxy.
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(await new Promise((resolve) => silent.getConnections((_, open) => resolve(open))), 0);
  silent.close();
});

test("A registry on this machine is not sought through a proxy", async () => {
  await using server = await registryServer();
  await using under = clientOf(server.host, { proxy: { http: "http://127.0.0.1:1", https: "http://127.0.0.1:1" } });
  assert.equal(await under.store.has(descriptor), false);
});

test("What NO_PROXY names is reached without the proxy", async () => {
  await using under = clientOf("registry.example", {
    endpoints: { "registry.example": { url: "https://registry.invalid" } },
    proxy: { https: "http://127.0.0.1:1", no: "other.example, .invalid" },
    retry: { attempts: 1 },
  });
  const failure = await failureOf(under.store.has(descriptor), "REGISTRY_UNREACHABLE");
  assert.doesNotMatch(failure.message, /ECONNREFUSED/);
});

test("A TLS handshake that never ends is a time-out", async () => {
  const silent = createServer((socket) => void socket.on("error", () => {}).resume());
  const port = await listen(silent);
  await using under = clientOf("registry.example", {
    endpoints: { "registry.example": { url: `https://127.0.0.1:${port}` } },
    timeouts: { connectMs: 100 },
    retry: { attempts: 1 },
  });
  await failureOf(under.store.has(descriptor), "REGISTRY_TIMEOUT");
  silent.close();
});

test("What does not speak HTTP is no registry", async () => {
  const mail = createServer((socket) => socket.end("220 mail.example ESMTP\r\n"));
  const port = await listen(mail);
  await using under = clientOf(`127.0.0.1:${port}`);
  await failureOf(under.store.has(descriptor), "REGISTRY_PROTOCOL");
  mail.close();
});

test("Connections are kept and used again", async () => {
  await using server = await registryServer();
  const ports = new Set<number | undefined>();
  server.intercept = (request) => {
    ports.add(request.socket.remotePort);
    return false;
  };
  await using under = clientOf(server.host);
  for (let n = 0; n < 10; n++) await under.store.has(descriptor);
  assert.equal(ports.size, 1);
});

/** Starts a server of raw answers; it ends with the scope, so that a failed test does not wait for it. */
async function answering(talk: (socket: Socket) => void): Promise<AsyncDisposable & { readonly host: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    talk(socket);
  });
  const port = await listen(server);
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const absent = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

test("A kept connection on which bytes come that nobody asked for is not used again", async () => {
  let connections = 0;
  await using server = await answering((socket) => {
    connections++;
    socket.on("data", () => {
      socket.write(absent);
      setTimeout(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), 20);
    });
  });
  await using under = clientOf(server.host);
  assert.equal(await under.store.has(descriptor), false);
  await new Promise((resolve) => setTimeout(resolve, 60));
  // The doubled answer would say that the blob is there.
  assert.equal(await under.store.has(descriptor), false);
  assert.equal(connections, 2);
});

test("What is left over on a kept connection and is no answer is no failure of the registry", async () => {
  let requests = 0;
  await using server = await answering((socket) => {
    socket.on("data", () => {
      requests++;
      socket.write(requests === 2 ? "left over" : absent);
    });
  });
  await using under = clientOf(server.host);
  assert.equal(await under.store.has(descriptor), false);
  assert.equal(await under.store.has(descriptor), false);
  assert.equal(requests, 3);
});
