import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { splitLines } from "../../../src/build/dockerfile/lines.ts";
import { Failure } from "../../../src/failure/index.ts";

const split = (text: string) => splitLines("Dockerfile", text).lines.map(({ line, text: joined }) => [line, joined]);

function invalid(text: string, message: RegExp): void {
  assert.throws(
    () => splitLines("docker/Dockerfile", text),
    (thrown) => thrown instanceof Failure && thrown.code === "DOCKERFILE_INVALID" && message.test(thrown.message),
    text.slice(0, 100),
  );
}

suite("lines", () => {
  test("are numbered from the first, empty ones and comments left out", () => {
    assert.deepEqual(split("\n# a comment\nFROM a\n\n  # another\n  ENV B=c  \n"), [
      [3, "FROM a"],
      [6, "ENV B=c"],
    ]);
  });

  test("go on behind a backslash", () => {
    assert.deepEqual(split("ENV A=b \\\n  C=d\nCMD e\\\nf"), [
      [1, "ENV A=b   C=d"],
      [3, "CMD ef"],
    ]);
  });

  test("go on over comments and empty lines", () => {
    assert.deepEqual(split("ENV A=b \\\n# why\n\n  # indented\n  C=d \\  \n\n\nCMD e"), [[1, "ENV A=b   C=d CMD e"]]);
  });

  test("do not go on behind an escaped backslash", () => {
    assert.deepEqual(split("ENV A=b\\\\\nCMD c"), [
      [1, "ENV A=b\\\\"],
      [2, "CMD c"],
    ]);
  });

  test("end with the file, even where they go on", () => {
    assert.deepEqual(split("CMD a \\"), [[1, "CMD a"]]);
    assert.deepEqual(split("\\\nCMD a"), [[1, "CMD a"]]);
    assert.deepEqual(split("\\\n\\\n"), []);
  });

  test("may end as Windows ends them, and begin with a byte order mark", () => {
    assert.deepEqual(split("\ufeffFROM a\r\nENV B=c \\\r\n  D=e\r\n"), [
      [1, "FROM a"],
      [2, "ENV B=c   D=e"],
    ]);
  });

  test("are not read where the file is no text, or too long", () => {
    invalid("FROM a\n\nENV \0", /^docker\/Dockerfile:3: .*is not text/);
    invalid("#".repeat(1024 * 1024 + 1), /^docker\/Dockerfile:1: .*more than/);
  });
});

suite("directives", () => {
  const found = (text: string) => splitLines("Dockerfile", text).directives;
  const directives = (text: string) => Object.fromEntries([...found(text)].map(([name, { value }]) => [name, value]));

  test("stand at the top", () => {
    assert.deepEqual(directives("# syntax=docker/dockerfile:1\n#Escape = `\n# check=skip=all\nFROM a"), {
      syntax: "docker/dockerfile:1",
      escape: "`",
      check: "skip=all",
    });
  });

  test("are known by their lines", () => {
    assert.deepEqual(
      [...found("# syntax=a\r\n#Check = skip=all \nFROM a").values()].map(({ line, text }) => [line, text]),
      [
        [1, "# syntax=a"],
        [2, "#Check = skip=all"],
      ],
    );
  });

  test("end at the first line that is none", () => {
    for (const first of ["# a comment", "", "# other=x", "FROM a", "#", "# escape="])
      assert.deepEqual(directives(`${first}\n# escape=\`\n`), {}, first);
  });

  test("may change the escape character, to a backtick only", () => {
    assert.deepEqual(split("# escape=`\nENV A=b `\n C=d\\\nCMD e"), [
      [2, "ENV A=b  C=d\\"],
      [4, "CMD e"],
    ]);
    invalid("# syntax=a\n# Escape =x\nFROM a", /docker\/Dockerfile:2: .*escape[^\n]*\n {2}2 \| # Escape =x$/);
  });

  test("stand there once", () => {
    invalid("# escape=`\n# escape=\\\nFROM a", /docker\/Dockerfile:2: .*twice/);
  });

  test("take no time, however they are padded", { timeout: 2_000 }, () => {
    assert.deepEqual(directives(`# escape${" ".repeat(200_000)}=${" ".repeat(200_000)}\`${" ".repeat(200_000)}`), { escape: "`" });
    assert.equal(directives(`# check=a${" ".repeat(400_000)}b`)["check"]?.length, 400_002);
  });
});

suite("here-documents", () => {
  const heredocs = (text: string) => splitLines("Dockerfile", text).lines.flatMap((line) => line.heredocs);

  test("are what stands up to their name alone on a line", () => {
    assert.deepEqual(heredocs("COPY <<EOF /a\none\n  EOF\n\n# no comment\nEOF\nCMD b"), [
      { word: "<<EOF", name: "EOF", content: "one\n  EOF\n\n# no comment\n", raw: "one\n  EOF\n\n# no comment\n", expand: true },
    ]);
    assert.deepEqual(split("COPY <<EOF /a\none\nEOF\nCMD b"), [
      [1, "COPY <<EOF /a"],
      [4, "CMD b"],
    ]);
  });

  test("are not expanded where their name is quoted", () => {
    assert.deepEqual(
      heredocs(`COPY <<"A" <<'B' <<C /d/\na\nA\nb\nB\nc\nC\n`).map(({ name, content, expand }) => [name, content, expand]),
      [
        ["A", "a\n", false],
        ["B", "b\n", false],
        ["C", "c\n", true],
      ],
    );
  });

  test("lose leading tabs behind a dash", () => {
    assert.deepEqual(heredocs("COPY <<-EOF /a\n\t\tone\n\t two\n  three\n\tEOF\n")[0]?.content, "one\n two\n  three\n");
  });

  test("may be named as files are", () => {
    for (const name of [".env", "robots.txt", "1st", "a-b"]) assert.equal(heredocs(`COPY <<${name} /a/\nx\n${name}\n`)[0]?.name, name);
  });

  test("keep the ends of their lines", () => {
    assert.equal(heredocs("COPY <<EOF /a\r\none\r\nEOF\r\n")[0]?.content, "one\r\n");
  });

  test("stand in RUN, COPY and ADD only", () => {
    assert.deepEqual(heredocs("ENV A=<<EOF\nLABEL b <<EOF\n"), []);
    assert.equal(heredocs("RUN cat <<EOF\nx\nEOF\n").length, 1);
  });

  test("need an end", () => {
    invalid("FROM a\nCOPY <<EOF /a\none\n", /docker\/Dockerfile:2: .*EOF has no end/);
  });
});
