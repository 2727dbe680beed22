import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { pathPatterns } from "../../../src/build/assemble/paths.ts";
import { Failure } from "../../../src/failure/index.ts";

const matches = (path: string, ...patterns: readonly string[]): boolean => pathPatterns(patterns).matches(path);

suite("patterns of paths", () => {
  test("match as BuildKit's do", () => {
    const cases: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
      ["a", ["a", "a/b", "a/b/c"], ["b/a", "ab"]],
      ["a/b", ["a/b", "a/b/c"], ["a", "a/c"]],
      ["*.md", ["x.md", "x.md/y"], ["a/x.md", "x.mdx"]],
      ["**/*.md", ["x.md", "a/x.md", "a/b/x.md"], ["x.txt"]],
      ["a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]],
      ["a**", ["a", "ab", "a/b", "abc/d"], ["b"]],
      ["**b", ["b", "ab", "x/ab"], ["bc"]],
      ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/bc"]],
      ["a*c/?", ["ac/x", "abc/x"], ["ac/xy", "a/c/x"]],
      ["[a-c]x", ["ax", "cx/y"], ["dx"]],
      ["[^a]", ["b"], ["a"]],
      ["\\*", ["*"], ["a"]],
      ["./a/../b/", ["b", "b/c"], ["a"]],
      ["**", ["a", "a/b"], []],
    ];
    for (const [pattern, matching, others] of cases) {
      for (const path of matching) assert.ok(matches(path, pattern), `${pattern} ${path}`);
      for (const path of others) assert.ok(!matches(path, pattern), `${pattern} ${path}`);
    }
  });

  test("take back, the last one counting", () => {
    assert.deepEqual(
      [matches("a/b", "a", "!a/b"), matches("a/c", "a", "!a/b"), matches("a/b/c", "a", "!a/b", "a/b/c")],
      [false, true, true],
    );
    assert.equal(matches("a/b/c", "a/b/c", "!a/b"), true, "what takes nothing back at a folder takes nothing back below");
  });

  test("match as a plain regular expression would", () => {
    const unit = fc.constantFrom("a", "b", "/", "*", "?", "**/");
    const path = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 8 });
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 6 }), path, (written, at) => {
        const pattern = `x${written}x`
          .replace(/\/{2,}/g, "/")
          .replace(/\*{3,}/g, "**")
          .replace(/(?<!\/)\*\*|\*\*(?!\/)/g, "*");
        const name = `x${at}x`.replace(/\/{2,}/g, "/");
        const source = pattern.replace(/\*\*\/|\*|\?/g, (sign) => ({ "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]" })[sign] ?? "");
        // What is matched takes all below it along.
        const above = name.split("/").map((_, index, parts) => parts.slice(0, index + 1).join("/"));
        assert.equal(
          matches(name, pattern),
          above.some((one) => new RegExp(`^${source}$`).test(one)),
          `${pattern} ${name}`,
        );
      }),
      { numRuns: 3_000 },
    );
  });

  test("take no time, however many stars there are", { timeout: 5_000 }, () => {
    const path = `${"a".repeat(250)}/${"a".repeat(250)}`;
    for (const pattern of [
      `${"*a".repeat(100)}b`,
      `${"**/a*".repeat(60)}b`,
      `${"**a".repeat(100)}b`,
      `${"[a-z]*".repeat(60)}1`,
      `${"*".repeat(10_000)}b`,
    ])
      assert.equal(matches(path, pattern), false, pattern);
  });

  test("are refused where they are malformed", () => {
    for (const pattern of ["[a", "[]", "a*\\", "[z-a]", "!", "[^]x"])
      assert.throws(
        () => matches("a", pattern),
        (thrown) => thrown instanceof Failure && /\*\*/.test(thrown.hint ?? ""),
        pattern,
      );
  });
});
