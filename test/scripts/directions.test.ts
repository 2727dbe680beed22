import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, suite, test } from "node:test";

const script = join(import.meta.dirname, "../../scripts/directions.ts");
const folder = mkdtempSync(join(tmpdir(), "waybill-directions-"));
let trees = 0;

after(() => rmSync(folder, { recursive: true }));

/** Runs the check on a source tree of these files, over one that is in order. */
function check(planted: Readonly<Record<string, string>>): { readonly status: number | null; readonly said: string } {
  trees += 1;
  const src = join(folder, String(trees));
  const tree = {
    "version.ts": "export const version = '1';",
    "oci/index.ts": "export { digest } from './digest.ts';",
    "oci/digest.ts": "export const digest = 1;",
    "store/index.ts": "import { digest } from '../oci/index.ts'; export const store = digest;",
    "cli/main.ts":
      "import { store } from '../store/index.ts'; import { version } from '../version.ts'; export const main = [store, version];",
    ...planted,
  };
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(src, path)), { recursive: true });
    writeFileSync(join(src, path), text);
  }
  const { status, stderr } = spawnSync(process.execPath, [script, src], { encoding: "utf8" });
  return { status, said: stderr };
}

suite("the check of import directions", () => {
  test("passes a tree whose arrows all go down", () => {
    assert.deepEqual(check({}), { status: 0, said: "directions: 5 files, 4 imports, 0 wrong\n" });
  });

  test("finds an upward import", () => {
    const { status, said } = check({ "oci/tag.ts": "import { store } from '../store/index.ts'; export const tag = store;" });
    assert.equal(status, 1);
    assert.match(said, /^oci\/tag\.ts:1: oci imports store\/index\.ts, which does not stand under it$/m);
  });

  test("finds an upward import of a type, however it is written", () => {
    for (const text of [
      "import type { Store } from '../store/index.ts';",
      "export type { Store } from '../store/index.ts';",
      "export * from '../store/index.ts';",
      "type S = import('../store/index.ts').Store;",
      "type S = typeof import('../store/index.ts');",
      "await import('../store/index.ts');",
    ]) {
      assert.match(check({ "oci/tag.ts": text }).said, /^oci\/tag\.ts:1: oci imports store/m, text);
    }
  });

  test("finds an import between rooms that stand side by side", () => {
    const { said } = check({ "git/index.ts": "export {};", "github/index.ts": "import '../git/index.ts';" });
    assert.match(said, /^github\/index\.ts:1: github imports git\/index\.ts, which does not stand under it$/m);
  });

  test("finds a deep import past a room's door", () => {
    const { status, said } = check({ "store/deep.ts": "\nimport { digest } from '../oci/digest.ts'; export const deep = digest;" });
    assert.equal(status, 1);
    assert.match(said, /^store\/deep\.ts:2: imports oci\/digest\.ts past oci\/index\.ts$/m);
  });

  test("finds a cycle, and names the files in it", () => {
    const { status, said } = check({
      "oci/a.ts": "import './b.ts';",
      "oci/b.ts": "import './c.ts';",
      "oci/c.ts": "import './a.ts';",
    });
    assert.equal(status, 1);
    assert.match(said, /^import cycle: oci\/a\.ts, oci\/b\.ts, oci\/c\.ts$/m);
  });

  test("is not deceived by comments and strings", () => {
    const text = "// import '../store/index.ts'\nexport const s = \"import '../store/index.ts'\", t = `import '../store/index.ts'`;";
    assert.equal(check({ "oci/text.ts": text }).status, 0);
  });

  test("finds a folder that is no room, an import out of src/, and one of nothing", () => {
    assert.match(check({ "util/x.ts": "export {};" }).said, /^util\/x\.ts: lies in no room of the table$/m);
    assert.match(
      check({ "oci/x.ts": "import '../../scripts/build.ts';" }).said,
      /imports \.\.\/scripts\/build\.ts, which is outside src\//,
    );
    assert.match(check({ "oci/x.ts": "import './gone.ts';" }).said, /imports oci\/gone\.ts, which is no file of src\//);
  });

  test("does not pass a folder in which it sees nothing", () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    const { status, stderr } = spawnSync(process.execPath, [script, empty], { encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /saw 0 files/);
  });
});
