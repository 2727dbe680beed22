import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { referencePage } from "../../scripts/reference/page.ts";
import { commandEntries } from "../../scripts/reference/tree.ts";

const root = join(import.meta.dirname, "../..");

test("docs/commands.md is what the definitions make", () => {
  assert.ok(readFileSync(join(root, "docs/commands.md"), "utf8") === referencePage(), "run `make reference`");
});

test("the reference has every command once, with a description and an example", () => {
  const names = commandEntries().map(({ name }) => name);
  assert.ok(names.includes("waybill publish") && names.includes("waybill registry gc") && !names.includes("waybill registry"));
  assert.equal(new Set(names).size, names.length);
  for (const { name, description, examples } of commandEntries()) {
    assert.notEqual(description, "", name);
    assert.ok(examples.length > 0 && examples.every((line) => line.startsWith(name)), `${name}: ${examples.join("; ")}`);
  }
});
