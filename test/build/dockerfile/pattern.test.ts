import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { parsePattern, replaced, trimmed } from "../../../src/build/dockerfile/pattern.ts";

const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
const wild = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 5 });

/** The same pattern as a regular expression: slow at worst, but plainly right. */
function regExp(pattern: string, longest: boolean): string {
  return [...pattern].map((char) => (char === "*" ? (longest ? ".*" : ".*?") : char === "?" ? "." : char === "." ? "\\." : char)).join("");
}

suite("patterns in variables", () => {
  test("take off the start that a regular expression would match", () => {
    fc.assert(
      fc.property(text, wild, fc.boolean(), (value, pattern, longest) => {
        const expected = value.replace(new RegExp(`^${regExp(pattern, longest)}`), "");
        assert.equal(trimmed(value, parsePattern(pattern, "\\") ?? [], longest, false), expected);
      }),
    );
  });

  test("take off the shortest or longest end that matches as a whole", () => {
    fc.assert(
      fc.property(text, wild, fc.boolean(), (value, pattern, longest) => {
        const whole = new RegExp(`^${regExp(pattern, true)}$`);
        const ends = Array.from({ length: value.length + 1 }, (_, at) => at).filter((at) => whole.test(value.slice(at)));
        const at = longest ? ends[0] : ends.at(-1);
        assert.equal(trimmed(value, parsePattern(pattern, "\\") ?? [], longest, true), value.slice(0, at));
      }),
    );
  });

  test("replace what a regular expression would match", () => {
    fc.assert(
      fc.property(
        text,
        wild.filter((one) => /[^*]/.test(one)),
        fc.boolean(),
        (value, pattern, all) => {
          const expected = value.replace(new RegExp(regExp(pattern, true), all ? "g" : ""), "x");
          assert.equal(replaced(value, parsePattern(pattern, "\\") ?? [], "x", all), expected);
        },
      ),
    );
  });

  test("count in characters, not in halves of them", () => {
    assert.equal(trimmed("😀a", parsePattern("?", "\\") ?? [], false, false), "a");
  });
});
