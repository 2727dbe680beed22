import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { suite, test } from "node:test";
import { assembleCases, refusedCases } from "../../peers/support/assemble-cases.ts";
import { laxer, stricter, unlikeFields, unlikeFiles } from "../../peers/support/assemble-differences.ts";

const page = await readFile(join(import.meta.dirname, "../../../docs/assemble.md"), "utf8");

/** The rows of the table below a heading of the page, without its head. */
function rows(heading: string): readonly string[] {
  const [, section = ""] = page.split(`\n### ${heading}\n`);
  const lines = (section.split(/\n##/)[0] ?? "").split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).toSorted();
}

const row = (what: string, why: string): string => `| ${what} | ${why} |`;

suite("docs/assemble.md lists the differences from BuildKit that the comparison allows, and no others", () => {
  test("in images", () => {
    const told = [...Object.entries(unlikeFiles), ...Object.entries(unlikeFields)].map(([name, why]) => row(`\`${name}\``, why));
    const differing = assembleCases.flatMap(({ name, differs }) => (differs === undefined ? [] : [row(name, differs.why)]));
    assert.deepEqual(rows("In the image"), [...told, ...differing].toSorted());
  });

  test("in what only assemble refuses", () => {
    const known = new Set(stricter.map(({ why }) => why));
    const others = refusedCases.flatMap(({ name, stricter: why }) => (why === undefined || known.has(why) ? [] : [row(name, why)]));
    assert.deepEqual(rows("Refused by assemble only"), [...stricter.map(({ what, why }) => row(what, why)), ...others].toSorted());
  });

  test("in what only BuildKit refuses", () => {
    assert.deepEqual(rows("Refused by BuildKit only"), laxer.map(({ what, why }) => row(what, why)).toSorted());
  });

  test("and at least 60 written Dockerfiles are compared", () => {
    const compared = new Set([...assembleCases, ...refusedCases].map(({ dockerfile, ignore }) => `${dockerfile}\n${ignore ?? ""}`));
    assert.ok(compared.size >= 60, `${compared.size}`);
  });
});
