import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { isPattern, namePattern } from "../../../src/build/assemble/match.ts";

suite("patterns of names", () => {
  test("are texts with a star, a question mark or a class", () => {
    assert.deepEqual(["a*", "a?", "[a]b", "a\\*b", "plain", "a\\[b"].map(isPattern), [true, true, true, false, false, false]);
  });

  test("match as Go's do", () => {
    const cases: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
      ["*.txt", ["a.txt", ".txt"], ["a.txt2", "b/a.txt"]],
      ["a?c", ["abc", "a😀c"], ["ac", "abbc"]],
      ["[a-c]x", ["ax", "cx"], ["dx", "x"]],
      ["[^a-c]x", ["dx", "😀x"], ["ax"]],
      ["[[]a]", ["[a]"], ["a"]],
      ["\\*a", ["*a"], ["xa"]],
      ["a.b", ["a.b"], ["axb"]],
      ["a+(b)|c", ["a+(b)|c"], ["aab"]],
      ["**", ["", "a"], ["a/b"]],
      ["*1*2*", ["a1b2c", "12"], ["21"]],
    ];
    for (const [pattern, matching, others] of cases) {
      for (const name of matching) assert.ok(namePattern(pattern)?.test(name), `${pattern} ${name}`);
      for (const name of others) assert.ok(!namePattern(pattern)?.test(name), `${pattern} ${name}`);
    }
  });

  test("match as a plain regular expression would", () => {
    const unit = fc.constantFrom("a", "b", "*", "?");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 8 }), fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 }), (pattern, name) => {
        const plain = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        assert.equal(namePattern(pattern)?.test(name), plain.test(name), `${pattern} ${name}`);
      }),
      { numRuns: 1_000 },
    );
  });

  test("are malformed where a class or an escape has no end", () => {
    for (const pattern of ["[a", "a[", "[]", "a\\", "[z-a]"]) assert.equal(namePattern(pattern), undefined, pattern);
  });

  test("take no time, however many stars there are", { timeout: 2_000 }, () => {
    assert.equal(namePattern(`${"*a".repeat(40)}b`)?.test("a".repeat(255)), false);
  });
});
