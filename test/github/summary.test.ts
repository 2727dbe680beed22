import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { writeGithub } from "../../src/github/index.ts";
import type { Report } from "../../src/report/index.ts";
import { aDestination, aReport, digest, sha } from "../support/report.ts";

function summaryOf(report: Report): string {
  let text = "";
  writeGithub({ env: { GITHUB_STEP_SUMMARY: "summary" }, report, append: (_, more) => (text += more) });
  return text;
}

suite("the step summary", () => {
  test("has a row for each tag with its digest, findings with hints and the steps' times", () => {
    const text = summaryOf(
      aReport({
        destinations: [aDestination({ tags: [{ tag: "latest", digest, outcome: "kept", why: "it is newer" }] })],
        findings: [{ level: "warning", code: "PLATFORM_EXTRA", message: "one more platform" }],
        steps: [{ step: "survey", ms: 12, detail: "absent" }],
      }),
    );
    assert.match(text, new RegExp(`\\| <code>r.example/team/app:latest</code> \\| kept: it is newer \\| <code>${digest}</code> \\|`));
    assert.match(text, /- warning <code>PLATFORM&#95;EXTRA<\/code>: one more platform/);
    assert.match(text, /\| survey \| 12 ms \| absent \|/);
    assert.match(text, new RegExp(sha));
  });

  test("says what failed and what to do", () => {
    const failure = { code: "DENIED", message: "you may not push", hint: "Ask for the right." } as const;
    const text = summaryOf(aReport({ status: "failed", failure }, { exitCode: 5, failures: [failure] }));
    assert.match(text, /failed \(exit 5\)/);
    assert.match(text, /> \*\*DENIED\*\*: you may not push Ask for the right\./);
  });

  test("takes nothing from outside as Markdown or HTML", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }),
        fc.constantFrom("<img src=x>", "| x |", "\n# head", "[a](b)", "`", "**b**"),
        (some, bad) => {
          const subject = `${some}${bad}`;
          const report = aReport();
          const lines = (text: string) => text.split("\n").length;
          const text = summaryOf({ ...report, commit: { ...report.commit, subject } });
          assert.equal(lines(text), lines(summaryOf(report)));
          assert.ok(!text.includes(bad));
        },
      ),
    );
  });

  test("stays below GitHub's limit", () => {
    const findings = Array.from({ length: 50_000 }, () => ({ level: "note", code: "X", message: "long ".repeat(10) }) as const);
    assert.ok(Buffer.byteLength(summaryOf(aReport({ findings }))) < 1 << 20);
  });
});
