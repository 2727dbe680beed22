import assert from "node:assert/strict";
import { after, test } from "node:test";
import { digestOf } from "../../src/oci/index.ts";
import { memoryRepositories } from "../../src/store/index.ts";
import { anEmbeddedRegistry, codesOf } from "../support/embedded-registry.ts";

const registry = await anEmbeddedRegistry();
after(async () => await registry[Symbol.asyncDispose]());

test("/v2/ says that this is a registry", async () => {
  for (const [method, path] of [
    ["GET", "/v2/"],
    ["HEAD", "/v2/"],
    ["GET", "/v2"],
  ] as const) {
    const answer = await registry.ask(method, path);
    assert.deepEqual([answer.status, answer.headers.get("docker-distribution-api-version")], [200, "registry/2.0"]);
  }
  assert.equal((await registry.ask("PUT", "/v2/")).status, 405);
});

test("what is no endpoint is not found", async () => {
  for (const path of [
    "/",
    "/v1/",
    "/v2/x",
    "/v2/team/app",
    "/v2/team/app/manifests",
    "/v2/team/app/manifests/",
    "/v2//manifests/a",
    "/v2/_x",
  ]) {
    const answer = await registry.ask("GET", path);
    assert.equal(answer.status, 404, path);
    assert.match((await codesOf(answer))[0] ?? "", /^[A-Z_]+$/);
  }
});

test("a name that is none is refused", async () => {
  const names = ["UPPER", "a//b", "-a", "a-", "a..b", "a___b", "a%2F..%2Fb", "_layout", "a/_layout", "a b", "%E0%A4%A", "a".repeat(256)];
  for (const name of names) {
    for (const rest of ["tags/list", "manifests/latest", `blobs/${digestOf("")}`]) {
      const answer = await registry.ask("GET", `/v2/${name}/${rest}`);
      assert.deepEqual([answer.status, await codesOf(answer)], [400, ["NAME_INVALID"]], `${name}/${rest}`);
    }
    assert.equal((await registry.ask("POST", `/v2/${name}/blobs/uploads/`)).status, 400, name);
  }
});

test("a name may contain the words of endpoints", async () => {
  for (const name of ["blobs", "manifests/tags", "a/blobs/b", "tags/list", "a/manifests", "referrers"]) {
    const digest = await registry.pushBlob(name, name);
    assert.equal(await (await registry.ask("GET", `/v2/${name}/blobs/${digest}`)).text(), name);
    assert.deepEqual(await (await registry.ask("GET", `/v2/${name}/tags/list`)).json(), { name, tags: [] });
  }
});

test("a name may be long, and its slashes escaped", async () => {
  const name = "a".repeat(255);
  const digest = await registry.pushBlob(name, "long");
  assert.equal((await registry.ask("GET", `/v2/${name}/blobs/${digest}`)).status, 200);
  await registry.pushBlob("team/app", "escaped");
  assert.equal((await registry.ask("GET", `/v2/team%2Fapp/blobs/${digestOf("escaped")}`)).status, 200);
});

test("methods that nothing has are refused", async () => {
  for (const method of ["OPTIONS", "PROPFIND", "constructor"]) {
    const answer = await registry.ask(method, "/v2/team/app/tags/list").catch(() => undefined);
    if (answer !== undefined) assert.ok([400, 405].includes(answer.status), method);
  }
});

test("what goes wrong inside is told to who runs the registry, not to clients", async () => {
  const repositories = memoryRepositories();
  const broken = {
    ...repositories,
    open: (name: string) => ({
      ...repositories.open(name),
      resolve: async () => {
        throw new Error("cannot open /secret/folder");
      },
    }),
  };
  await using served = await anEmbeddedRegistry({ repositories: broken });
  const answer = await served.ask("GET", "/v2/a/manifests/latest");
  const body = await answer.text();
  assert.equal(answer.status, 500);
  assert.doesNotMatch(body, /secret/);
  assert.match(body, /UNKNOWN/);
  assert.ok(served.events.some((event) => event.kind === "message" && /secret/.test(event.text)));
});

test("a full disk is said plainly", async () => {
  const repositories = memoryRepositories();
  const full = {
    ...repositories,
    open: (name: string) => ({
      ...repositories.open(name),
      startUpload: async () => {
        throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      },
    }),
  };
  await using served = await anEmbeddedRegistry({ repositories: full });
  const answer = await served.ask("POST", "/v2/a/blobs/uploads/");
  assert.equal(answer.status, 507);
  assert.match(await answer.text(), /no room/);
});

test("requests are told as details, without what may be secret in their query", async () => {
  await using served = await anEmbeddedRegistry();
  await served.ask("GET", "/v2/?token=abcdef&n=1");
  const [event] = served.events;
  assert.match(event?.kind === "detail" ? event.text : "", /^GET \/v2\/\?token=REDACTED&n=1 200 \d+ ms$/);
});
