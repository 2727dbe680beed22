import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { wholeProgram } from "../../scripts/reference/commands.ts";
import { bashCompletion } from "../../src/cli/completion/bash.ts";
import { fishCompletion } from "../../src/cli/completion/fish.ts";
import { type Place, placesOf, valueRules } from "../../src/cli/completion/places.ts";
import { zshCompletion } from "../../src/cli/completion/zsh.ts";
import { waybill } from "../support/cli.ts";

const places = placesOf(wholeProgram());
const at = (path: string): Place => {
  const found = places.find((one) => one.path === path);
  assert.ok(found !== undefined, path);
  return found;
};

suite("places on the command line", () => {
  test("every command is one, with those below it and its aliases", () => {
    assert.ok(at("").below.some(({ name, path }) => name === "push" && path === "publish"));
    assert.deepEqual(
      at("registry").below.map(({ path }) => path),
      ["registry serve", "registry gc"],
    );
    for (const { below } of places)
      for (const { path } of below)
        assert.ok(
          places.some((one) => one.path === path),
          path,
        );
  });

  test("values are of a kind by what the definition calls them", () => {
    const value = (path: string, option: string) => at(path).options.find(({ names }) => names.includes(option))?.value;
    assert.deepEqual(value("publish", "--file"), { kind: "files" });
    assert.deepEqual(value("publish", "--repo"), { kind: "folders" });
    assert.deepEqual(value("publish", "--commit"), { kind: "commits" });
    assert.deepEqual(value("tags", "--version"), { kind: "versions" });
    assert.deepEqual(value("init", "--branch"), { kind: "branches" });
    assert.deepEqual(value("tags", "--output"), { kind: "choices", choices: ["text", "json", "github"] });
    assert.deepEqual(value("publish", "--to"), { kind: "any" });
    assert.equal(value("publish", "--dry-run"), undefined);
  });

  test("an option with a value in one place and none in another is told apart", () => {
    const option = (names: readonly string[], value?: Place["options"][number]["value"]) => ({
      names,
      value,
      description: "",
      repeated: false,
    });
    const place = (path: string, options: Place["options"]): Place => ({ path, below: [], options, args: [] });
    const rules = valueRules([
      place("a", [option(["--x"], { kind: "files" })]),
      place("b", [option(["--x"]), option(["--y"], { kind: "files" })]),
    ]);
    assert.deepEqual(rules, [{ patterns: ["a:--x", "*:--y"], value: { kind: "files" } }]);
  });
});

for (const [shell, make] of Object.entries({ bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion })) {
  test(`the script for ${shell} has every command and every option`, async () => {
    const script = make(places);
    const flag = (name: string) => (shell === "fish" ? `-l ${name.slice(2)}` : name);
    for (const { below, options } of places) {
      for (const { name } of below) assert.ok(script.includes(name), name);
      for (const { names } of options) for (const name of names) if (name.startsWith("--")) assert.ok(script.includes(flag(name)), name);
    }
    const { exitCode, out, said } = await waybill(["completion", shell], { cwd: import.meta.dirname });
    assert.deepEqual([exitCode, said], [0, ""]);
    assert.equal(out, script);
  });
}

test("another shell is refused, with those that there are", async () => {
  const { exitCode, said } = await waybill(["completion", "tcsh"], { cwd: import.meta.dirname });
  assert.equal(exitCode, 2);
  assert.match(said, /bash, zsh, fish/);
});
