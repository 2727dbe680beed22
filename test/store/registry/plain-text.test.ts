import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { mediaTypes } from "../../../src/oci/index.ts";
import { type RegistryStore, staticSignIn } from "../../../src/store/index.ts";
import { aFolder } from "../../support/folder.ts";
import { aCertificate } from "../../support/registry-certificate.ts";
import { aBlob, allOf, aManifest, clientOf, failureOf, piecesOf } from "../../support/registry-client.ts";
import { type RegistryServer, refuse, registryServer, reply } from "../../support/registry-server.ts";

const bytes = randomBytes(1000);
const { descriptor } = aBlob(bytes);
const { descriptor: manifest } = aManifest();
const certificate = aCertificate();

/** A registry over TLS, its client, and a server in plain text on this machine, where nothing of it belongs. */
async function overTls(
  answer: (request: IncomingMessage, response: ServerResponse, plain: RegistryServer) => unknown,
  work: (store: RegistryStore, plain: RegistryServer) => Promise<void>,
): Promise<void> {
  await using folder = await aFolder();
  const caFile = join(folder.path, "ca.pem");
  await writeFile(caFile, certificate.cert);
  await using plain = await registryServer();
  const server = createServer(certificate, (request, response) => {
    request.resume();
    answer(request, response, plain);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await using under = clientOf("registry.example", {
      endpoints: { "registry.example": { url } },
      caFile,
      signIn: staticSignIn({ "registry.example": { kind: "basic", username: "ann", password: "s3cr3t" } }),
    });
    await work(under.store, plain);
    assert.equal(plain.requests.length, 0);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const signIn = (request: IncomingMessage, response: ServerResponse): boolean =>
  request.headers.authorization === undefined &&
  refuse(response, 401, "UNAUTHORIZED", "", { "www-authenticate": 'Basic realm="registry"' });

for (const status of [301, 302, 303, 307, 308]) {
  test(`From https a ${status} to plain http is not followed, this machine's included`, async () => {
    await overTls(
      (request, response, plain) => signIn(request, response) || reply(response, status, { location: `http://${plain.host}/v2/x` }),
      async (store) => {
        for (const work of [allOf(store.read(descriptor)), allOf(store.read(manifest)), Array.fromAsync(store.tags())]) {
          const failure = await failureOf(work, "REGISTRY_PROTOCOL");
          assert.match(failure.message, /redirects to a place in plain text/);
        }
      },
    );
  });
}

test("From https an upload does not go on over plain http", async () => {
  await overTls(
    (request, response, plain) => {
      if (signIn(request, response)) return;
      if (request.method === "HEAD") return reply(response, 404);
      return reply(response, 202, { location: `http://${plain.host}/v2/team/app/blobs/uploads/1` });
    },
    async (store) => {
      const failure = await failureOf(store.write(descriptor, piecesOf(bytes, 100)), "REGISTRY_PROTOCOL");
      assert.match(failure.message, /wants the upload sent in plain text/);
    },
  );
});

test("From https no token is fetched over plain http", async () => {
  await overTls(
    (_, response, plain) =>
      refuse(response, 401, "UNAUTHORIZED", "", { "www-authenticate": `Bearer realm="http://${plain.host}/token",service="x"` }),
    async (store) => {
      const failure = await failureOf(store.has(descriptor), "REGISTRY_PROTOCOL");
      assert.match(failure.message, /asks to sign in at http:.*, which is not https/);
    },
  );
});

test("From https a next page in plain text of the same host is asked for over https, one of another host never", async () => {
  let pages = 0;
  await overTls(
    (request, response) => {
      if (signIn(request, response)) return;
      const link = pages++ === 0 ? { link: `<http://${request.headers.host}/v2/team/app/tags/list?last=a>; rel="next"` } : {};
      reply(response, 200, { "content-type": "application/json", ...link }, JSON.stringify({ tags: [`t${pages}`] }));
    },
    async (store) => assert.deepEqual(await Array.fromAsync(store.tags()), ["t1", "t2"]),
  );
  await overTls(
    (request, response, plain) => {
      if (signIn(request, response)) return;
      const link = `<http://${plain.host}/v2/team/app/referrers/x>; rel="next"`;
      reply(response, 200, { "content-type": mediaTypes.ociIndex, link }, '{"schemaVersion":2,"manifests":[]}');
    },
    async (store) => assert.deepEqual(await store.referrers(manifest.digest), []),
  );
});
