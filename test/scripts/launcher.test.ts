import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { version } from "../../src/version.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "waybill-launcher-"));
const manifest: { readonly version: string; readonly engines: { readonly node: string } } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
let packages = 0;

after(() => rmSync(folder, { recursive: true }));

/** A package like ours around a program of the test's own: the body of main(argv). */
function aPackage(options: { readonly program?: string; readonly ownNode?: boolean }): string {
  packages += 1;
  const home = join(folder, String(packages));
  mkdirSync(join(home, "dist"), { recursive: true });
  cpSync(join(root, "bin"), join(home, "bin"), { recursive: true });
  cpSync(join(root, "package.json"), join(home, "package.json"));
  if (options.program !== undefined)
    writeFileSync(join(home, "dist/main.js"), `export const main = async (argv) => { ${options.program} };`);
  if (options.ownNode) {
    const program = join(home, "node_modules/node/bin/node");
    mkdirSync(join(program, ".."), { recursive: true });
    writeFileSync(program, `#!/bin/sh\nOWN_NODE=yes exec '${process.execPath}' "$@"\n`);
    chmodSync(program, 0o755);
  }
  return join(home, "bin/waybill.js");
}

/** Makes Node say that it is another version. */
function pretend(node: string): readonly string[] {
  const text = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${node}" } });`;
  return ["--import", `data:text/javascript,${encodeURIComponent(text)}`];
}

function run(argv: readonly string[]): { readonly status: number | null; readonly out: string; readonly said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8", env: { ...process.env, HOME: folder } });
  return { status, out: stdout, said: stderr };
}

const telling = 'console.log(JSON.stringify([argv, process.env.OWN_NODE ?? "no"])); return 7;';

suite("the launcher", () => {
  test("answers --version without a bundle, on any Node", () => {
    const launcher = aPackage({});
    assert.deepEqual(run([launcher, "--version"]), { status: 0, out: `${manifest.version}\n`, said: "" });
    assert.deepEqual(run([...pretend("14.0.0"), launcher, "-V"]), { status: 0, out: `${manifest.version}\n`, said: "" });
  });

  test("agrees with the sources on the version", () => {
    assert.equal(version, manifest.version);
  });

  test("hands all arguments to the bundle, and the bundle's exit code back", () => {
    const { status, out } = run([aPackage({ program: telling }), "publish", "--to", "a b"]);
    assert.deepEqual([status, JSON.parse(out)], [7, [["publish", "--to", "a b"], "no"]]);
  });

  test("says what to do in a checkout that was not built", () => {
    const { status, said } = run([aPackage({}), "publish"]);
    assert.equal(status, 2);
    assert.match(said, /make build/);
  });

  test("takes exactly the versions of Node that package.json names", () => {
    assert.equal(manifest.engines.node, "^22.22.2 || ^24.15.0 || >=26");
    const launcher = aPackage({ program: telling });
    const taken = ["22.22.2", "22.23.0", "24.15.0", "24.21.0", "26.0.0", "27.1.0"];
    const refused = ["14.21.3", "20.20.2", "22.22.1", "23.11.0", "24.14.9", "25.9.0"];
    for (const node of taken) assert.equal(run([...pretend(node), launcher]).status, 7, node);
    for (const node of refused) {
      const { status, said } = run([...pretend(node), launcher]);
      assert.equal(status, 2, node);
      assert.match(said, new RegExp(`this is Node ${node}, and waybill needs \\^22`));
    }
  });

  test("goes on with the checkout's own Node where the machine's is too old", () => {
    const { status, out } = run([...pretend("20.20.2"), aPackage({ program: telling, ownNode: true }), "tags"]);
    assert.deepEqual([status, JSON.parse(out)], [7, [["tags"], "yes"]]);
  });

  test("passes a signal on to the other Node, and ends by the same signal", async () => {
    const program =
      "process.on('SIGTERM', () => { console.log('told'); process.exit(143); }); console.log('ready'); await new Promise((done) => setInterval(done, 1e6));";
    const child = spawn(process.execPath, [...pretend("20.20.2"), aPackage({ program, ownNode: true })]);
    const heard: string[] = [];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (text.includes("ready")) child.kill("SIGTERM");
      heard.push(text);
    });
    assert.deepEqual(await once(child, "close"), [143, null]);
    assert.match(heard.join(""), /told/);

    const dying = "process.kill(process.pid, 'SIGKILL'); await new Promise((done) => setInterval(done, 1e6));";
    const killed = spawnSync(process.execPath, [...pretend("20.20.2"), aPackage({ program: dying, ownNode: true })]);
    assert.equal(killed.signal, "SIGKILL");
  });
});
