import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Metafile } from "esbuild";
import { chunkNames, renamed } from "../../scripts/build/chunk-names.ts";

type Piece = readonly [path: string, inputs: readonly string[], entryPoint?: string];

function aBundle(...pieces: readonly Piece[]): Metafile {
  const outputs = pieces.map(([path, inputs, entryPoint]) => [
    path,
    { bytes: 1, imports: [], exports: [], entryPoint, inputs: Object.fromEntries(inputs.map((one) => [one, { bytesInOutput: 1 }])) },
  ]);
  return { inputs: {}, outputs: Object.fromEntries(outputs) };
}

suite("names of the pieces of a bundle", () => {
  const bundle = (hash: string) =>
    aBundle(
      ["out/main.js", ["src/action/main.ts"], "src/action/main.ts"],
      [`out/chunks/publish-${hash}.js`, ["src/cli/commands/publish.ts"], "src/cli/commands/publish.ts"],
      [`out/chunks/chunk-${hash}.js`, ["builtins:fs", "src/store/copy.ts", "src/oci/digest.ts"]],
      [`out/chunks/other-${hash}.js`, []],
    );

  test("say what is in them, and stay whatever esbuild calls them", () => {
    const names = ["cli-commands-publish.js", "shared-oci-digest.js", "shared-runtime.js"];
    for (const hash of ["ABCDEFGH", "22222222"]) assert.deepEqual([...chunkNames(bundle(hash)).values()], names);
  });

  test("are put in place of esbuild's, and of nothing else", () => {
    const names = chunkNames(bundle("ABCDEFGH"));
    assert.equal(renamed('import"./chunk-ABCDEFGH.js";"chunk-ZZZZZZZZ.js"', names), 'import"./shared-oci-digest.js";"chunk-ZZZZZZZZ.js"');
  });

  test("are never the same", () => {
    assert.throws(
      () => chunkNames(aBundle(["o/chunks/a-AAAAAAAA.js", ["x"], "src/a.ts"], ["o/chunks/a-BBBBBBBB.js", ["y"], "src/a.js"])),
      /called a\.js/,
    );
  });

  test("are those of the action: none changes with what it holds, and each that is imported is there", () => {
    const folder = join(import.meta.dirname, "../../action");
    const there = readdirSync(join(folder, "chunks"));
    for (const name of there) assert.doesNotMatch(name, /-[A-Z0-9]{8}\.js$/);
    const pieces = ["main.js", "post.js", ...there.map((name) => `chunks/${name}`)];
    const imported = pieces.flatMap((name) => [
      ...readFileSync(join(folder, name), "utf8").matchAll(/(?:from|import|import\()\s*"\.\/(?:chunks\/)?([\w-]+\.js)"/g),
    ]);
    assert.ok(imported.length > there.length);
    for (const [, name = ""] of imported) assert.ok(there.includes(name), name);
  });
});
