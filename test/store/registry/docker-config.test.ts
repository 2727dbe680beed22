import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { type Credentials, dockerConfigSignIn, type SignIn, stackSignIns, staticSignIn } from "../../../src/store/index.ts";
import { failureOf } from "../../support/registry-client.ts";

let dir = "";
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "waybill-docker-config-"));
});
after(() => rm(dir, { recursive: true }));

/** A sign-in over a `config.json` with this content, and helpers on PATH. */
async function configured(config: unknown, env: Record<string, string> = {}): Promise<SignIn> {
  const configDir = await mkdtemp(join(dir, "config-"));
  await writeFile(join(configDir, "config.json"), typeof config === "string" ? config : JSON.stringify(config));
  return dockerConfigSignIn({ configDir, env: { ...env, PATH: [dir, process.env["PATH"]].join(delimiter) } });
}

/** A credential helper that is a shell script. */
async function helper(name: string, script: string): Promise<void> {
  await writeFile(join(dir, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, `docker-credential-${name}`), 0o755);
}

const auth = (text: string): { readonly auth: string } => ({ auth: Buffer.from(text).toString("base64") });
const basic = (username: string, password: string): Credentials => ({ kind: "basic", username, password });

test("Without a configuration there are no credentials", async () => {
  const signIn = dockerConfigSignIn({ configDir: join(dir, "none"), env: {} });
  assert.equal(await signIn.credentials("registry.example"), undefined);
});

test("An auth is user and password in base64, and the password may have colons", async () => {
  const signIn = await configured({ auths: { "registry.example:5000": auth("ann:pass:word") } });
  assert.deepEqual(await signIn.credentials("registry.example:5000"), basic("ann", "pass:word"));
  assert.equal(await signIn.credentials("registry.example"), undefined);
});

test("Docker Hub's sign-in stands under its old key", async () => {
  const signIn = await configured({ auths: { "https://index.docker.io/v1/": auth("ann:hub") } });
  assert.deepEqual(await signIn.credentials("docker.io"), basic("ann", "hub"));
});

test("Keys may be URLs of older days, and a plain host comes before them", async () => {
  const signIn = await configured({
    auths: { "https://a.example/v1/": auth("old:key"), "b.example": auth("plain:host"), "https://b.example/v2/": auth("url:key") },
  });
  assert.deepEqual(await signIn.credentials("a.example"), basic("old", "key"));
  assert.deepEqual(await signIn.credentials("b.example"), basic("plain", "host"));
});

test("Identity tokens and registry tokens are told apart from passwords", async () => {
  const signIn = await configured({
    auths: { "i.example": { ...auth("00000000:"), identitytoken: "refresh" }, "r.example": { registrytoken: "ready" } },
  });
  assert.deepEqual(await signIn.credentials("i.example"), { kind: "identity-token", token: "refresh" });
  assert.deepEqual(await signIn.credentials("r.example"), { kind: "bearer", token: "ready" });
});

test("A helper for the registry comes before the store for all, and that before the file", async () => {
  await helper("one", 'read server; echo "{\\"Username\\":\\"one\\",\\"Secret\\":\\"for $server\\"}"');
  await helper("all", 'read server; echo "{\\"Username\\":\\"<token>\\",\\"Secret\\":\\"for $server\\"}"');
  const signIn = await configured({
    auths: { "a.example": {}, "b.example": auth("in:file") },
    credHelpers: { "a.example": "one" },
    credsStore: "all",
  });
  assert.deepEqual(await signIn.credentials("a.example"), basic("one", "for a.example"));
  assert.deepEqual(await signIn.credentials("b.example"), { kind: "identity-token", token: "for b.example" });
  assert.deepEqual(await signIn.credentials("docker.io"), { kind: "identity-token", token: "for https://index.docker.io/v1/" });
});

test("A store that has nothing leaves it to the file", async () => {
  await helper("empty", 'echo "credentials not found in native keychain"; exit 1');
  const signIn = await configured({ auths: { "a.example": auth("in:file") }, credsStore: "empty" });
  assert.deepEqual(await signIn.credentials("a.example"), basic("in", "file"));
  assert.equal(await signIn.credentials("b.example"), undefined);
});

test("A helper that fails, is missing or has no helper's name is a failure that says so", async () => {
  await helper("broken", 'echo "the keychain is locked" >&2; exit 3');
  const broken = await configured({ credsStore: "broken" });
  assert.match((await failureOf(broken.credentials("a.example"), "CREDENTIALS_FAILED")).message, /exit code 3: the keychain is locked/);
  await failureOf((await configured({ credsStore: "not-installed" })).credentials("a.example"), "PROGRAM_MISSING");
  await failureOf((await configured({ credsStore: "../../bin/sh" })).credentials("a.example"), "CREDENTIALS_FAILED");
});

test("A file that is no JSON, or an auth that is none, is a failure without its content", async () => {
  await failureOf((await configured("{secret")).credentials("a.example"), "CREDENTIALS_FAILED");
  const failure = await failureOf(
    (await configured({ auths: { "a.example": auth("nocolon") } })).credentials("a.example"),
    "CREDENTIALS_FAILED",
  );
  assert.doesNotMatch(failure.message, /nocolon|bm9jb2xvbg/);
});

test("DOCKER_AUTH_CONFIG comes before the file", async () => {
  const env = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { "a.example": auth("from:environment") } }) };
  const signIn = await configured({ auths: { "a.example": auth("from:file"), "b.example": auth("in:file") } }, env);
  assert.deepEqual(await signIn.credentials("a.example"), basic("from", "environment"));
  assert.deepEqual(await signIn.credentials("b.example"), basic("in", "file"));
});

test("Of stacked sign-ins the first that has something is the one", async () => {
  const stacked = stackSignIns([
    staticSignIn({ "a.example": basic("a", "1") }),
    staticSignIn({ "a.example": basic("a", "2"), "b.example": basic("b", "2") }),
  ]);
  assert.deepEqual(await stacked.credentials("a.example"), basic("a", "1"));
  assert.deepEqual(await stacked.credentials("b.example"), basic("b", "2"));
  assert.equal(await stacked.credentials("constructor"), undefined);
});
