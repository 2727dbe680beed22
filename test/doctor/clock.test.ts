import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { Patient } from "../../src/doctor/check.ts";
import { clockCheck } from "../../src/doctor/checks/clock.ts";
import { aFolder } from "../support/folder.ts";
import { aCertificate } from "../support/registry-certificate.ts";

test("the clock is compared through the proxy, with the further certificate authorities", async () => {
  await using folder = await aFolder();
  // An address that nobody has (RFC 5737).
  const elsewhere = "192.0.2.1";
  const certificate = aCertificate([elsewhere]);
  const caFile = join(folder.path, "ca.pem");
  writeFileSync(caFile, certificate.cert);
  const registry = createServer(certificate, (_, response) => {
    response.setHeader("date", new Date(Date.now() + 400_000).toUTCString());
    response.writeHead(401).end();
  });
  const proxy = createHttpServer();
  const tunnels: (string | undefined)[] = [];
  const port = async (server: typeof proxy | typeof registry): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const behind = await port(registry);
  proxy.on("connect", (request, socket) => {
    tunnels.push(request.url);
    const onward = connect(behind, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  const https = `http://127.0.0.1:${await port(proxy)}`;
  const destinations = [{ host: "registry.example", repository: "a", trusted: false }];
  const patient = (reach: Patient["reach"]) =>
    ({
      images: [{ destinations, moving: [], release: "{sha}" }],
      endpoints: { "registry.example": { url: `https://${elsewhere}` } },
      reach,
      signal: new AbortController().signal,
    }) as unknown as Patient;
  const [found] = await clockCheck(patient({ caFile, proxy: { https } }));
  assert.deepEqual([found?.level, found?.code], ["error", "CREDENTIALS_FAILED"]);
  assert.match(found?.what ?? "", /this machine's clock is (?:399|40\d) s behind registry\.example/);
  assert.deepEqual(tunnels, [`${elsewhere}:443`]);
  // A server that is not trusted tells nothing.
  assert.deepEqual(await clockCheck(patient({ proxy: { https } })), []);
  for (const server of [registry, proxy]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(caFile);
});
