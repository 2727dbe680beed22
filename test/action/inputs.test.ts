import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { callOf } from "../../src/action/inputs.ts";

const action = parse(readFileSync(join(import.meta.dirname, "../../action.yml"), "utf8"));
const inputs = Object.keys(action.inputs);
const call = (given: Readonly<Record<string, string>>) =>
  callOf(Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])));

suite("inputs of the action", () => {
  test("make no difference while they are empty, as the runner hands them over", () => {
    assert.deepEqual(call(Object.fromEntries(inputs.map((name) => [name, ""]))), { argv: ["publish"], env: {} });
  });

  test("each say something to the command: action.yml has none that is ignored", () => {
    for (const name of inputs) {
      const { argv, env } = call({ [name]: name === "reuse" ? "false" : "true" });
      assert.ok(argv.length > 1 || Object.keys(env).length > 0, name);
    }
  });

  test("every-commit is on or off, over what the configuration says", () => {
    assert.deepEqual(call({ "every-commit": "false" }).argv, ["publish", "--no-every-commit"]);
    assert.deepEqual(call({ "every-commit": "true" }).argv, ["publish", "--every-commit"]);
    assert.throws(() => call({ "every-commit": "yes" }), { code: "CONFIG_INVALID" });
  });

  test("are flags, and variables where the command has no flag", () => {
    assert.deepEqual(
      call({ to: "r.example/a, r.example/b\nr.example/c", file: "docker/My Dockerfile", image: "team/app", config: "image: x" }),
      {
        argv: ["publish", "--to=r.example/a", "--to=r.example/b", "--to=r.example/c", "--file=docker/My Dockerfile"],
        env: { WAYBILL_CONFIG: "image: x", WAYBILL_IMAGE: "team/app" },
      },
    );
  });

  test("cannot become a flag of their own", () => {
    assert.deepEqual(call({ commit: "--dry-run" }).argv, ["publish", "--commit=--dry-run"]);
    assert.deepEqual(call({ to: "--adopt" }).argv, ["publish", "--to=--adopt"]);
  });

  test("switch on what they name, and off what is on unless they say so", () => {
    assert.deepEqual(call({ "dry-run": "true", adopt: "false", reuse: "true" }).argv, ["publish", "--dry-run"]);
    assert.deepEqual(call({ reuse: "false", latest: "off" }).argv, ["publish", "--no-reuse", "--no-latest"]);
    assert.deepEqual([call({ smoke: "true" }).argv[1], call({ smoke: "false" }).argv[1]], ["--smoke", "--no-smoke"]);
    assert.deepEqual(call({ latest: "adopt" }).argv, ["publish", "--latest=adopt"]);
  });

  test("that are neither true nor false are refused by their name", () => {
    assert.throws(() => call({ "dry-run": "yes" }), {
      code: "CONFIG_INVALID",
      message: /input dry-run: expected true or false, found "yes"/,
    });
  });
});
