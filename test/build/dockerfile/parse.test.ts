import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { parseDockerfile } from "../../../src/build/dockerfile/parse.ts";
import { Failure } from "../../../src/failure/index.ts";

const parse = (text: string) => parseDockerfile({ name: "docker/Dockerfile", text });

function failureOf(text: string): Failure {
  try {
    parse(text);
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error(`${text} was parsed`);
}

suite("parsing a Dockerfile", () => {
  test("gives global arguments, and stages with their instructions", () => {
    const { globals, stages, escapeChar, syntax } = parse(
      '# syntax=docker/dockerfile:1\nARG V=1\nFROM --platform=$BUILDPLATFORM golang:$V as Build\nCOPY a b\nFROM scratch\ncopy --from=build /x /\ncmd ["/x"]\n',
    );
    assert.deepEqual([syntax, escapeChar], ["docker/dockerfile:1", "\\"]);
    assert.deepEqual(
      globals.map(({ keyword, rest }) => [keyword, rest]),
      [["ARG", "V=1"]],
    );
    assert.deepEqual(
      stages.map(({ base, name, platform, instructions }) => [
        base,
        name,
        platform,
        instructions.map((one) => [one.line, one.keyword, one.rest]),
      ]),
      [
        ["golang:$V", "build", "$BUILDPLATFORM", [[4, "COPY", "a b"]]],
        [
          "scratch",
          undefined,
          undefined,
          [
            [6, "COPY", "/x /"],
            [7, "CMD", '["/x"]'],
          ],
        ],
      ],
    );
  });

  test("reads flags with the file's escape character", () => {
    const { stages } = parse("# escape=`\nFROM scratch\nCOPY --from=C:\\x a b\n");
    assert.deepEqual(stages[0].instructions[0]?.flags, [{ name: "from", value: "C:\\x" }]);
  });

  test("keeps the whole line, for people", () => {
    assert.equal(parse("FROM scratch\nenv   A=b \\\n  C=d\n").stages[0].instructions[0]?.text, "env   A=b   C=d");
  });
});

suite("a Dockerfile that cannot be parsed", () => {
  const cases: readonly (readonly [text: string, line: number, message: RegExp, hint: RegExp])[] = [
    ["", 1, /there is no FROM/, /FROM scratch/],
    ["# only a comment\n", 1, /there is no FROM/, /FROM/],
    ["ARG A=1\n", 1, /there is no FROM/, /FROM/],
    ["COPY a b\nFROM scratch\n", 1, /COPY stands before the first FROM/, /ARG/],
    ["FROM scratch\nCOPPY a b\n", 2, /"COPPY" is not an instruction/, /Did you mean COPY\?/],
    ["FROM scratch\nentrypiont a\n", 2, /"entrypiont" is not an instruction/, /Did you mean ENTRYPOINT\?/],
    ["FROM scratch\n&& make\n", 2, /"&&" is not an instruction/, /backslash/],
    ["FROM scratch\nCOPY\n", 2, /COPY says nothing/, /COPY/],
    ["FROM scratch\nCOPY --link\n", 2, /COPY says nothing/, /COPY/],
    ["FROM scratch\nCOPY --form=x a b\n", 2, /COPY has no flag --form/, /Did you mean --from\?/],
    ["FROM scratch\nRUN --x=1 a\n", 2, /RUN has no flag --x/, /--mount/],
    ["FROM scratch\nONBUILD MAKE it\n", 2, /"MAKE" is not an instruction/, /./],
    ["FROM scratch\nONBUILD COPY --x a b\n", 2, /COPY has no flag --x/, /--from/],
    ["FROM scratch\nONBUILD FROM a\n", 2, /ONBUILD cannot trigger FROM/, /./],
    ["FROM scratch\nONBUILD ONBUILD ENV A=b\n", 2, /ONBUILD cannot trigger ONBUILD/, /./],
    ["FROM a b\n", 1, /FROM takes an image/, /AS NAME/],
    ["FROM a AS b c\n", 1, /FROM takes an image/, /AS NAME/],
    ["FROM a AS 1b\n", 1, /"1b" is not a stage's name/, /letter/],
    ["FROM a AS b\nFROM c as B\n", 2, /two stages named b/, /./],
  ];
  for (const [text, line, message, hint] of cases) {
    test(`is told with its line: ${JSON.stringify(text)}`, () => {
      const failure = failureOf(text);
      assert.equal(failure.code, "DOCKERFILE_INVALID");
      assert.match(failure.message, message);
      assert.ok(failure.message.startsWith(`docker/Dockerfile:${line}: `), failure.message);
      assert.deepEqual(failure.facts, { file: "docker/Dockerfile", line });
      assert.match(failure.hint ?? "", hint);
    });
  }

  test("is told quickly, whatever it is", { timeout: 10_000 }, () => {
    const words = [
      "FROM",
      "COPY",
      "RUN",
      "ENV",
      "ARG",
      "scratch",
      "AS",
      "a",
      "--from=",
      "--x",
      "<<EOF",
      "<<-'E'",
      "EOF",
      "[",
      '"',
      "'",
      "$",
      "${A",
      "}",
    ];
    const unit = fc.constantFrom(
      ...words,
      " ",
      "\n",
      "\r\n",
      "\t",
      "\\",
      "\\\n",
      "`",
      "# ",
      "# escape=",
      "=",
      "\ufeff",
      "é",
      "😀",
      "\u2028",
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit, maxLength: 80 }), fc.string({ unit: "binary", maxLength: 200 })), (text) => {
        const started = performance.now();
        try {
          assert.ok(parse(text).stages.length > 0);
        } catch (thrown) {
          assert.ok(thrown instanceof Failure, String(thrown));
          assert.equal(thrown.code, "DOCKERFILE_INVALID");
          if (text.includes("\0")) return;
          assert.equal(thrown.facts["file"], "docker/Dockerfile");
          const line = Number(thrown.facts["line"]);
          assert.ok(line >= 1 && line <= text.split("\n").length, `line ${line}`);
        }
        assert.ok(performance.now() - started < 500);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is told quickly, however long", { timeout: 10_000 }, () => {
    const long = 200_000;
    for (const text of [
      "\\\n".repeat(long),
      "FROM ".repeat(long),
      `FROM a\nCOPY ${"--link ".repeat(long / 2)}`,
      `FROM a\nARG ${'"\\"'.repeat(long)}`,
      `FROM a\nCOPY ${"<<A ".repeat(1000)}b\n`,
      '"'.repeat(long),
      " ".repeat(long),
      `FROM a\nENV ${"\\ ".repeat(long)}`,
      "#".repeat(long),
    ]) {
      try {
        parse(text);
      } catch (thrown) {
        assert.ok(thrown instanceof Failure, String(thrown));
      }
    }
  });
});
