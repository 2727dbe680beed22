import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Failure } from "../../../src/failure/index.ts";
import { parseChallenges } from "../../../src/store/registry/challenge.ts";
import { covers, parseScopes } from "../../../src/store/registry/scope.ts";
import { parseRealm } from "../../../src/store/registry/token.ts";

const plain = (header: string | undefined): unknown =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test("A Bearer challenge is read with quoted and bare values, in any case", () => {
  assert.deepEqual(plain('BEARER Realm="https://auth.example/token?a=b,c",service=reg , scope="repository:a/b:pull,push"'), [
    ["bearer", { realm: "https://auth.example/token?a=b,c", service: "reg", scope: "repository:a/b:pull,push" }],
  ]);
});

test("Several challenges in one header are told apart", () => {
  assert.deepEqual(plain('Basic realm="a \\"b\\"", Negotiate, Bearer realm="x",error="invalid_token"'), [
    ["basic", { realm: 'a "b"' }],
    ["negotiate", {}],
    ["bearer", { realm: "x", error: "invalid_token" }],
  ]);
});

test("Of a repeated parameter the first counts", () => {
  assert.deepEqual(plain('Bearer realm="https://a", realm="https://b"'), [["bearer", { realm: "https://a" }]]);
});

test("Any header is parsed without an exception, and soon", () => {
  assert.deepEqual(plain(undefined), []);
  assert.deepEqual(plain('="'), []);
  fc.assert(fc.property(fc.string({ maxLength: 300, unit: "binary" }), (text) => void parseChallenges(text)));
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('"', "\\", ",", "=", " ", "a", "Bearer", "realm")),
      (parts) => void parseChallenges(parts.join("")),
    ),
  );
  const began = performance.now();
  for (const piece of ['"\\', "a ", "a=", ", ", 'a="']) parseChallenges(piece.repeat(100_000));
  assert.ok(performance.now() - began < 500);
});

test("A realm is taken over https only, or in plain text on this machine for a registry that is there too", () => {
  const realm = (url: string, registry: string): string => parseRealm(new Map([["realm", url]]), new URL(registry)).url.href;
  assert.equal(realm("https://user:pass@auth.example/token#x", "https://registry.example/"), "https://auth.example/token");
  assert.equal(realm("http://127.0.0.1:5001/token", "http://localhost:5000/"), "http://127.0.0.1:5001/token");
  for (const [url, registry] of [
    ["http://auth.example/token", "https://registry.example/"],
    ["http://127.0.0.1:5001/token", "https://registry.example/"],
    ["http://auth.example/token", "http://localhost:5000/"],
    ["file:///etc/passwd", "https://registry.example/"],
    ["/token", "https://registry.example/"],
    ["", "https://registry.example/"],
  ] as const) {
    assert.throws(
      () => realm(url, registry),
      (thrown) => thrown instanceof Failure && thrown.code === "REGISTRY_PROTOCOL",
    );
  }
});

test("Only scopes are taken from a challenge, and a token for more serves for less", () => {
  assert.deepEqual(parseScopes("repository:a/b:pull,push junk registry:catalog:* x:y"), ["repository:a/b:pull,push", "registry:catalog:*"]);
  assert.equal(covers(["repository:a:pull,push"], ["repository:a:pull"]), true);
  assert.equal(covers(["repository:a:pull"], ["repository:a:pull,push"]), false);
  assert.equal(covers(["repository:a:pull,push"], ["repository:a:pull", "repository:b:pull"]), false);
});
