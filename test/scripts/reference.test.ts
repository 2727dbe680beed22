import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { allCommands } from "../../scripts/reference/commands.ts";
import { manPage } from "../../scripts/reference/man.ts";
import { referencePage } from "../../scripts/reference/page.ts";
import { codes } from "../../src/failure/codes.ts";

const root = join(import.meta.dirname, "../..");

test("docs/commands.md is what the definitions make", () => {
  assert.ok(readFileSync(join(root, "docs/commands.md"), "utf8") === referencePage(), "run `make reference`");
});

test("man/waybill.1 is what the definitions and the README make", () => {
  assert.ok(readFileSync(join(root, "man/waybill.1"), "utf8") === manPage(root), "run `make reference`");
});

test("the man page has every command, option, variable and exit code", () => {
  const page = manPage(root).replaceAll("\\-", "-");
  for (const { name, options } of allCommands()) {
    const [, section = ""] = page.split(`\n.SS ${name}\n`);
    assert.notEqual(section, "", name);
    for (const { names } of options)
      for (const one of names) assert.ok(section.split("\n.SS ")[0]?.includes(`\\fB${one}\\fR`), `${name} ${one}`);
  }
  for (const name of ["WAYBILL_TO", "ECR_REGISTRY", "NODE_EXTRA_CA_CERTS"]) assert.ok(page.includes(name), name);
  for (const code of Object.values(codes)) assert.match(page, new RegExp(`^\\.B .*\\b${code.exit}\\b`, "m"));
});

test("the man page shows a value in brackets where an option may go without it", () => {
  assert.match(manPage(root), /^\\fB\\-\\-every\\-commit\\fR \[\\fIrange\\fR\]$/m);
  assert.match(manPage(root), /^\\fB\\-\\-latest\\fR \\fIpolicy\\fR$/m);
});

test("the reference has every command once, with a description and an example", () => {
  const names = allCommands().map(({ name }) => name);
  assert.ok(names.includes("waybill publish") && names.includes("waybill registry gc") && !names.includes("waybill registry"));
  assert.equal(new Set(names).size, names.length);
  for (const { name, description, examples } of allCommands()) {
    assert.notEqual(description, "", name);
    assert.ok(examples.length > 0 && examples.every((line) => line.startsWith(name)), `${name}: ${examples.join("; ")}`);
  }
});
