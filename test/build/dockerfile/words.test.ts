import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { jsonWords, plainWords, quotedWords, takeFlags } from "../../../src/build/dockerfile/words.ts";

suite("words of an instruction", () => {
  test("stand between white space", () => {
    assert.deepEqual(plainWords("  a\tb  c "), ["a", "b", "c"]);
    assert.deepEqual(plainWords(""), []);
  });

  test("keep white space that is quoted or escaped", () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['A="b c" D=e', ['A="b c"', "D=e"]],
      ["A='b c' D=e", ["A='b c'", "D=e"]],
      ["A=b\\ c D=e", ["A=b\\ c", "D=e"]],
      ['A="b\\" c" D', ['A="b\\" c"', "D"]],
      ["A='b\\' D", ["A='b\\'", "D"]],
      ["A=\"it's\" B='\"'", ['A="it\'s"', "B='\"'"]],
      ["A=b\\", ["A=b\\"]],
      ['A=""', ['A=""']],
    ];
    for (const [text, words] of cases) assert.deepEqual(quotedWords(text, "\\"), words, text);
  });

  test("take a backtick as the escape character where the file says so", () => {
    assert.deepEqual(quotedWords("A=b` c C:\\ D", "`"), ["A=b` c", "C:\\", "D"]);
  });

  test("lose nothing but white space, whatever they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "\t", '"', "'", "\\", "=", "$") }), (text) => {
        const squeezed = (one: string): string => one.replace(/\s/g, "");
        assert.equal(squeezed(quotedWords(text, "\\").join("")), squeezed(text));
      }),
    );
  });
});

suite("the JSON form", () => {
  test("is an array of strings", () => {
    assert.deepEqual(jsonWords('["a b", "c\\n"]'), ["a b", "c\n"]);
    assert.deepEqual(jsonWords("[]"), []);
  });

  test("is the shell form where it is anything else", () => {
    for (const text of ["echo", "['a']", '["a", 1]', '["a"', '["a"] b', '{"a":"b"}', "[a]"]) assert.equal(jsonWords(text), undefined, text);
  });
});

suite("flags", () => {
  test("stand before the words", () => {
    assert.deepEqual(takeFlags("--from=x --link  --chown=1:2 a --b"), {
      flags: [
        { name: "from", value: "x" },
        { name: "link", value: undefined },
        { name: "chown", value: "1:2" },
      ],
      rest: "a --b",
    });
  });

  test("lose their quotes and escapes", () => {
    assert.deepEqual(takeFlags(`--a="b c" --d='e' --f=g\\ h --i=j"k" "--l=m" n`), {
      flags: [
        { name: "a", value: "b c" },
        { name: "d", value: "e" },
        { name: "f", value: "g h" },
        { name: "i", value: "jk" },
      ],
      rest: '"--l=m" n',
    });
    assert.deepEqual(takeFlags("--a=b` c d", "`"), { flags: [{ name: "a", value: "b c" }], rest: "d" });
  });

  test("end at two dashes that stand alone", () => {
    assert.deepEqual(takeFlags("--link -- --a b"), { flags: [{ name: "link", value: undefined }], rest: "--a b" });
  });

  test("are text where they stand behind a word", () => {
    assert.deepEqual(takeFlags("a --from=x"), { flags: [], rest: "a --from=x" });
  });
});
