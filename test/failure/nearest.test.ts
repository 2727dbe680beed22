import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../../src/failure/index.ts";

const known = ["platform", "file", "context", "engine", "env"];

test("a slip of the finger finds the key that was meant", () => {
  for (const [word, meant] of [
    ["platfrom", "platform"],
    ["Platform", "platform"],
    ["plattform", "platform"],
    ["flie", "file"],
    ["contexts", "context"],
    ["evn", "env"],
  ] as const) {
    assert.equal(nearest(word, known), meant, word);
  }
});

test("a word like none of them finds nothing", () => {
  for (const word of ["destinations", "x", "", "qqqq", "a".repeat(100_000)])
    assert.equal(nearest(word, known), undefined, word.slice(0, 20));
});
