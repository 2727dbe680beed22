// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { ExpansionError, expand } from "../../../src/build/dockerfile/expand.ts";

const values: Readonly<Record<string, string>> = {
  A: "alpha",
  EMPTY: "",
  PATH: "/usr/local/bin",
  FILE: "archive.tar.gz",
  STAR: "*",
  _u1: "under",
  NAME: "A",
  DOLLAR: "$A",
  TWICE: "a-b-a-b",
};
const variable = (name: string): string | undefined => values[name];

function table(cases: readonly (readonly [word: string, value: string])[]): void {
  for (const [word, value] of cases) assert.equal(expand(word, variable), value, word);
}

suite("expanding a word", () => {
  test("fills variables in, and nothing where there is none", () => {
    table([
      ["$A", "alpha"],
      ["${A}", "alpha"],
      ["x${A}y", "xalphay"],
      ["$A/$_u1", "alpha/under"],
      ["$AB", ""],
      ["$NONE", ""],
      ["${NONE}", ""],
      ["$1", ""],
      ["", ""],
    ]);
  });

  test("does not expand what a value holds", () => {
    table([
      ["$DOLLAR", "$A"],
      ["${DOLLAR:-x}", "$A"],
    ]);
  });

  test("leaves a dollar sign that begins no name", () => {
    table([
      ["a$", "a$"],
      ["$ a", "$ a"],
      ["$.", "$."],
    ]);
  });

  test("knows what to do where a variable is set, empty or missing", () => {
    table([
      ["${A:-x}|${EMPTY:-x}|${NONE:-x}", "alpha|x|x"],
      ["${A-x}|${EMPTY-x}|${NONE-x}", "alpha||x"],
      ["${A:+x}|${EMPTY:+x}|${NONE:+x}", "x||"],
      ["${A+x}|${EMPTY+x}|${NONE+x}", "x|x|"],
      ["${A:?x}|${EMPTY?x}", "alpha|"],
      ["${NONE:-}", ""],
    ]);
    for (const word of ["${NONE:?why}", "${NONE?why}", "${EMPTY:?why}"])
      assert.throws(() => expand(word, variable), /^ExpansionError|why/, word);
  });

  test("expands inside of modifiers, however deep", () => {
    table([
      ["${NONE:-$A}", "alpha"],
      ["${NONE:-${NONE:-${A}}}", "alpha"],
      ['${NONE:-"a b"}', "a b"],
      ["${NONE:-'${A}'}", "${A}"],
      ["${NONE:-\\}}", "}"],
      ['"${NONE:-x y}"', "x y"],
    ]);
  });

  test("takes the shortest and the longest start off", () => {
    table([
      ["${PATH#/usr}", "/local/bin"],
      ["${PATH#/*/}", "local/bin"],
      ["${PATH##*/}", "bin"],
      ["${PATH#x}", "/usr/local/bin"],
      ["${PATH#?}", "usr/local/bin"],
      ["${NONE#x}", ""],
      ["${STAR#\\*}", ""],
      ["${PATH#\\*}", "/usr/local/bin"],
      ["${PATH#'/usr'}", "/local/bin"],
      ["${NAME##*}", ""],
    ]);
  });

  test("takes the shortest and the longest end off", () => {
    table([
      ["${FILE%.*}", "archive.tar"],
      ["${FILE%%.*}", "archive"],
      ["${FILE%.gz}", "archive.tar"],
      ["${FILE%x}", "archive.tar.gz"],
    ]);
  });

  test("replaces the first, and all", () => {
    table([
      ["${TWICE/b/x}", "a-x-a-b"],
      ["${TWICE//b/x}", "a-x-a-x"],
      ["${TWICE//-/}", "abab"],
      ["${TWICE/a*b/x}", "x"],
      ["${TWICE//?-/x}", "xxxb"],
      ["${TWICE//b/$A}", "a-alpha-a-alpha"],
      ["${TWICE/b/$&}", "a-$&-a-b"],
      ["${NONE/a/b}", ""],
      ["${FILE//./}", "archivetargz"],
      ["${PATH/\\/usr/x}", "x/local/bin"],
      ["${STAR/\\*/x}", "x"],
      ["${A/\\?/x}", "alpha"],
      ["${A/*/x}", "x"],
      ["${A//*/x}", "x"],
      ['${NAME/A/"$A"}', "alpha"],
    ]);
  });

  test("removes quotes, and lets single ones keep what is in them", () => {
    table([
      ['"a b"', "a b"],
      ["'a $A'", "a $A"],
      ['"$A"', "alpha"],
      [`a"b"'c'`, "abc"],
      [`"it's"`, "it's"],
      [`'say "x"'`, 'say "x"'],
      ['""', ""],
    ]);
  });

  test("keeps what is escaped", () => {
    table([
      ["\\$A", "$A"],
      ["\\${A}", "${A}"],
      ["a\\ b", "a b"],
      ["\\\\", "\\"],
      ['"\\$A"', "$A"],
      ['"a\\"b"', 'a"b'],
      ['"a\\nb"', "a\\nb"],
      ["a\\", "a"],
      ["'a\\'", "a\\"],
    ]);
  });

  test("escapes with a backtick where the file says so", () => {
    assert.equal(expand("C:\\`$A`\\$A", variable, { escapeChar: "`" }), "C:\\$A\\alpha");
  });

  test("takes quotes for text in a here-document, and a backslash away", () => {
    const text = (word: string) => expand(word, variable, { escapeChar: "\\", quotes: false });
    assert.equal(text(`it's "$A" '$A' \\$A \\n \\\\ \${NONE:-"x y"}`), `it's "alpha" 'alpha' $A n \\ "x y"`);
  });

  test("knows names in every script, and numbers as a whole", () => {
    const named = (word: string) => expand(word, (name) => `<${name}>`);
    assert.deepEqual(["$é1-", "$12a", "${12}", "$_x.", "$-x"].map(named), ["<é1>-", "<12>a", "<12>", "<_x>.", "<->x"]);
  });

  test("says what is wrong with a word that cannot be expanded", () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["'a", /single quote/],
      ['"a', /double quote/],
      ["${A", /known|missing/],
      ["${", /name/],
      ["${}", /name/],
      ["${A:-x", /} is missing/],
      ["${A!x}", /operator/],
      ["${A:x}", /operator/],
      ["${A/x}", /\/ is missing/],
      ["${A#\\x}", /escapes/],
    ];
    for (const [word, message] of cases) {
      assert.throws(
        () => expand(word, variable),
        (thrown) => thrown instanceof ExpansionError && message.test(thrown.message),
        word,
      );
    }
  });

  test("ends with a value or with an ExpansionError, whatever it is given", () => {
    const unit = fc.constantFrom("$", "{", "}", "A", "a", ":", "-", "+", "?", "#", "%", "/", "*", "'", '"', "\\", " ", "[", "😀");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), fc.string({ unit, maxLength: 30 }), (word, value) => {
        try {
          assert.equal(typeof expand(word, (name) => (name === "A" ? value : undefined)), "string");
        } catch (thrown) {
          if (!(thrown instanceof ExpansionError)) throw thrown;
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("does not let a value grow without end", () => {
    let value = "x".repeat(1000);
    assert.throws(() => {
      for (let round = 0; round < 40; round++) value = expand("$V$V", () => value);
    }, ExpansionError);
  });

  test("needs no stack for what is nested deep", () => {
    assert.throws(() => expand("${A:+".repeat(100_000), variable), ExpansionError);
    assert.throws(() => expand('"${A:+'.repeat(100_000), variable), ExpansionError);
  });

  test("does not run away on patterns that match in many ways", { timeout: 5_000 }, () => {
    const long = "a".repeat(5_000);
    for (const operator of ["#", "##", "%", "%%"])
      assert.equal(
        expand(`\${L${operator}${"*a".repeat(12)}*b}`, () => long),
        long,
        operator,
      );
    assert.equal(
      expand(`\${L/${"*a".repeat(12)}*b/x}`, () => long),
      long,
    );
    assert.equal(
      expand(`\${L//${"*".repeat(50)}b/x}`, () => long),
      long,
    );
  });
});
