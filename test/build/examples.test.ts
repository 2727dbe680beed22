import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { programs } from "../../scripts/examples.ts";
import { kindOf } from "../../src/validate/program/elf.ts";

const root = join(import.meta.dirname, "../..");

suite("the examples' programs", () => {
  test("are what scripts/examples.ts writes, and may be executed", () => {
    for (const [path, program] of Object.entries(programs)) {
      assert.deepEqual(readFileSync(join(root, path)), program, path);
      assert.equal(statSync(join(root, path)).mode & 0o111, 0o111, path);
    }
  });

  test("are for the architectures that they are meant for", () => {
    assert.deepEqual(kindOf(programs["examples/hello/hello"]), { kind: "elf", architecture: "amd64" });
    assert.deepEqual(kindOf(programs["examples/wrong-architecture/hello"]), { kind: "elf", architecture: "arm64" });
  });

  test("run where the machine is theirs", { skip: process.platform !== "linux" || process.arch !== "x64" }, () => {
    const { status, stdout } = spawnSync(join(root, "examples/hello/hello"), { encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, "Hello from an image that waybill published.\n"]);
  });
});
