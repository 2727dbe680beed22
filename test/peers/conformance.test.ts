import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { peerProgram } from "./support/programs.ts";
import { runProgram } from "./support/run.ts";
import { aSite, type Manner, manners, user } from "./support/sites.ts";

/**
 * What the official program asks for beyond its defaults: all that the specification leaves open. Sparse manifests stay out,
 * because this registry takes no manifest whose content it lacks.
 */
const everything = {
  OCI_VERSION: "1.1",
  OCI_API_BLOBS_DIGEST_HEADER: "true",
  OCI_API_BLOBS_UPLOAD_CANCEL: "true",
  OCI_API_MANIFESTS_DIGEST_HEADER: "true",
  OCI_API_MANIFESTS_TAG_PARAM: "true",
  OCI_DATA_SPARSE: "false",
};

/** The two that the pinned version skips ask for a range that ends before it starts, for which there is no rule. */
const skipped = 2;

for (const [manner, how] of Object.entries(manners)) {
  test(`the official conformance tests of the distribution-spec pass ${how}`, async () => {
    await using site = await aSite(manner as Manner);
    const secure = manner === "secure";
    const { exitCode, out, said } = await runProgram(peerProgram("oci-conformance"), [], {
      cwd: site.dir,
      env: {
        ...site.env,
        ...everything,
        OCI_RESULTS_DIR: join(site.dir, "results"),
        OCI_REGISTRY: site.host,
        OCI_TLS: secure ? "enabled" : "disabled",
        OCI_USERNAME: secure ? user.username : "",
        OCI_PASSWORD: secure ? user.password : "",
      },
    });
    const failed = out.split("\n").filter((line) => /: (?:FAIL|Error)$/.test(line));
    assert.deepEqual([exitCode, failed], [0, []], said);
    const count = (what: string): number => Number(new RegExp(`^ *${what}\\.*: *(\\d+)$`, "m").exec(out)?.[1] ?? Number.NaN);
    assert.deepEqual([count("Skip"), count("FAIL"), count("Error")], [skipped, 0, 0]);
    assert.ok(count("Total") - count("Skip") >= 900, `${count("Total")} tests ran`);
    // Each line of the two tables that are about what was asked for: none may have been left out.
    const table = [...out.matchAll(/^ {2}(\S.*?)\.+: +(\w+)$/gm)].filter(([, , result]) => Number.isNaN(Number(result)));
    assert.deepEqual(
      table.filter(([, , result]) => result !== "Pass").map(([, name, result]) => `${name}: ${result}`),
      ["Sparse Manifests: Disabled"],
    );
    assert.ok(table.length >= 50, `${table.length} lines`);
  });
}
