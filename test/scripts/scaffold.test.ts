import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { waybill } from "../support/cli.ts";
import { runGit } from "../support/git-repository.ts";

const root = join(import.meta.dirname, "../..");
const workflow = ".github/workflows/prod.yml";
/** What init looks at here. */
const looked = ["waybill.yaml", "Makefile", "docker", "package-lock.json", workflow];

test("`waybill init` with this repository's values gives its prod.yml byte for byte, and changes nothing here", async () => {
  const dir = mkdtempSync(join(tmpdir(), "waybill-self-"));
  try {
    runGit(dir, ["init", "--quiet", "--initial-branch=main"]);
    for (const path of looked) cpSync(join(root, path), join(dir, path), { recursive: true });
    runGit(dir, ["add", "--all"]);
    runGit(dir, ["commit", "--quiet", "--message", "as it is"]);

    const again = await waybill(["init", "--yes"], { cwd: dir });
    assert.equal(again.exitCode, 0, again.said);
    assert.equal(
      runGit(dir, ["status", "--porcelain"]),
      "",
      "change src/scaffold/render/workflow.ts, and let `node bin/waybill.js init --yes --force` write prod.yml",
    );

    rmSync(join(dir, workflow));
    assert.equal((await waybill(["init", "--yes"], { cwd: dir })).exitCode, 0);
    assert.deepEqual(readFileSync(join(dir, workflow)), readFileSync(join(root, workflow)));
    assert.equal(runGit(dir, ["status", "--porcelain"]), "");
  } finally {
    rmSync(dir, { recursive: true });
  }
});
