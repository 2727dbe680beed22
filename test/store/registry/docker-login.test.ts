import assert from "node:assert/strict";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { dockerConfigSignIn, keepSignIn } from "../../../src/store/index.ts";
import { failureOf } from "../../support/registry-client.ts";

const host = "registry.example:5000";
const ann = { kind: "basic", username: "ann", password: "pass:word" } as const;
const auth = Buffer.from("ann:pass:word").toString("base64");

let dir = "";
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "waybill-docker-login-"));
});
after(() => rm(dir, { recursive: true }));

/** A folder of docker's configuration, with a file in it where text is given. */
async function aConfig(text?: string) {
  const configDir = await mkdtemp(join(dir, "config-"));
  const path = join(configDir, "config.json");
  if (text !== undefined) await writeFile(path, text, { mode: 0o644 });
  const options = { configDir, env: { PATH: [dir, process.env["PATH"]].join(delimiter) } };
  return { path, options, read: async () => JSON.parse(await readFile(path, "utf8")) };
}

/** A credential helper that is a shell script; what it is given lands in a file of its name. */
async function helper(name: string, script = "exit 0"): Promise<() => Promise<string>> {
  const taken = join(dir, `taken-by-${name}`);
  await writeFile(join(dir, `docker-credential-${name}`), `#!/bin/sh\necho "$1" > '${taken}'\ncat >> '${taken}'\n${script}\n`);
  await chmod(join(dir, `docker-credential-${name}`), 0o755);
  return async () => await readFile(taken, "utf8");
}

suite("keeping a sign-in in docker's configuration", () => {
  test("makes the file where there is none, for its owner only", async () => {
    const { options } = await aConfig();
    const configDir = join(options.configDir, "new", ".docker");
    const path = join(configDir, "config.json");
    assert.deepEqual(await keepSignIn(host, ann, { ...options, configDir }), { kind: "file", path });
    assert.deepEqual(JSON.parse(await readFile(path, "utf8")), { auths: { [host]: { auth } } });
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(configDir)).mode & 0o777, 0o700);
    assert.deepEqual(await dockerConfigSignIn({ ...options, configDir }).credentials(host), ann);
  });

  test("leaves every other key, and replaces only this registry's", async () => {
    const others = { "other.example": { auth: "b3RoZXI6b3RoZXI=" }, [host]: { auth: "b2xkOm9sZA==", email: "x" } };
    const { path, options, read } = await aConfig(JSON.stringify({ psFormat: "table", auths: others, plugins: { a: { b: "c" } } }));
    await keepSignIn(host, ann, options);
    assert.deepEqual(await read(), {
      psFormat: "table",
      auths: { "other.example": others["other.example"], [host]: { auth } },
      plugins: { a: { b: "c" } },
    });
    assert.equal((await stat(path)).mode & 0o777, 0o600, "a file that others could read is closed");
    assert.deepEqual(await readdir(options.configDir), ["config.json"], "no draft is left");
  });

  test("uses docker's own name for Docker Hub", async () => {
    const { options, read } = await aConfig("{}");
    await keepSignIn("docker.io", ann, options);
    assert.deepEqual(await read(), { auths: { "https://index.docker.io/v1/": { auth } } });
  });

  test("writes through a link", async () => {
    const { path, options, read } = await aConfig();
    const target = join(options.configDir, "dotfiles");
    await mkdir(target);
    await writeFile(join(target, "docker.json"), '{"psFormat":"x"}');
    await symlink(join(target, "docker.json"), path);
    await keepSignIn(host, ann, options);
    assert.equal((await lstat(path)).isSymbolicLink(), true);
    assert.deepEqual(await read(), { psFormat: "x", auths: { [host]: { auth } } });
  });

  test("leaves a file alone that is no JSON, and says which", async () => {
    const { path, options } = await aConfig("{ no json");
    const { message } = await failureOf(keepSignIn(host, ann, options), "CREDENTIALS_FAILED");
    assert.ok(message.includes(path));
    assert.equal(await readFile(path, "utf8"), "{ no json");
  });

  test("says where it may not write", async () => {
    const { options } = await aConfig("x");
    const { message, hint } = await failureOf(
      keepSignIn(host, ann, { ...options, configDir: join(options.configDir, "config.json") }),
      "CREDENTIALS_FAILED",
    );
    assert.match(message, /cannot be written to/);
    assert.match(hint ?? "", /DOCKER_CONFIG/);
  });

  test("gives it to the registry's helper, else to the one for all, and keeps nothing of it in the file", async () => {
    const taken = { own: await helper("own"), all: await helper("all") };
    const config = { credsStore: "all", credHelpers: { [host]: "own" }, auths: { "b.example": { auth: "b2xkOm9sZA==" } } };
    const { options, read } = await aConfig(JSON.stringify(config));
    assert.deepEqual(await keepSignIn(host, ann, options), { kind: "helper", name: "own" });
    assert.deepEqual(await keepSignIn("b.example", ann, options), { kind: "helper", name: "all" });
    assert.equal(await taken.own(), `store\n${JSON.stringify({ ServerURL: host, Username: "ann", Secret: "pass:word" })}`);
    assert.match(await taken.all(), /"ServerURL":"b\.example"/);
    assert.deepEqual(await read(), { ...config, auths: { "b.example": {}, [host]: {} } });
  });

  test("changes nothing where the helper signs in by itself, as ECR's does", async () => {
    await helper("ecr-login", "echo 'not implemented'; exit 1");
    const config = { credHelpers: { [host]: "ecr-login" } };
    const { options, read } = await aConfig(JSON.stringify(config));
    assert.deepEqual(await keepSignIn(host, ann, options), { kind: "own", name: "ecr-login" });
    assert.deepEqual(await read(), config);
  });

  test("tells what a helper says that fails, without the password", async () => {
    await helper("locked", 'echo "the keyring is locked for pass:word" >&2; exit 1');
    const { options, read } = await aConfig('{"credsStore":"locked"}');
    const { message } = await failureOf(keepSignIn(host, ann, options), "CREDENTIALS_FAILED");
    assert.match(
      message,
      /docker-credential-locked does not keep the sign-in at registry\.example:5000: .*the keyring is locked for REDACTED/,
    );
    assert.deepEqual(await read(), { credsStore: "locked" });
  });
});
