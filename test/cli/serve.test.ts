import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { suite, test } from "node:test";
import { waybill } from "../support/cli.ts";
import { aFolder } from "../support/folder.ts";
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
});
