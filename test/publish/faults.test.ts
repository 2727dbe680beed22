import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { codes } from "../../src/failure/index.ts";
import { mediaTypes } from "../../src/oci/index.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { cut, type Intercept, refuse, registryServer, reply, sha256 } from "../support/registry-server.ts";
import { anApp } from "./app.ts";
import { publish, seen } from "./support.ts";

const { repository, first } = anApp();

/** How a registry misbehaves, and what the run must end with. */
interface Fault {
  readonly intercept: Intercept;
  readonly code: keyof typeof codes | readonly (keyof typeof codes)[];
  readonly said: RegExp;
}

const other = Buffer.from('{"schemaVersion":2}');

const faults: Readonly<Record<string, Fault>> = {
  "answers 401": {
    intercept: (_, response) => refuse(response, 401, "UNAUTHORIZED", "who are you", { "www-authenticate": 'Basic realm="r"' }),
    code: ["UNAUTHORIZED", "CREDENTIALS_MISSING"],
    said: /./,
  },
  "answers 403": { intercept: (_, response) => refuse(response, 403, "DENIED", "not you"), code: "DENIED", said: /not you|403/ },
  "answers 404 to everything": {
    intercept: (_, response) => refuse(response, 404, "NAME_UNKNOWN", "no such repository"),
    code: "NOT_FOUND",
    said: /repository/,
  },
  "answers 500": { intercept: (_, response) => refuse(response, 500, "UNKNOWN", "broken"), code: "REGISTRY_ERROR", said: /500/ },
  "answers HTML": {
    intercept: (_, response) => reply(response, 200, { "content-type": "text/html" }, "<html>sign in</html>"),
    code: "REGISTRY_PROTOCOL",
    said: /html/i,
  },
  "never answers": { intercept: () => true, code: "REGISTRY_TIMEOUT", said: /no answer within/ },
  "cuts every connection": { intercept: (request) => cut(request), code: "REGISTRY_UNREACHABLE", said: /./ },
  "gives a manifest that is not its digest's": {
    intercept: (request, response) => {
      if (!request.url?.includes("/manifests/")) return false;
      const headers = {
        "content-type": mediaTypes.ociManifest,
        "docker-content-digest": sha256("something else"),
        "content-length": other.length,
      };
      return reply(response, 200, headers, request.method === "HEAD" ? undefined : other);
    },
    code: ["CONTENT_MISMATCH", "CHECK_FAILED", "REGISTRY_PROTOCOL"],
    said: /digest/,
  },
};

suite("a registry that", () => {
  for (const [name, { intercept, code, said }] of Object.entries(faults)) {
    test(`${name} ends the run with a clear failure, and has nothing written`, async () => {
      await using server = await registryServer({ intercept });
      const report = await publish({ repo: repository.dir, to: [`${server.host}/team/app`] });
      const [failure] = report.failures;
      assert.ok(failure);
      assert.ok([code].flat().includes(failure.code), `${failure.code}: ${failure.message}`);
      assert.match(`${failure.message} ${failure.hint}`, said);
      assert.ok(failure.hint, "a hint");
      assert.equal(report.exitCode, codes[failure.code].exit);
      assert.deepEqual([server.manifests.size, server.blobs.size], [0, 0]);
    });
  }

  test("breaks off in the middle of a blob is read again, to the end", async () => {
    await using good = await anEmbeddedRegistry();
    const to = `${good.served.host}/team/app`;
    await publish({ repo: repository.dir, to: [to] });
    let cuts = 0;
    // A registry in front of the good one that gives half of a blob once, then all of it.
    await using front = await registryServer({
      intercept: async (request, response) => {
        const answer = await fetch(`${good.served.url}${request.url}`, {
          method: request.method ?? "GET",
          headers: { ...(request.headers.range && { range: request.headers.range }) },
        });
        const body = Buffer.from(await answer.arrayBuffer());
        const headers = Object.fromEntries(
          ["content-type", "content-length", "docker-content-digest", "content-range"].flatMap((key) =>
            answer.headers.get(key) ? [[key, answer.headers.get(key) ?? ""]] : [],
          ),
        );
        response.writeHead(answer.status, headers);
        if (request.method === "GET" && request.url?.includes("/blobs/") && cuts < 1) {
          cuts += 1;
          response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
        } else response.end(request.method === "HEAD" ? undefined : body);
        return true;
      },
    });
    const report = await publish({ repo: repository.dir, to: [`${front.host}/team/app`], dryRun: true });
    assert.equal(cuts, 1);
    assert.deepEqual([report.exitCode, report.images[0]?.status], [0, "present"]);
    assert.deepEqual(Object.keys(await seen(to)), [first, "latest"]);
  });
});
