import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";
import { aMoto } from "./support/moto.ts";
import { withoutOwn } from "./support/production.ts";
import { runProgram } from "./support/run.ts";

const root = resolve(import.meta.dirname, "../..");
// The account that moto takes everybody for.
const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const arch = process.arch === "x64" ? "amd64" : process.arch;

test("make docker-ecr-login keeps a token where docker looks for it, and shows it to nobody", async () => {
  await using folder = await aFolder();
  await using moto = await aMoto();
  const keys = await moto.aUser("operator", ["ecr:GetAuthorizationToken"]);
  const registry = await anEmbeddedRegistry({ basic: moto.basic });
  try {
    for (const where of [".", "docker"]) {
      const config = join(folder.path, where, "docker");
      const env = { ...withoutOwn(), ...moto.env, ...keys, DOCKER_CONFIG: config, WAYBILL_ENDPOINTS: `${host}=${registry.served.url}` };
      const run = await runProgram("make", ["docker-ecr-login", `REGISTRY=${host}`], { cwd: resolve(root, where), env });
      assert.equal(run.exitCode, 0, run.said);
      const { auths } = JSON.parse(await readFile(join(config, "config.json"), "utf8"));
      const { username, password } = moto.basic;
      assert.equal(Buffer.from(auths[host].auth, "base64").toString(), `${username}:${password}`);
      assert.equal((run.out + run.said).includes(password), false);
    }
  } finally {
    await registry[Symbol.asyncDispose]();
  }
});

test("make docker-ecr-create makes both repositories, for everybody to read, from both folders", async () => {
  await using moto = await aMoto();
  const keys = await moto.aUser("operator", ["ecr:*"]);
  const make = async (folder: string, ...argv: readonly string[]) => {
    const run = await runProgram("make", ["docker-ecr-create", `REGISTRY=${host}`, ...argv], {
      cwd: resolve(root, folder),
      env: { ...withoutOwn(), ...moto.env, ...keys },
    });
    assert.equal(run.exitCode, 0, run.said);
    return run.out;
  };
  const names = [`${host}/quiltdata/benchling`, `${host}/quiltdata/benchling-${arch}`];
  for (const name of names) assert.ok((await make("docker", "DRY_RUN=1")).includes(`${name} would be created`));
  const made = await make(".");
  for (const name of names) assert.ok(made.includes(`${name} created`), made);
  assert.match(made, /policy: "public read"/);
  const again = await make("docker");
  for (const name of names) assert.ok(again.includes(`${name} is there, and set as it is to be`), again);
});
