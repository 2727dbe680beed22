import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const peers = process.env["WAYBILL_PEERS"] || join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "waybill-peers");
const workflows = join(import.meta.dirname, "../../.github/workflows");

test("zizmor finds nothing in the workflows", () => {
  const { status, stdout, stderr, error } = spawnSync(join(peers, "python/bin/zizmor"), ["--offline", "--no-progress", workflows], {
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.equal(status, 0, `${error ?? ""}${stdout}${stderr}`);
});
