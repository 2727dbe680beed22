import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { version } from "../../src/version.ts";

const script = join(import.meta.dirname, "../../scripts/release.ts");
const release = (tag: string) => spawnSync(process.execPath, [script, tag], { encoding: "utf8" });

test("a release tag is the version that package.json has", () => {
  assert.equal(release(`v${version}`).stdout, `version=${version}\nprerelease=false\nchannel=latest\n`);
});

test("any other tag is no release", () => {
  for (const tag of ["", version, `v${version}-rc.1`, "v99.0.0"]) {
    const { status, stdout, stderr } = release(tag);
    assert.deepEqual([status, stdout], [2, ""], tag);
    assert.match(stderr, /^::error title=RELEASE_TAG/);
  }
});
