import assert from "node:assert/strict";
import { test } from "node:test";
import { Failure } from "../../../src/failure/index.ts";
import { endpointOf } from "../../../src/store/registry/endpoint.ts";

test("A registry is spoken to over https, and in plain text on this machine only", () => {
  const of = (host: string): string => endpointOf(host).href;
  assert.equal(of("registry.example"), "https://registry.example/");
  assert.equal(of("registry.example:5000"), "https://registry.example:5000/");
  assert.equal(of("localhost:5000"), "http://localhost:5000/");
  assert.equal(of("127.8.0.1"), "http://127.8.0.1/");
  assert.equal(of("[::1]:5000"), "http://[::1]:5000/");
  assert.equal(of("127.0.0.1.evil.example"), "https://127.0.0.1.evil.example/");
  assert.equal(of("localhost.evil.example"), "https://localhost.evil.example/");
  assert.equal(of("10.0.0.1:5000"), "https://10.0.0.1:5000/");
});

test("Docker Hub is spoken to under the name of its registry", () => {
  assert.equal(endpointOf("docker.io").href, "https://registry-1.docker.io/");
});

test("A configured endpoint stands in for its host, with a path where it has one", () => {
  const of = (url: string): string => endpointOf("registry.example", { "registry.example": { url } }).href;
  assert.equal(of("http://127.0.0.1:5000"), "http://127.0.0.1:5000/");
  assert.equal(of("https://proxy.example/registry"), "https://proxy.example/registry/");
  assert.equal(endpointOf("other.example", { "registry.example": { url: "http://127.0.0.1:1" } }).href, "https://other.example/");
});

test("An endpoint that would leak or cannot be meant is refused", () => {
  for (const url of ["http://registry.internal", "ftp://x", "nonsense", "https://user:secret@x", "https://x?a=b"]) {
    assert.throws(
      () => endpointOf("registry.example", { "registry.example": { url } }),
      (thrown) => thrown instanceof Failure && thrown.code === "CONFIG_INVALID" && !thrown.message.includes("secret"),
    );
  }
});
