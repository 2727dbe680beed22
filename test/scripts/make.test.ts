import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const make = process.env["MAKE"] || "make";
const sha = "5da1cb0a65340dbb3a6bd477bd3060c9c45e7f12";

/** What a target would run. MAKEFLAGS of a make that runs these tests are not this one's. */
function wouldRun(folder: string, ...argv: readonly string[]): string {
  const { MAKEFLAGS: _, MAKELEVEL: __, VERSION: ___, ...env } = process.env;
  return execFileSync(make, ["--dry-run", ...argv], { cwd: join(root, folder), env, encoding: "utf8" });
}

for (const folder of [".", "docker"]) {
  test(`push-ci publishes, from ${folder === "." ? "the root" : folder}`, () => {
    assert.match(wouldRun(folder, "push-ci", `VERSION=${sha}`), /^cd \.\. && node bin\/waybill\.js publish\s*$/m);
  });

  test(`docker-validate checks the commit's image for production's platform, from ${folder === "." ? "the root" : folder}`, () => {
    const image = `712023778557\\.dkr\\.ecr\\.us-east-1\\.amazonaws\\.com/quiltdata/benchling:${sha}`;
    assert.match(
      wouldRun(folder, "docker-validate", `VERSION=${sha}`),
      new RegExp(`waybill\\.js validate ${image} --platform linux/amd64`),
    );
  });
}

test("push-local never touches production's repository", () => {
  assert.match(wouldRun("docker", "push-local"), /--platform linux\/(\w+) --to \S+\/quiltdata\/benchling-\1/);
});

test("help lists every target that is explained, of both files", () => {
  const help = execFileSync(make, ["help"], { cwd: root, encoding: "utf8" });
  const explained = ["Makefile", "docker/make.deploy"].flatMap((file) =>
    [...readFileSync(join(root, file), "utf8").matchAll(/^([a-z-]+):.*## /gm)].map(([, name]) => name ?? ""),
  );
  assert.ok(explained.length > 12);
  for (const name of explained) assert.match(help, new RegExp(`^ {2}${name} +\\S`, "m"));
});
