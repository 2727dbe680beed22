import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { version } from "../../src/version.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "waybill-package-"));
/** The package as npm would unpack it at a user's, with the dependencies beside it. */
const installed = join(folder, "user/node_modules/waybill");
const user = join(folder, "user");

suite("the package that npm publishes", { timeout: 60_000 }, () => {
  before(() => {
    const source = join(folder, "source");
    mkdirSync(source);
    for (const name of readdirSync(root).filter((name) => !["node_modules", "dist", ".git"].includes(name))) {
      cpSync(join(root, name), join(source, name), { recursive: true });
    }
    execFileSync(process.execPath, [join(root, "scripts/build.ts"), "--out", join(source, "dist")]);
    execFileSync("npm", ["pack", "--ignore-scripts", "--silent"], { cwd: source });
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", join(source, `waybill-${version}.tgz`), "-C", installed, "--strip-components=1"]);
    for (const name of readdirSync(join(root, "node_modules")).filter((name) => !name.startsWith("."))) {
      symlinkSync(join(root, "node_modules", name), join(user, "node_modules", name));
    }
  });

  after(() => rmSync(folder, { recursive: true }));

  test("holds the launcher, the man page, the bundle, the library with types and the notices, and nothing else", () => {
    const files = readdirSync(installed, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1));
    const allowed =
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|bin\/waybill\.js|man\/waybill\.1|dist\/(cli|main|index)\.js|dist\/chunks\/[\w-]+\.js|dist\/types\/[\w/.-]+\.d\.ts|dist\/THIRD-PARTY-LICENSES\.txt)$/;
    assert.deepEqual(
      files.filter((file) => !allowed.test(file)),
      [],
    );
    for (const file of [
      "LICENSE",
      "bin/waybill.js",
      "man/waybill.1",
      "dist/cli.js",
      "dist/main.js",
      "dist/index.js",
      "dist/types/index.d.ts",
    ]) {
      assert.ok(files.includes(file), file);
    }
  });

  test("holds no path of the machine that made it", () => {
    for (const file of readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".js")) continue;
      const text = readFileSync(join(installed, "dist", file), "utf8");
      assert.ok(!text.includes(root) && !text.includes(folder), file);
    }
  });

  test("names the licence of every package in the bundle", () => {
    const notices = readFileSync(join(installed, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of ["commander", "log-update", "zod"]) assert.match(notices, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, "m"));
    assert.doesNotMatch(notices, /no licence named/);
  });

  test("runs without the sources, and its help needs no dependency folder", () => {
    const alone = join(folder, "alone");
    cpSync(installed, alone, { recursive: true });
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(alone, "bin/waybill.js"), "--help"], {
      encoding: "utf8",
      env: { ...process.env, HOME: folder },
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /publish/);
  });

  test("gives the library to programs, with types", () => {
    writeFileSync(join(user, "package.json"), '{"type":"module"}');
    const program =
      'import { oci, version } from "waybill";\nconst digest: string = oci.digestOf(new Uint8Array());\nconsole.log(version, digest);\n';
    writeFileSync(join(user, "user.ts"), program);
    const options = { compilerOptions: { module: "nodenext", strict: true, noEmit: true, types: ["node"] }, files: ["user.ts"] };
    writeFileSync(join(user, "tsconfig.json"), JSON.stringify(options));
    const checked = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", user], { encoding: "utf8" });
    assert.equal(checked.stdout, "");
    assert.match(execFileSync(process.execPath, ["user.ts"], { cwd: user, encoding: "utf8" }), new RegExp(`^${version} sha256:e3b0c442`));
  });

  test("runs no script when it is installed", () => {
    const { scripts } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) assert.equal(scripts[name], undefined, name);
    assert.ok(existsSync(join(installed, "bin/waybill.js")));
  });
});
