import assert from "node:assert/strict";
import { suite, test } from "node:test";
import fc from "fast-check";
import { contextFs } from "../../../src/build/assemble/context.ts";
import { type Node, type RootFs, rootFs } from "../../../src/build/assemble/rootfs.ts";
import type { BuildContext, ContextEntry } from "../../../src/build/engine.ts";

/** Names among which are some that come before and after a slash in code unit order. */
const name = fc.constantFrom("a", "a-b", "a.b", "a0", "b", "é");
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

function aFile(size: number): Node {
  return { kind: "file", mode: 0o644, uid: 0, gid: 0, size, open: async function* () {} };
}

/** All directories that paths lead through, and all that could be asked for. */
function placesOf(paths: readonly string[]): readonly string[] {
  return ["", "none", ...paths.flatMap((one) => one.split("/").map((_, at, parts) => parts.slice(0, at + 1).join("/")))];
}

suite("file systems of a build", () => {
  test("show a context's entries, in whatever order they come and whichever directories are among them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 30 }), fc.uniqueArray(path), async (paths, asked) => {
        const entries = paths.map((one, at): ContextEntry => ({ kind: "file", path: one, mode: 0o644, size: at }));
        const context: BuildContext = {
          description: "random",
          entries: async () => entries,
          open: async () => assert.fail("nothing is read"),
        };
        const [seen, expected] = [await contextFs(context, undefined), rootFs(paths.map((one, at) => [one, aFile(at)] as const))];
        for (const place of [...placesOf(paths), ...asked, ...paths.toSorted()]) {
          assert.deepEqual(seen.children(place), expected.children(place), place);
          assert.deepEqual(sizeAt(seen.get(place)), sizeAt(expected.get(place)), place);
        }
      }),
    );
  });

  test("hold the same whenever their names are first asked for", () => {
    const step = fc.record({ path, removes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const [early, late] = [rootFs(), rootFs()];
        assert.deepEqual(early.children(""), []);
        for (const [at, one] of steps.entries()) for (const fs of [early, late]) change(fs, one, at);
        for (const place of placesOf(steps.map((one) => one.path))) {
          assert.deepEqual(late.children(place), early.children(place), place);
          assert.deepEqual(sizeAt(late.get(place)), sizeAt(early.get(place)), place);
        }
      }),
    );
  });
});

function change(fs: RootFs, { path: at, removes }: { readonly path: string; readonly removes: boolean }, size: number): void {
  if (removes) fs.remove(at);
  else fs.set(at, aFile(size));
}

function sizeAt(node: Node | undefined): number | undefined {
  return node?.kind === "file" ? node.size : undefined;
}
