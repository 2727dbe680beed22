import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { fillTemplate } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";

const words = { sha: "a".repeat(40), short: "a".repeat(12), tree: "b".repeat(40), date: "2026-01-02T03:04:05Z" };

suite("a template", () => {
  test("is filled with words of the commit", () => {
    assert.equal(
      fillTemplate("{sha}-{short}/{tree} at {date}, {sha}", words, "k"),
      `${words.sha}-${words.short}/${words.tree} at ${words.date}, ${words.sha}`,
    );
    assert.equal(fillTemplate("plain {1} { sha } }{", words, "k"), "plain {1} { sha } }{");
  });

  test("takes nothing but these words", () => {
    for (const name of ["run", "SHA", "", "constructor", "toString"]) {
      assert.throws(
        () => fillTemplate(`x{${name}}`, words, "build.stamp.env.A"),
        (thrown) =>
          thrown instanceof Failure &&
          thrown.code === "CONFIG_INVALID" &&
          thrown.message === `build.stamp.env.A: "{${name}}" stands for nothing` &&
          thrown.hint === "Write one of {sha}, {short}, {tree}, {date}.",
        name,
      );
    }
  });
});
