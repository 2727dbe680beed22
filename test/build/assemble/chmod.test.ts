import assert from "node:assert/strict";
import { test } from "node:test";
import { modeOf } from "../../../src/build/assemble/chmod.ts";
import { Failure } from "../../../src/failure/index.ts";

const instruction = { file: "Dockerfile", line: 2, keyword: "COPY", flags: [], rest: "a b", text: "COPY a b", heredocs: [] };

test("a --chmod changes modes as chmod does", () => {
  const cases: readonly (readonly [text: string, before: number, after: number, directory?: boolean])[] = [
    ["640", 0o755, 0o640],
    ["00755", 0o600, 0o755],
    ["u+x,go-r", 0o644, 0o700],
    ["a=rX", 0o644, 0o444],
    ["a=rX", 0o744, 0o555],
    ["a=rX", 0o700, 0o555, true],
    ["g=u", 0o640, 0o660],
    ["o=g,g=", 0o754, 0o705],
    ["u=rw+x", 0o000, 0o700],
    ["u+s,g+s", 0o755, 0o6755],
    ["+t", 0o755, 0o1755],
    ["o+t", 0o755, 0o755],
    ["=r", 0o4755, 0o444],
    ["u=", 0o4755, 0o055],
    ["go-w", 0o777, 0o755],
  ];
  for (const [text, before, after, directory = false] of cases)
    assert.equal(modeOf(text, instruction).of(before, directory).toString(8), after.toString(8), `${text} ${before.toString(8)}`);
});

test("a --chmod that is none is told with its line and what to write", () => {
  for (const text of ["999", "17777", "u", "u+y", "", "+x,", "rwx"]) {
    assert.throws(
      () => modeOf(text, instruction),
      (thrown) => thrown instanceof Failure && thrown.facts["line"] === 2 && /octal/.test(thrown.hint ?? ""),
      text,
    );
  }
});
