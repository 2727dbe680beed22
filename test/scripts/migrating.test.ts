import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Command } from "commander";
import { wholeProgram } from "../../scripts/reference/commands.ts";

const root = join(import.meta.dirname, "../..");
const read = (name: string) => readFileSync(join(root, name), "utf8");
const page = read("docs/migrating.md");
const waybill = wholeProgram();

/** The rows of a section's table: what was, and what is. */
function rows(heading: string): readonly (readonly [string, string])[] {
  const section = page.slice(page.indexOf(`## ${heading}`)).split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| old"));
  return lines.map((line) => {
    const [, before = "", now = ""] = line.replaceAll("\\|", "¦").split("|");
    return [before.trim(), now.trim()];
  });
}

/** The command that words name, and the options that follow. */
function named(words: readonly string[]): { readonly command: Command; readonly options: readonly string[] } {
  let command: Command = waybill;
  for (const word of words) {
    const below = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (below === undefined) break;
    command = below;
  }
  return { command, options: words.filter((word) => word.startsWith("--")) };
}

suite("docs/migrating.md", () => {
  test("names for each command and option one that there is", () => {
    const found = [...page.matchAll(/`waybill ([^`]+)`/g)].map(([, words = ""]) => words.split(/\s+/));
    assert.ok(found.length > 15);
    for (const words of found) {
      const { command, options } = named(words);
      assert.notEqual(command, waybill, `waybill ${words.join(" ")}`);
      for (const option of options)
        assert.ok(
          command.options.some(({ long }) => long === option),
          `waybill ${words.join(" ")}: ${option}`,
        );
    }
  });

  test("speaks of every command, option and variable of the old script", () => {
    const old = (heading: string) =>
      rows(heading)
        .map(([before]) => before)
        .join("\n");
    for (const command of ["tags", "build", "push", "info", "validate"])
      assert.match(old("Commands"), new RegExp(`docker\\.py ${command}\\b`), command);
    for (const option of ["version", "registry", "region", "platform", "dry-run", "no-latest", "no-arch-suffix", "skip-auth", "output"])
      assert.ok(old("Options").includes(`--${option}`), option);
    for (const variable of [
      "VERSION",
      "DOCKER_IMAGE_NAME",
      "ECR_REGISTRY",
      "AWS_ACCOUNT_ID",
      "AWS_REGION",
      "AWS_DEFAULT_REGION",
      "DOCKER_DEFAULT_PLATFORM",
    ])
      assert.ok(old("Environment").includes(`\`${variable}\``), variable);
  });

  test("names variables that are read: the README has them too", () => {
    const readme = read("README.md");
    const variables = new Set(rows("Environment").flatMap(([, now]) => [...now.matchAll(/`([A-Z_]{6,})`/g)].map(([, name = ""]) => name)));
    assert.ok(variables.size >= 6);
    for (const name of variables) assert.ok(readme.includes(`\`${name}\``), name);
  });

  test("speaks of every make target of the old makefile, and names targets that there are", () => {
    const known = ["push-ci", "push-local", "docker-validate", "docker-tools", "docker-ecr-create", "run-ecr", "test-ecr"];
    const table = rows("Make targets");
    for (const target of known)
      assert.ok(
        table.some(([before]) => before === `\`${target}\``),
        target,
      );
    const makefile = read("docker/make.deploy");
    const named = table.flatMap(([, now]) => [...now.matchAll(/`make ([a-z-]+)/g)].map(([, target = ""]) => target));
    assert.ok(named.length >= known.length);
    for (const target of named) assert.match(makefile, new RegExp(`^${target}:.*## `, "m"));
  });

  test("names outputs that the workflow hands on", () => {
    const workflow = read(".github/workflows/prod.yml");
    for (const name of ["image_uri_sha", "image_uri_latest", "image_uri_digest", "git_sha"]) {
      assert.ok(page.includes(`\`${name}\``) && workflow.includes(`${name}:`), name);
    }
  });
});
