import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Command } from "commander";
import { wholeProgram } from "../../scripts/reference/commands.ts";
import { dottedKeys } from "../../src/config/file/known.ts";
import { codes } from "../../src/failure/index.ts";

const root = join(import.meta.dirname, "../..");
const read = (name: string) => readFileSync(join(root, name), "utf8");
const readme = read("README.md");
const pages = globSync(["*.md", "docs/**/*.md"], { cwd: root });

/** A heading's anchor, as GitHub makes it. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");

test("every relative link in the documentation leads somewhere", () => {
  assert.ok(pages.includes("README.md") && pages.some((page) => page.startsWith("docs")));
  for (const page of pages) {
    for (const [, link = ""] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path = "", fragment] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      assert.ok(existsSync(join(root, target)), `${page}: ${link}`);
      if (fragment === undefined) continue;
      const anchors = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchor(heading));
      assert.ok(anchors.includes(fragment), `${page}: ${link}`);
    }
  }
});

test("every command and option stands in the README", () => {
  const visit = (command: Command): readonly string[] => [
    ...command.options.flatMap(({ long }) => (long == null ? [] : [long])),
    ...command.commands.flatMap((child) => [child.name(), ...child.aliases(), ...visit(child)]),
  ];
  const names = new Set(visit(wholeProgram()));
  assert.ok(names.size > 20);
  names.delete("--version");
  for (const name of names) assert.match(readme, new RegExp(`(?<![\\w-])${name}(?![\\w-])`), name);
});

test("every key of the configuration stands in the README", () => {
  const table = readme.slice(readme.indexOf("## Configuration"), readme.indexOf("## Exit codes"));
  // What an entry of `images` takes is what the file as a whole takes.
  const keys = dottedKeys().filter((key) => !key.startsWith("images[]."));
  assert.ok(keys.includes("destinations[].role"));
  for (const key of keys) {
    const last = key.split(".").at(-1) ?? key;
    const below = keys.filter((one) => one.startsWith(`${key}.`) || one.startsWith(`${key}[].`));
    assert.ok(table.includes(`\`${key}\``) || (key.startsWith("tags.latest.") && table.includes(`\`${last}\``)) || below.length > 0, key);
  }
});

test("every variable that the configuration reads stands in the README", () => {
  const sources = ["environment.ts", "ci/commit.ts"].map((file) => read(join("src/config", file))).join("\n");
  const variables = new Set([...sources.matchAll(/\b(?:WAYBILL|DOCKER|AWS|ECR)_[A-Z_]+\b|\bVERSION\b/g)].map(([name]) => name));
  assert.ok(variables.size > 12);
  for (const name of variables) assert.ok(readme.includes(`\`${name}\``), name);
});

test("every failure is listed with its exit code, its meaning and what to do", () => {
  const page = read("docs/failures.md");
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \| (.+?) \| (.+) \|$/gm)].map(([, code, exit, meaning]) => [
    code,
    Number(exit),
    meaning,
  ]);
  assert.deepEqual(
    rows,
    Object.entries(codes).map(([code, { exit, meaning }]) => [code, exit, meaning]),
  );
});

test("every exit code stands in the README", () => {
  const table = readme.slice(readme.indexOf("## Exit codes"));
  for (const exit of new Set(Object.values(codes).map((code) => code.exit)))
    assert.match(table, new RegExp(`^\\| (?:\\d+, )?${exit}\\b`, "m"), `${exit}`);
});

test("every target that the documentation names is one", () => {
  const targets = ["Makefile", "docker/make.deploy"].flatMap((file) =>
    [...read(file).matchAll(/^([a-z-]+(?: [a-z-]+)*):/gm)].flatMap(([, names = ""]) => names.split(" ")),
  );
  for (const page of pages) {
    for (const [, name = ""] of read(page).matchAll(/`make ([a-z][a-z-]*)/g)) assert.ok(targets.includes(name), `${page}: make ${name}`);
  }
});

test("the configuration that the README shows is this repository's own", () => {
  const shown =
    readme
      .split("```yaml\n")
      .find((block) => block.startsWith("image:"))
      ?.split("```")[0] ?? "";
  const own = read("waybill.yaml")
    .split("\n")
    .filter((line) => !/^\s*#/.test(line))
    .join("\n");
  assert.equal(shown, own);
});

test("the licence is the whole of Apache-2.0", () => {
  const licence = read("LICENSE");
  assert.match(licence, /Apache License\s+Version 2\.0, January 2004/);
  for (const section of ["1. Definitions", "4. Redistribution", "9. Accepting Warranty", "END OF TERMS AND CONDITIONS"]) {
    assert.ok(licence.includes(section), section);
  }
});
