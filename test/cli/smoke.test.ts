import assert from "node:assert/strict";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { parseTag } from "../../src/oci/index.ts";
import { openLayout } from "../../src/store/index.ts";
import { aPretendedRuntime, ended, type Pretended } from "../smoke/support.ts";
import { aBaseImage } from "../support/base-image.ts";
import { waybill } from "../support/cli.ts";
import { anEmbeddedRegistry } from "../support/embedded-registry.ts";
import { aFolder } from "../support/folder.ts";

const folder = await aFolder();
const registry = await anEmbeddedRegistry();
const image = `${registry.served.host}/team/app`;
const root = await aBaseImage(registry.repositories.open("team/app"), { tag: "v1" });
after(async () => {
  await registry[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Runs `waybill smoke` with a runtime that only pretends. */
async function smoke(does: Pretended, argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using runtime = await aPretendedRuntime(does);
  return await waybill(["smoke", ...argv], { cwd: folder.path, env: { ...env, PATH: runtime.dir } });
}

const hello: Pretended = { start: "echo hello", state: { State: ended(0) } };
const dies: Pretended = { start: "echo 'cannot listen: password=hunter22'; exit 1", state: { State: ended(1) } };

suite("waybill smoke", () => {
  test("of an image in a registry that comes up says so, and ends with 0", async () => {
    const { exitCode, out, said } = await smoke(hello, [`${image}:v1`]);
    assert.equal(exitCode, 0, said);
    assert.match(out, new RegExp(`^${image}:v1 came up: it ended with exit code 0 \\(docker, linux/amd64, `));
    assert.match(said, /started with docker; waiting for it to stay up for 5\.0 s or to end with 0/);
    assert.doesNotMatch(said, /hello/);
  });

  test("of one that does not shows what it printed last, and ends with 3", async () => {
    const { exitCode, out, said } = await smoke(dies, [`${image}@${root.digest}`]);
    assert.deepEqual([exitCode, out], [3, ""]);
    assert.match(said, /\| cannot listen: password=REDACTED\n/);
    assert.match(said, /did not come up: it ended with exit code 1\n.*\n {2}code: SMOKE_FAILED, exit 3/);
  });

  test("of an image in a layout", async () => {
    const dir = join(folder.path, "layout");
    const layout = await openLayout(dir, { create: true, durable: false });
    await layout.tag(parseTag("t"), await aBaseImage(layout, {}));
    assert.equal((await smoke(hello, ["oci:layout:t"])).exitCode, 0);
  });

  test("answers scripts with one JSON value, whether it passed or not, or with lines for GITHUB_OUTPUT", async () => {
    const passed = await smoke(hello, [`${image}:v1`, "--output", "json"]);
    const value = JSON.parse(passed.out);
    assert.deepEqual([value.passed, value.digest, value.runtime, value.log], [true, root.digest, "docker", ["hello"]]);
    const failed = await smoke(dies, [`${image}:v1`, "--output", "json"]);
    assert.deepEqual([failed.exitCode, JSON.parse(failed.out).passed], [3, false]);
    assert.deepEqual((await smoke(hello, [`${image}:v1`, "--output", "github"])).out, `passed=true\ndigest=${root.digest}\n`);
  });

  test("hands variables over without their values, where only their names are given, and does not show them", async () => {
    const does = { create: 'echo "$*" > "$HERE/create"', start: 'cat "$HERE/create"; echo "$TOKEN"', state: { State: ended(0) } };
    const { out } = await smoke(does, [`${image}:v1`, "--env", "TOKEN", "--env", "MODE=test it", "--output", "json"], {
      TOKEN: "abcdef123456",
    });
    const [create, printed] = JSON.parse(out).log;
    assert.match(create, /--env=TOKEN --env=\*\*\* localhost|--env=TOKEN --env=MODE=\*\*\* localhost/);
    assert.equal(printed, "***");
  });

  const mistakes = {
    "--status without --http": ["--status", "200"],
    "--port without --http": ["--port", "80"],
    "a path without a slash": ["--http", "health"],
    "a status that is none": ["--http", "/", "--status", "OK"],
    "a port that is none": ["--http", "/", "--port", "70000"],
    "a variable without a name": ["--env", "=x"],
    "a variable that is not there": ["--env", "NOT_THERE"],
    "a time that is none": ["--timeout", "soon"],
    "a runtime that nobody knows": ["--runtime", "lxc"],
  };
  for (const [name, argv] of Object.entries(mistakes))
    test(`${name} is a mistake, and nothing is started`, async () => {
      const { exitCode, said } = await smoke(hello, [`${image}:v1`, ...argv]);
      assert.equal(exitCode, 2, said);
      assert.match(said, /code: USAGE/);
      assert.doesNotMatch(said, /started with/);
    });

  test("without a runtime says what it looked for", async () => {
    const { exitCode, said } = await smoke({ version: "echo 'permission denied: docker.sock' >&2; exit 1" }, [`${image}:v1`]);
    assert.equal(exitCode, 2);
    assert.match(said, /docker does not work: permission denied: docker.sock; podman is not installed; nerdctl is not installed/);
    assert.match(said, /code: RUNTIME_MISSING/);
  });
});
