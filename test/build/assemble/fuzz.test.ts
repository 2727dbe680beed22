// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Dockerfiles write variables
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { ignored } from "../../../src/build/assemble/ignore.ts";
import type { BuildContext } from "../../../src/build/index.ts";
import { Failure } from "../../../src/failure/index.ts";
import { assemble } from "../../support/built.ts";
import { aContext, type ContextFiles } from "../../support/context.ts";

/** How many inputs each test makes up, and from which number on; fast-check says both of what fails. */
const numRuns = Number(process.env["WAYBILL_FUZZ_RUNS"] ?? 1_500);
const seed = Number(process.env["WAYBILL_FUZZ_SEED"] ?? 1);

const files: ContextFiles = {
  a: "a",
  "d/b": "b",
  "d/e/c.txt": "c",
  up: { link: "../../../../etc" },
  root: { link: "/" },
  loop: { link: "loop" },
  d2: { link: "d" },
};

/** A context that tells what is opened. */
function watched(): BuildContext & { readonly opened: string[] } {
  const context = aContext(files);
  const opened: string[] = [];
  return {
    ...context,
    opened,
    open: (path) => {
      opened.push(path);
      return context.open(path);
    },
  };
}

const path = fc
  .array(
    fc.constantFrom(
      "a",
      "d",
      "b",
      "e",
      "..",
      ".",
      "up",
      "root",
      "loop",
      "d2",
      "*",
      "**",
      "[a-d]",
      "?",
      "etc",
      "passwd",
      "$A",
      "",
      "\\",
      "//",
    ),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join("/"));
const word = fc.oneof(
  path,
  fc.constantFrom(
    "$A",
    "${A:-x}",
    "${A#*}",
    "${A//a/b}",
    "${A:?}",
    "'",
    '"',
    '"x y"',
    "\\",
    "=",
    "A=b",
    "A=$A$A",
    "80",
    "1-99999",
    "[",
    '["a","b"]',
    "\u00a0",
    "é",
  ),
  fc.string({ unit: fc.constantFrom("a", "$", "{", "}", "#", "%", "/", ":", "-", "*", "?", '"', "'", "\\", " "), maxLength: 12 }),
);
const keyword = fc.constantFrom(
  "COPY",
  "COPY --parents",
  "COPY --link",
  "COPY --from=0",
  "COPY --exclude=**/*",
  "COPY --chmod=a+X",
  "COPY --chown=1:x",
  "ADD",
  "ENV",
  "ENV A=",
  "ARG",
  "ARG A=",
  "LABEL",
  "WORKDIR",
  "USER",
  "EXPOSE",
  "VOLUME",
  "CMD",
  "ENTRYPOINT",
  "SHELL",
  "STOPSIGNAL",
  "HEALTHCHECK CMD",
  "ONBUILD COPY",
  "ONBUILD ENV",
  "FROM scratch AS",
  "FROM",
  "MAINTAINER",
  "COPY <<E",
  "# x",
);
const line = fc.tuple(keyword, fc.array(word, { maxLength: 5 })).map(([first, words]) => [first, ...words].join(" "));
const dockerfile = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => `FROM scratch\n${lines.join("\n")}\nE\n`);

/** The most that one small input may take, in milliseconds: far more than it does, and far less than what runs away. */
const patience = 2_000;

suite("whatever a Dockerfile says", () => {
  test("a build ends with an image or a Failure, soon, and reads nothing outside of its context", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(dockerfile, async (text) => {
        const context = watched();
        const started = performance.now();
        try {
          await assemble(text, { context, args: { A: "d" } });
        } catch (thrown) {
          assert.ok(thrown instanceof Failure, `${String(thrown)}\n${(thrown as Error).stack}`);
          assert.notEqual(thrown.code, "DEFECT", thrown.message);
          assert.ok(thrown.message.startsWith("Dockerfile:"), thrown.message);
          assert.ok((thrown.hint ?? "") !== "" || thrown.code === "BASE_MISSING", `no hint: ${thrown.message}`);
        }
        assert.ok(performance.now() - started < patience, "it takes too long");
        for (const opened of context.opened) assert.ok(Object.hasOwn(files, opened), opened);
      }),
      { numRuns, seed },
    );
  });

  test("an ignore file ends with an answer or a Failure, soon", { timeout: 120_000 }, () => {
    const sign = fc.constantFrom("a", "b", "*", "**", "?", "/", "!", "[", "]", "-", "^", "\\", ".", "\n", "#", " ", "é");
    fc.assert(
      fc.property(
        fc.string({ unit: sign, maxLength: 200 }),
        fc.string({ unit: fc.constantFrom("a", "b", "/"), minLength: 1, maxLength: 200 }),
        (text, at) => {
          const started = performance.now();
          try {
            ignored(text)(at.replace(/\/+/g, "/").replace(/^\/|\/$/g, "") || "a");
          } catch (thrown) {
            assert.ok(thrown instanceof Failure && thrown.code === "CONTEXT_INVALID", String(thrown));
          }
          assert.ok(performance.now() - started < patience, "it takes too long");
        },
      ),
      { numRuns, seed },
    );
  });

  test("long lines take no longer than their length allows", { timeout: 60_000 }, async () => {
    const many = 50_000;
    const texts = [
      `ENV A=${"$".repeat(many)}`,
      `ENV A=${"${A:-".repeat(many)}`,
      `ENV A=${"x".repeat(many)}\nENV B=${"${A%*x*x*x*y}".repeat(20)}`,
      `ENV A=${"x".repeat(many)}\nENV B=\${A//x*x*y/z}`,
      `LABEL ${'a="b" '.repeat(many / 10)}`,
      `EXPOSE ${"1 ".repeat(many / 10)}`,
      `HEALTHCHECK --interval=${"1s".repeat(many)}x CMD a`,
      `HEALTHCHECK --interval=${"1".repeat(many)} CMD a`,
      `COPY ${"a ".repeat(500)}/x/`,
      `COPY ${"*".repeat(many)} /x/`,
      `COPY ${"a/".repeat(many)} /x/`,
      `COPY ${"[a-z]*".repeat(many / 10)} /x/`,
      `COPY --chmod=${"u+x,".repeat(many)} a /x`,
      `WORKDIR ${"/x".repeat(2_000)}`,
      `COPY ${"<<E ".repeat(100)} /x/\n${"E\n".repeat(100)}`,
      `CMD [${"[".repeat(many)}`,
      `ONBUILD ${"ENV A=b ".repeat(many / 10)}`,
      `STOPSIGNAL ${"RTMIN+".repeat(many)}`,
      `${" ".repeat(many)}\\\n`.repeat(3),
      `ENV A=b ${"\\\n".repeat(many)}`,
      `FROM ${"a-".repeat(many)} AS ${"a.".repeat(many)}!`,
    ];
    for (const text of texts) {
      const started = performance.now();
      try {
        await assemble(`FROM scratch\n${text}\n`, { files });
      } catch (thrown) {
        assert.ok(thrown instanceof Failure, `${String(thrown).slice(0, 300)} ${text.slice(0, 40)}`);
        assert.ok(thrown.message.length < 2_000, "a message holds no more than people read");
      }
      assert.ok(performance.now() - started < patience * 2, `${text.slice(0, 40)} takes ${performance.now() - started} ms`);
    }
  });
});
