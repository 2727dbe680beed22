import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const peers = process.env["WAYBILL_PEERS"] || join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "waybill-peers");
const github = join(import.meta.dirname, "../../.github");

function succeeds(program: string, ...argv: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(join(peers, program), argv, {
    cwd: join(github, ".."),
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 0, `${error ?? ""}${stdout}${stderr}`);
}

const zizmor = (...argv: readonly string[]): void =>
  succeeds("python/bin/zizmor", "--offline", "--no-progress", "--config", join(github, "zizmor.yml"), ...argv, ".");

test("zizmor finds nothing in the workflows but what .github/zizmor.yml names with its reason", () => zizmor());

test("zizmor's pedantic persona finds nothing but what .github/zizmor.yml names with its reason", () => {
  zizmor("--pedantic");
});

test("actionlint finds nothing in the workflows", () => {
  succeeds("bin/actionlint", "-shellcheck=", "-pyflakes=");
});
