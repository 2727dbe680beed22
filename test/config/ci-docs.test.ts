import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { services } from "../../src/config/ci/services.ts";
import { runFromEnvironment } from "../../src/config/index.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/ci.md"), "utf8");
const [gitlab, codebuild] = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => parse(text));
const sha = "a".repeat(40);

suite("docs/ci.md", () => {
  test("has a row for every service, with the variables that are really read", () => {
    const rows = [...page.matchAll(/^\| [^|]+ \| `([A-Z_]+)` \| `([A-Z0-9_]+)` \|/gm)].map(([, detect = "", commit = ""]) => ({
      detect,
      commit,
    }));
    assert.deepEqual(rows.map(({ detect }) => detect).sort(), services.map(({ detect }) => detect).sort());
    for (const { detect, commit } of rows) {
      const service = services.find((one) => one.detect === detect);
      assert.equal(service?.commit({ [commit]: sha }).commit, sha, commit);
    }
  });

  test("names the variable with a request's head where the service makes a merge commit", () => {
    const rows = [...page.matchAll(/^\| [^|]+ \| `([A-Z_]+)` \| `([A-Z0-9_]+)` \| [^|]+ \| `([A-Z_]+)` \|$/gm)];
    assert.equal(rows.length, 4);
    for (const [, detect, commit = "", head = ""] of rows) {
      const found = services.find((one) => one.detect === detect)?.commit({ [commit]: sha, [head]: "b".repeat(40) });
      assert.deepEqual([found?.commit, found?.branch], ["b".repeat(40), undefined]);
      assert.match(found?.note ?? "", /its head b{12} is meant, not the merge commit a{12}/);
    }
  });

  test("names the variables that a run's link is made of", () => {
    const rows = [...(page.split("| service | link |")[1] ?? "").matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)];
    assert.equal(rows.length, services.length);
    for (const { detect } of services) {
      const row = page.match(new RegExp(`^\\| ([^|]+) \\| \`${detect}\` `, "m"))?.[1];
      const variables = [...(rows.find(([, name]) => name === row)?.[2] ?? "").matchAll(/`([A-Z_]+)`/g)].map(([, name = ""]) => name);
      const values = Object.fromEntries(variables.map((name) => [name, name === "SYSTEM_TEAMPROJECT" ? "p" : "https://ci.example/1"]));
      assert.match(runFromEnvironment({ [detect]: "1", ...values })?.["link"] ?? "", /^https:/, detect);
    }
  });

  test("has templates that are whole clones' publications without static keys", () => {
    const job = gitlab.publish;
    assert.equal(job.script.at(-1), "sh .github/waybill.sh publish");
    assert.equal(job.variables.GIT_DEPTH, "0");
    assert.equal(job.interruptible, false);
    assert.deepEqual(job.id_tokens, { AWS_TOKEN: { aud: "sts.amazonaws.com" } });
    assert.equal(codebuild.version, 0.2);
    assert.deepEqual(codebuild.phases.build.commands, ["sh .github/waybill.sh publish"]);
    assert.doesNotMatch(page, /AWS_ACCESS_KEY_ID|AWS_SECRET/);
  });
});
