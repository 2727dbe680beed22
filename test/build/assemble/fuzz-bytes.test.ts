import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { ignored } from "../../../src/build/assemble/ignore.ts";
import { ExpansionError, expand } from "../../../src/build/dockerfile/expand.ts";
import { Failure } from "../../../src/failure/index.ts";
import { assemble } from "../../support/built.ts";

/** How many inputs each test makes up, and from which number on; fast-check says both of what fails. */
const numRuns = Number(process.env["WAYBILL_FUZZ_RUNS"] ?? 1_500);
const seed = Number(process.env["WAYBILL_FUZZ_SEED"] ?? 1);

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
/** Any bytes, and bytes of which most mean something to a Dockerfile; halves of characters, and of pairs, too. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map(text),
  fc
    .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...Buffer.from("ENV CPYADFROM\\\n\r\t `#$={}\"'<-[]*?!:/.0")) }, fc.nat(255)), {
      maxLength: 200,
    })
    .map((found) => text(Uint8Array.from(found))),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.array(fc.integer({ min: 0xd800, max: 0xdfff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
);

/** A failure as it must be: with the file and a line that is there, and what to do next. */
function told(thrown: unknown, dockerfile: string): void {
  assert.ok(thrown instanceof Failure, `${String(thrown)}\n${(thrown as Error).stack}`);
  assert.notEqual(thrown.code, "DEFECT", thrown.message);
  const line = Number(thrown.facts["line"]);
  assert.ok(line >= 1 && line <= dockerfile.split("\n").length, thrown.message);
  assert.ok(thrown.message.startsWith(`Dockerfile:${line}: `), thrown.message);
  assert.ok((thrown.hint ?? "") !== "" || thrown.code === "BASE_MISSING", `no hint: ${thrown.message}`);
}

suite("whatever bytes there are", () => {
  for (const [what, around] of Object.entries({
    "a Dockerfile of them": (found: string) => found,
    "an instruction of them": (found: string) => `FROM scratch\n${found}\n`,
    "what ENV and COPY say": (found: string) => `FROM scratch\nENV A=${found}\nCOPY $A \${A#x} /x/\n`,
    "a here-document": (found: string) => `FROM scratch\nCOPY <<EOF /x\n${found}\nEOF\n`,
  })) {
    test(`in ${what}, a build ends with an image or a Failure that names its line`, { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(bytes, async (found) => {
          const dockerfile = around(found);
          await assemble(dockerfile, { files: { a: "a" }, args: { A: found } }).catch((thrown: unknown) => told(thrown, dockerfile));
        }),
        { numRuns, seed },
      );
    });
  }

  test("in a word, expansion gives a text or says why not", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(bytes, bytes, fc.constantFrom("\\", "`"), fc.boolean(), (word, value, escapeChar, quotes) => {
        try {
          assert.equal(typeof expand(word, () => value, { escapeChar, quotes }), "string");
        } catch (thrown) {
          assert.ok(thrown instanceof ExpansionError, String(thrown));
        }
      }),
      { numRuns, seed },
    );
  });

  test("in an ignore file, each path is in or out, or a line is told that is no pattern", { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(bytes, bytes, (lines, path) => {
        try {
          assert.equal(typeof ignored(lines)(path), "boolean");
        } catch (thrown) {
          assert.ok(thrown instanceof Failure && thrown.code === "CONTEXT_INVALID", String(thrown));
          assert.match(thrown.message, /^\.dockerignore:\d+: /);
        }
      }),
      { numRuns, seed },
    );
  });
});
