import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { test } from "node:test";
import { inspect } from "node:util";
import { Failure, failureReport } from "../../../src/failure/index.ts";
import { parseTag } from "../../../src/oci/index.ts";
import { bytesSource, type Credentials, type RegistryStore, staticSignIn } from "../../../src/store/index.ts";
import { aBlob, allOf, aManifest, type ClientUnderTest, clientOf, piecesOf } from "../../support/registry-client.ts";
import { cut, registryServer, reply } from "../../support/registry-server.ts";

const password = 'P4 ss/w+&rd="1';
const refresh = "refresh.ABC/def+123==";
const given = "bearer-XYZ~789.abc";
const kinds: readonly Credentials[] = [
  { kind: "basic", username: "ann", password },
  { kind: "identity-token", token: refresh },
  { kind: "bearer", token: given },
];
const bytes = randomBytes(5000);
const { descriptor } = aBlob(bytes);
const { descriptor: manifest, bytes: manifestBytes } = aManifest({ note: "ours" });
const subject = aManifest({ note: "record", subject: manifest, artifactType: "a/b" });

/** Everything that a client asks of a repository. */
const works: readonly ((store: RegistryStore, under: ClientUnderTest) => Promise<unknown>)[] = [
  (store) => store.has(descriptor),
  (store) => store.write(descriptor, piecesOf(bytes, 1000)),
  (store) => store.write(manifest, bytesSource(manifestBytes)),
  (store) => store.write(subject.descriptor, bytesSource(subject.bytes)),
  (store) => allOf(store.read(descriptor)),
  (store) => allOf(store.read(manifest)),
  (store) => store.tag(parseTag("latest"), manifest),
  (store) => Array.fromAsync(store.tags()),
  (store) => store.referrers(manifest.digest),
  (store) => store.deleteTag(parseTag("latest")),
  (store, { client }) => store.mount(descriptor, client.repository({ host: store.name.split("/", 1)[0] ?? "", repository: "other/app" })),
];

/** Ways to quote what was heard, in everything that a client may repeat. */
const echoes: readonly (readonly [string, (heard: string, response: ServerResponse, request: IncomingMessage) => unknown])[] = [
  ...[400, 401, 403, 404, 405, 409, 412, 413, 416, 429, 500, 503].map(
    (status) =>
      [`${status} in JSON`, (heard: string, response: ServerResponse) => reply(response, status, {}, errors(heard, heard))] as const,
  ),
  ["a code", (heard, response) => reply(response, 400, {}, errors("no", heard.replace(/^(Basic|Bearer) /, "")))],
  ["a detail", (heard, response) => reply(response, 403, {}, JSON.stringify({ errors: [{ code: "X", message: "x", detail: heard }] }))],
  ["plain text", (heard, response) => reply(response, 400, {}, `refused ${heard}`)],
  ["the end of a long text", (heard, response) => reply(response, 400, {}, `${"x".repeat(280)} ${heard}`)],
  ["a title", (heard, response) => reply(response, 502, { "content-type": "text/html" }, `<html><title>${heard}</title>`)],
  ["a type", (heard, response) => reply(response, 200, { "content-type": `text/${ascii(heard)}` }, "x")],
  [
    "a place",
    (heard, response) =>
      reply(response, 307, { location: `http://storage.example/${encodeURIComponent(heard)}?s=${encodeURIComponent(heard)}` }),
  ],
  [
    "its own place",
    (heard, response, { url }) => reply(response, url?.startsWith("/m/") ? 400 : 307, { location: `/m/${encodeURIComponent(heard)}` }),
  ],
  [
    "an upload's place",
    (heard, response, { method }) =>
      method === "POST" ? reply(response, 202, { location: `/v2/u/${encodeURIComponent(heard)}` }) : reply(response, 404),
  ],
  [
    "a realm",
    (heard, response) => reply(response, 401, { "www-authenticate": `Bearer realm="http://x.example/${encodeURIComponent(heard)}"` }),
  ],
  [
    "a digest",
    (heard, response) =>
      reply(response, 200, { "docker-content-digest": ascii(heard), "content-type": manifest.mediaType, "content-length": 5 }, "12345"),
  ],
  ["what is no HTTP", (heard, response) => response.socket?.end(`HTTP/1.1 ${ascii(heard)}\r\n\r\n`)],
  ["a cut connection", (_, __, request) => cut(request)],
];

const ascii = (text: string): string => text.replace(/[^\x20-\x7e]/g, "?");
const errors = (message: string, code: string): string => JSON.stringify({ errors: [{ code, message: `not with ${message}` }] });

/** What was heard: the header, what it decodes to, and the body. */
function heardIn(request: IncomingMessage, body: string): string {
  const header = request.headers.authorization ?? "";
  const decoded = Buffer.from(header.replace(/^Basic /, ""), "base64").toString("utf8");
  return [header, header.startsWith("Basic ") ? decoded : "", body].join(" ");
}

/** All that a person or program could get to see. */
function shownBy(thrown: unknown, { events }: ClientUnderTest): string {
  const parts = [JSON.stringify(events), inspect(thrown, { depth: 10 }), String(thrown)];
  for (let at: unknown = thrown; at instanceof Error; at = at.cause) {
    parts.push(at.stack ?? "", at.message);
    if (at instanceof Failure) parts.push(JSON.stringify(failureReport(at)));
  }
  return parts.join("\n").toLowerCase();
}

function spellings(secret: string): readonly string[] {
  const raw = Buffer.from(secret);
  const base64 = raw.toString("base64");
  const form = new URLSearchParams({ s: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    encodeURIComponent(secret),
    form,
    json,
    base64,
    base64.replace(/=+$/, ""),
    raw.toString("base64url"),
    raw.toString("hex"),
  ];
}

for (const credentials of kinds) {
  for (const at of ["registry", "realm"] as const) {
    if (at === "realm" && credentials.kind === "bearer") continue;
    test(`What is sent in confidence (${credentials.kind}) is in no failure and no event, however the ${at} quotes it`, async () => {
      let heard = 0;
      const quoting = echoes.map(async ([how, echo]) => {
        const tokens: string[] = [];
        await using server = await registryServer();
        server.intercept = async (request, response, { url }) => {
          let body = "";
          for await (const chunk of request) body += String(chunk).slice(0, 500);
          if (url.startsWith("/token")) {
            if (at === "realm") return echo(heardIn(request, body), response, request) !== undefined;
            const token = `issued.${tokens.length}/${"t".repeat(20)}`;
            tokens.push(token);
            return reply(response, 200, {}, JSON.stringify({ token, expires_in: 60 }));
          }
          if (request.headers.authorization === undefined) {
            const basic = at === "registry" && credentials.kind === "basic" && how.length % 2 === 0;
            const challenge = basic ? 'Basic realm="x"' : `Bearer realm="http://${server.host}/token",service="x"`;
            return reply(response, 401, { "www-authenticate": challenge });
          }
          heard++;
          return echo(heardIn(request, body), response, request) !== undefined;
        };
        for (const work of works) {
          await using under = clientOf(server.host, {
            signIn: staticSignIn({ [server.host]: credentials }),
            retry: { attempts: 2, baseMs: 1, capMs: 1, deadlineMs: 1000 },
          });
          const thrown = await work(under.store, under).then(
            () => undefined,
            (reason: unknown) => reason,
          );
          const shown = shownBy(thrown, under);
          const secrets = [password, `ann:${password}`, refresh, given, ...tokens].flatMap(spellings);
          const leaked = secrets.filter((secret) => shown.includes(secret.slice(0, 12).toLowerCase()));
          assert.deepEqual(leaked, [], `${how}: ${shown}`);
        }
      });
      await Promise.all(quoting);
      assert.ok(at === "realm" || heard > 50, `${heard} requests were signed`);
    });
  }
}
